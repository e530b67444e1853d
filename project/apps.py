from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from apps.core import guards
from apps.core.statements import learn_folding
from apps.core.storable import watch_statements

from . import checks
from .celery import app as celery_app
from .start import loaded

__all__ = ["ProjectConfig", "celery_app", "checks"]  # Celery and the checks exist wherever Django does


class ProjectConfig(AppConfig):
    """The composition root as an app: it has no models, it holds what concerns the whole."""

    name = "project"

    def ready(self) -> None:
        """Know every task, also where only names of tasks are used; guard the tables again after every migration."""
        celery_app.autodiscover_tasks(force=True)
        connection_created.connect(learn_folding, dispatch_uid="project.learn_folding")
        connection_created.connect(watch_statements, dispatch_uid="project.watch_statements")
        # SQLite forgets triggers when it remakes a table.
        post_migrate.connect(install_guards, sender=self, dispatch_uid="project.install_guards")
        loaded()


def install_guards(*, using: str, **_: object) -> None:
    """Put every guard in place on database `using`."""
    connection: BaseDatabaseWrapper = connections[using]
    guards.install(connection, guards.all_guards())
