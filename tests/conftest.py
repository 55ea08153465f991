"""The settings of a test run: keys made for this run alone, and nothing of the developer's own environment."""

import base64
import os
import secrets

import django
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from hypothesis import HealthCheck, settings


def _key(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _throwaway() -> dict[str, str]:
    """What Django needs to be imported; nothing listens at these addresses until a fixture says so."""
    mail = X25519PrivateKey.generate()
    return {
        "DAYPASS_PROCESS": "manage",
        "DAYPASS_LOG": "plain",
        "UNSIGNED_APPROVALS": "hours=36,actions=any,per_hour=any",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": "postgres://daypass_owner:nobody@127.0.0.1:1/daypass",
        "CELERY_BROKER_URL": "redis://:nobody@127.0.0.1:1/0",
        "PUBLIC_URL": "http://localhost:8000",
        "SEALING_KEYS": f"t1:{_key(secrets.token_bytes(32))}",
        "PICKUP_CODE_KEY": _key(secrets.token_bytes(32)),
        "MAIL_SEALING_KEYS": f"m1:{_key(mail.private_bytes_raw())}",
        "MAIL_SEALING_PUBLIC_KEY": f"m1:{_key(mail.public_key().public_bytes_raw())}",
    }


# Before pytest-django configures Django. The workers of pytest-xdist inherit these, so that they share the keys.
for _name, _value in _throwaway().items():
    os.environ.setdefault(_name, _value)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# A busy machine is no fault of what is tested: no example is refused for how long it, or making it, took.
settings.register_profile("daypass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("daypass")


def pytest_configure() -> None:
    """pytest-django, whose turn is next, sets up only what is configured already."""
    django.setup()


@receiver(connection_created)
def _let_transactional_tests_empty_their_tables(connection: BaseDatabaseWrapper, **_: object) -> None:
    """The audit table refuses TRUNCATE, except in a database that is named test_ and in a session that says this."""
    with connection.cursor() as cursor:
        cursor.execute("SET daypass.test_flush = on")
