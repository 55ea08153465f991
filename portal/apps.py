"""The Django project as an application: what has to happen at start-up and after every migrate."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from portal.celery import app as celery_app

__all__ = ["PortalConfig", "celery_app"]


class PortalConfig(AppConfig):
    """Makes the Celery app current in every process, and has every migrate end with the roles' exact privileges."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect once per migrate: Django sends the signal per application with models, when all tables stand."""
        post_migrate.connect(
            _apply_privileges, sender=apps.get_app_config("grants"), dispatch_uid="portal.apply_privileges"
        )


def _apply_privileges(sender: object, using: str, **kwargs: object) -> None:
    """Imported by name, because portal.privileges may import models, which are not loaded when this file is."""
    import_module("portal.privileges").apply_privileges(sender=sender, using=using, **kwargs)
