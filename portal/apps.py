"""The Django project as an application: what has to happen at start-up and after every migrate."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from portal.celery import app as celery_app
from portal.privileges import apply_privileges

__all__ = ["PortalConfig", "celery_app"]


class PortalConfig(AppConfig):
    """Makes the Celery app current in every process, and has every migrate end with the roles' exact privileges."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect once per migrate: Django sends the signal per application with models, when all tables stand."""
        post_migrate.connect(
            apply_privileges, sender=apps.get_app_config("grants"), dispatch_uid="portal.apply_privileges"
        )
