"""What each database role may do to each table, as data, applied after every migrate; a table not listed is closed."""

from typing import Final

from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

WEB: Final = "daypass_web"
WORKER: Final = "daypass_worker"

R: Final = "SELECT"
RA: Final = "SELECT, INSERT"
RAC: Final = "SELECT, INSERT, UPDATE"
RACD: Final = "SELECT, INSERT, UPDATE, DELETE"
NONE: Final = ""
LINK_FATES: Final = "SELECT, UPDATE (tries, end_tries, claimed_at, used_at, used_from, locked_at, closed_at)"
PROPOSAL_FATES: Final = (
    "SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_by_person, confirmed_at, refused_by_id, refused_at, issuer_id)"
)

# table: (web, worker). The web role signs and reveals, but writes no attempt, ciphertext or denial's fate;
# the worker mints and delivers, but writes no decision and reads no session.
PRIVILEGES: Final[dict[str, tuple[str, str]]] = {
    "grants_user": (RAC, R),
    "grants_user_groups": (RACD, R),
    "grants_user_user_permissions": (R, NONE),
    "grants_vendor": (RAC, R),
    "grants_vendor_sponsors": (RACD, R),
    "grants_vendorterms": (RA, R),
    "grants_termsacceptance": (RA, R),
    "grants_invitation": (RAC, NONE),
    "grants_personchange": (RAC, NONE),
    "grants_signin": (RACD, NONE),
    "grants_companylink": ("SELECT, INSERT, DELETE", NONE),
    # Its principal and profiles are an operator's; a new one needs its proposal, which a trigger sees to.
    "grants_issuer": ("SELECT, INSERT, UPDATE (name, region, is_active)", R),
    "grants_issuercircuit": (R, RAC),
    "grants_heartbeat": (R, RAC),
    "grants_lease": (NONE, RACD),  # who holds one holds up what AWS has to refuse
    # The web role says which policies are allowed, the worker what they say: neither can do the other's half.
    "grants_issuerpolicy": (
        "SELECT, INSERT, UPDATE (withdrawn_at, withdrawn_by_id)",
        "SELECT, UPDATE (digest, version_id, read_at, error_code)",
    ),
    "grants_issuerproposal": (PROPOSAL_FATES, NONE),
    "grants_issuerreading": (R, RAC),
    "grants_granttemplate": (RAC, R),
    "grants_granttemplate_vendors": (RACD, R),
    "grants_templateversion": (RA, R),
    "grants_requestrule": (RAC, R),
    "grants_templatedraft": (RACD, NONE),
    "grants_templatetest": (RA, "SELECT, UPDATE (attempt_id, refusal)"),
    "grants_grant": (RAC, "SELECT, UPDATE"),
    "grants_decision": (RA, R),
    "grants_approverkey": (R, R),  # neither process that a stranger reaches says whom the issue worker believes
    "grants_narrowing": (RA, R),
    "grants_deputy": ("SELECT, INSERT, UPDATE (ended_at, ended_by_id)", R),
    "grants_window": ("SELECT, INSERT, UPDATE (opened_at, closed_at, closed_by_id, closed_reason)", R),
    "grants_windowsignature": (RA, R),
    "grants_emergencyreview": (RA, R),
    "grants_question": ("SELECT, INSERT, UPDATE (answer, answered_by_id, answered_at)", NONE),
    "grants_issueattempt": (R, RAC),
    "grants_pickuplink": (LINK_FATES, RAC),
    "grants_sealedcredential": ("SELECT, UPDATE (ciphertext, wiped_at)", RAC),
    # Whoever types a code cannot read it back.
    "grants_mfacode": (
        "INSERT, SELECT (id, grant_id, typed_by_id, typed_at, expires_at, wiped_at)",
        "SELECT, UPDATE (sealed, wiped_at)",
    ),
    "grants_outboxmail": (RA, RAC),
    "grants_noticechoice": (RAC, R),
    "grants_nudge": (R, RA),
    "grants_webhook": (RAC, "SELECT, UPDATE (position)"),
    "grants_webhookdelivery": (RA, RAC),
    "grants_denial": (RA, RAC),
    "grants_widedenial": ("SELECT, INSERT, UPDATE (session_ends_at, reason, asked_by_id)", RAC),
    "grants_auditevent": (RA, RA),
    "grants_auditpersonal": (RA, RA),
    "grants_audithead": (R, R),
    "account_emailaddress": (RACD, NONE),
    "account_emailconfirmation": (RACD, NONE),
    "mfa_authenticator": (RACD, NONE),
    "auth_group": (R, R),
    "auth_group_permissions": (R, NONE),
    "auth_permission": (R, NONE),
    "django_content_type": (R, R),
    "django_admin_log": (R, NONE),
    "django_session": (RACD, NONE),
    "django_migrations": (R, R),
    "daypass_cache": (RACD, NONE),
    "daypass_installation": (NONE, NONE),  # both ask daypass_is_fenced(); only an operator believes a database
}


def apply_privileges(*, using: str = "default", **_: object) -> None:
    """Take everything from both roles and give exactly what the table above says; run by the owner.

    In one transaction: processes at work never see a moment without their rights. Only when this database has the
    roles: ``postgres-roles.sql`` in deploy/ makes them.
    """
    call_command("createcachetable", database=using, verbosity=0)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN (%s, %s)", [WEB, WORKER])
        present = {name for (name,) in cursor.fetchall()}
        if missing := {WEB, WORKER} - present:
            raise RuntimeError(f"the database role {min(missing)} is missing: run deploy/postgres-roles.sql first")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {WEB}, {WORKER}")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {WEB}, {WORKER}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB}, {WORKER}")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            _grant(cursor, table)


def _grant(cursor: CursorWrapper, table: str) -> None:
    for role, privileges in zip((WEB, WORKER), PRIVILEGES.get(table, (NONE, NONE)), strict=True):
        if privileges:
            cursor.execute(f'GRANT {privileges} ON "{table}" TO {role}')
