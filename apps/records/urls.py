"""Addresses of records, below their deployment's; an act's name is its command's name."""

from django.urls import path

from . import views

app_name = "records"

urlpatterns = [
    path("", views.records, name="records"),
    path("request/", views.request_record, name="request_record"),
    path("<int:record>/", views.record_row, name="record"),
    path("<int:record>/pdf/", views.download_pdf, name="download_pdf"),
    path("<int:record>/json/", views.download_json, name="download_json"),
]
