"""The application's name and its start-up checks."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """Everything Daypass exists for."""

    name = "grants"
    default_auto_field = "django.db.models.BigAutoField"
