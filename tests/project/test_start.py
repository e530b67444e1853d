"""How a process begins."""

import gc

import pytest
from django.apps import apps

from project.start import configure


@pytest.fixture
def as_it_was():
    """The collector as it was before, whatever a test does to it."""
    yield
    gc.enable()


def test_garbage_is_looked_for_once_all_apps_are_loaded_and_never_among_them(as_it_was, monkeypatch):
    gc.unfreeze()
    monkeypatch.setattr(apps, "ready", False)
    configure()
    assert not gc.isenabled()
    apps.get_app_config("project").ready()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_whoever_reads_the_settings_later_changes_nothing_about_it(as_it_was):
    configure()
    assert gc.isenabled()
