"""The reference views and, for the bench in one process, Keyturn's own addresses beside them."""

from django.urls import include, path

from . import references

urlpatterns = [
    path("bench/bare/", references.bare),
    path("bench/one/", references.one),
    path("bench/board/<uuid:deployment>/", references.board),
    path("bench/draft/<uuid:version>/", references.draft),
    path("bench/item/<uuid:item>/", references.item),
    path("bench/list/<uuid:team>/<int:shown>/", references.deployments),
    path("bench/inbox/<int:shown>/", references.inbox),
    path("bench/work/<uuid:team>/", references.work),
    path("bench/probes/<uuid:deployment>/", references.probes),
    path("bench/change/<uuid:item>/", references.change),
    path("bench/copy/<uuid:version>/", references.copy),
    path("", include("project.urls")),
]
