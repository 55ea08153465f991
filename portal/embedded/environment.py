"""Which environment variables each process of the stack gets: its own keys, and nobody else's."""

import os
from collections.abc import Mapping
from typing import Final

from portal.embedded.roles import OWNER, WEB, WORKER

PROCESSES: Final = ("web", "issue", "revoke", "mail", "beat", "manage", "tests")
ROLE_OF: Final[Mapping[str, str]] = {"web": WEB, "manage": OWNER, "tests": OWNER}  # the rest: WORKER

EVERYBODY: Final = ("SECRET_KEY", "CELERY_BROKER_URL", "PUBLIC_URL", "MAIL_SEALING_PUBLIC_KEY")
DEMO_ONLY: Final = ("RECIPIENT_AWS_ENDPOINT_URL", "CONSOLE_SIGN_IN_ENDPOINT_URL", "DEMO_INBOX_URL")
COMPANY: Final = ("OIDC_ISSUER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME")
AWS: Final = (
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_S3",
)
OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "web": ("SEALING_KEYS", "PICKUP_CODE_KEY", *COMPANY, *DEMO_ONLY),
    "issue": ("SEALING_KEYS", *AWS),
    "revoke": AWS,
    "mail": ("MAIL_SEALING_KEYS", "EMAIL_URL"),
    "beat": (),
    "manage": ("SEALING_KEYS",),  # seeds second factors, which rest sealed
    "tests": ("SEALING_KEYS", "PICKUP_CODE_KEY", "MAIL_SEALING_KEYS", "EMAIL_URL", *AWS, *DEMO_ONLY),
}
# Not inherited: whatever AWS profile, proxy or Django setting the person's own shell has.
INHERITED: Final = ("PATH", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def role_of(process: str) -> str:
    """The database role of ``process``."""
    return ROLE_OF.get(process, WORKER)


def environment_of(process: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``process`` out of all those ``known``; one that is not known yet is left out."""
    names = (*EVERYBODY, *OWN[process], "DATABASE_URL")
    # Nobody comes to the demo with a passkey that an operator has trusted; production decides for itself.
    unsigned = {"UNSIGNED_APPROVALS": "hours=36,actions=any,per_hour=any"} if process in {"issue", "tests"} else {}
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    own = {name: known[name] for name in names if name in known}
    settled = {
        "DAYPASS_PROCESS": "manage" if process == "tests" else process,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "HOME": known["HOME"],
        "AWS_EC2_METADATA_DISABLED": "true",  # nobody asks the network for keys
    }
    return inherited | settled | unsigned | own
