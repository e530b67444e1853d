"""Keyturn's own addresses and, beside them, the reference views."""

from django.urls import include, path

from . import references

urlpatterns = [
    path("bench/one/", references.one),
    path("bench/raw/<uuid:deployment>/", references.raw),
    path("bench/change/<uuid:item>/", references.change),
    path("", include("project.urls")),
]
