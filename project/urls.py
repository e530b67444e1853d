from django.urls import include, path

from .health import healthz, readyz, server_error
from .home import home

handler500 = server_error
urlpatterns = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("apps.accounts.urls")),
    path("", include("apps.letters.urls")),
    path("", include("apps.factors.urls")),
    path("", include("apps.sso.urls")),
    path("", include("apps.teams.urls")),
    path("", include("apps.preferences.urls")),
    path("", include("apps.notices.urls")),
    path("", include("apps.secrets.urls")),
    path("", include("apps.programs.urls")),
    path("", include("apps.zones.urls")),
    path("", include("apps.boards.urls")),
    path("t/<slug:team>/templates/", include("apps.catalog.urls")),
    path("t/<slug:team>/templates/import/", include("apps.imports.urls")),
    path("", include("apps.studio.urls")),
    path("t/<slug:team>/deployments/<int:number>/records/", include("apps.records.urls")),
]
