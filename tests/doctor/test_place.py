"""The doctor on what Daypass stands on: each thing is broken once, and named with its mend."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as outbox
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants import queries
from grants.flows.doctor import examine_approver_keys, examine_life, examine_mail_key, examine_sealed_rows
from grants.flows.sweep import sweep_denials, sweep_grants, sweep_mails
from grants.models import Heartbeat, User
from portal.doctor.broker import examine_broker
from portal.doctor.database import examine_database
from portal.doctor.mail import examine_mail
from portal.doctor.seals import examine_rest
from portal.doctor.site import examine_site
from tests.doctor.hearing import said, troubles
from tests.factories import make_issued, make_world
from tests.keys_of_approvers import SoftKey
from tests.web.signing_in import enrol_totp, recovery_code

pytestmark = pytest.mark.django_db
KEY = bytes(range(32))


@pytest.fixture
def site() -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    """An address, and what it answers next."""
    answers = [(200, b"ok\n")]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers[0][0])
            self.end_headers()
            self.wfile.write(answers[0][1])

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()
    thread.join()


# --- the database -------------------------------------------------------------------


def test_a_database_as_migrate_left_it_is_well() -> None:
    assert troubles(examine_database()) == []


def test_a_privilege_too_many_or_too_few_is_named_with_its_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT DELETE ON grants_auditevent TO daypass_web")
        cursor.execute("REVOKE SELECT ON grants_grant FROM daypass_worker")
    finding = said(examine_database(), "privileges are not as Daypass sets them")
    assert "daypass_web on grants_auditevent: DELETE" in finding.what
    assert "daypass_worker on grants_grant: SELECT" in finding.what
    assert "manage.py migrate" in finding.mend


@pytest.mark.parametrize(("process", "wanted"), [("web", "daypass_web"), ("issue", "daypass_worker")])
def test_another_processes_role_is_named(settings: Settings, process: str, wanted: str) -> None:
    settings.DAYPASS_PROCESS, settings.DAYPASS_PROCESSES = process, frozenset({process})
    finding = said(examine_database(), "signs in as daypass_owner")
    assert (finding.level, wanted in finding.mend) == ("FAIL", True)
    assert said(examine_database(), "may take for ever").level == "warn"


def test_missing_migrations_are_named_and_nothing_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("grants.0009", False)])
    assert "manage.py migrate" in said(examine_database(), "migrations are missing").mend


def test_a_database_that_is_away_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError("postgres://daypass_web:hunter2@db.example.org")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    finding = said(examine_database(), "cannot be reached")
    assert "DATABASE_URL" in finding.mend
    assert "hunter2" not in finding.what + finding.mend


def test_a_fenced_database_is_named() -> None:
    queries.raise_fence(timezone.now())
    assert "after_restore --check" in said(examine_life(now=timezone.now()), "it is fenced").mend


# --- whose passkeys are believed -------------------------------------------------------


def test_a_believed_passkey_of_a_closed_account_or_one_that_is_not_enrolled_any_more_is_named() -> None:
    world = make_world()
    gone, removed = SoftKey().trust(world.bob), SoftKey().trust(world.bea)
    assert troubles(examine_approver_keys()) == []
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    Authenticator.objects.filter(user=world.bea).delete()
    assert "closed or frozen" in said(examine_approver_keys(), gone.fingerprint).what
    finding = said(examine_approver_keys(), removed.fingerprint)
    assert "not enrolled any more" in finding.what
    assert f"approver_keys distrust {removed.fingerprint}" in finding.mend


# --- who is at work --------------------------------------------------------------------


def test_sweeps_are_heartbeats() -> None:
    now = timezone.now()
    for sweep in (sweep_grants, sweep_denials, sweep_mails):
        sweep(now=now)
    assert [line for line in troubles(examine_life(now=now + timedelta(seconds=59))) if "backups" not in line] == []


def test_a_worker_that_stopped_and_a_beat_that_never_was_are_named() -> None:
    now = timezone.now()
    assert said(examine_life(now=now), "has never rung anybody").mend.startswith("Start beat")
    sweep_grants(now=now)
    sweep_mails(now=now)
    Heartbeat.objects.filter(worker="mail").update(at=now - timedelta(seconds=61))
    assert said(examine_life(now=now), "mail worker").level == "FAIL"
    assert said(examine_life(now=now), "revoke worker: has not swept ever").level == "FAIL"
    assert said(examine_life(now=now), "issue worker").level == "ok"
    assert "Start beat" in said(examine_life(now=now + timedelta(hours=1)), "no worker has been rung").mend


def test_the_broker_answers_or_is_named(settings: Settings) -> None:
    assert troubles(examine_broker()) == []
    settings.CELERY_BROKER_URL = "redis://:hunter2@127.0.0.1:1/0"
    (finding,) = examine_broker()
    assert "CELERY_BROKER_URL" in finding.mend
    assert "hunter2" not in finding.what + finding.mend


# --- where people come, and mail goes ------------------------------------------------------


def test_the_address_answers(settings: Settings, site: tuple[str, list[tuple[int, bytes]]]) -> None:
    settings.PUBLIC_URL, _ = site
    assert said(examine_site(), "/healthz").level == "ok"


@pytest.mark.parametrize(
    ("answer", "words", "mend"),
    [
        ((200, b"<html>Welcome to nginx"), "answered by something else", "Point the proxy"),
        ((400, b""), "answers 400", "Host"),  # a Host header that is not PUBLIC_URL's
    ],
)
def test_an_address_that_leads_elsewhere_is_named(
    settings: Settings, site: tuple[str, list[tuple[int, bytes]]], answer: tuple[int, bytes], words: str, mend: str
) -> None:
    settings.PUBLIC_URL, answers = site
    answers[0] = answer
    assert mend in said(examine_site(), words).mend


@pytest.mark.parametrize(("is_https", "count", "level"), [(True, 0, "FAIL"), (True, 1, "ok"), (False, 1, "warn")])
def test_proxies_that_cannot_be_right_are_named(settings: Settings, is_https: bool, count: int, level: str) -> None:  # noqa: FBT001 - a column of the table
    settings.DAYPASS_PROCESSES, settings.IS_HTTPS, settings.TRUSTED_PROXIES = frozenset({"web"}), is_https, count
    assert said(examine_site(), "proxies").level == level


def test_the_mail_server_takes_the_password_or_is_named(settings: Settings) -> None:
    assert troubles(examine_mail(mail_to="")) == []
    assert outbox.outbox == []  # nothing is sent unless it is asked for
    settings.EMAIL_HOST_PASSWORD = "wrong"
    finding = said(examine_mail(mail_to=""), "refuses the user or password")
    assert finding.mend == "Correct EMAIL_URL."


def test_a_mail_server_that_is_away_or_speaks_no_tls_is_named(settings: Settings) -> None:
    settings.EMAIL_USE_TLS = True
    assert "smtp+tls" in said(examine_mail(mail_to=""), "cannot be used").mend
    settings.EMAIL_USE_TLS, settings.EMAIL_PORT = False, 1
    assert said(examine_mail(mail_to=""), "cannot be used").level == "FAIL"


def test_a_test_mail_is_sent_when_it_is_asked_for() -> None:
    assert said(examine_mail(mail_to="ops@daypass.example"), "a test to ops@").level == "ok"
    assert [mail.to for mail in outbox.outbox] == [["ops@daypass.example"]]


def test_only_the_mail_process_must_have_a_server(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    assert troubles(examine_mail(mail_to="")) == []
    settings.DAYPASS_PROCESSES = frozenset({"mail"})
    assert said(examine_mail(mail_to=""), "EMAIL_URL is not set").level == "FAIL"


# --- the keys ------------------------------------------------------------------------------


def test_a_sealing_key_that_went_too_early_is_named_with_what_it_sealed(settings: Settings) -> None:
    world = make_world()
    enrol_totp(world.bob)
    recovery_code(world.bob)
    make_issued(world)
    assert troubles([*examine_rest(), *examine_sealed_rows(key_ids=settings.SEALING_KEYS)]) == []
    settings.SEALING_KEYS = {"s9": KEY}
    assert "manage.py reseal" in said(examine_rest(), "2 of 2 second factors and sessions do not open").mend
    assert "Put the key back" in said(examine_sealed_rows(key_ids=settings.SEALING_KEYS), "lacks s1").mend


def test_mail_keys_that_are_no_pair_are_named(settings: Settings) -> None:
    make_issued(make_world())
    assert troubles(examine_mail_key(key_ids=settings.MAIL_SEALING_KEYS)) == []
    settings.MAIL_SEALING_KEYS = {"m9": KEY}
    findings = list(examine_mail_key(key_ids=settings.MAIL_SEALING_KEYS))
    assert "They must be one pair" in said(findings, "does not open").mend
    assert said(findings, "waiting mails").level == "FAIL"


# --- the command ------------------------------------------------------------------------------


def test_the_command_says_all_of_it_and_how_it_ended() -> None:
    out = StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("doctor", stdout=out)
    assert ended.value.returncode == 1
    lines = out.getvalue().splitlines()
    assert "ok   broker: answers" in lines
    at = lines.index("FAIL beat: has never rung anybody")
    assert lines[at + 1] == "     Start beat and the workers: runbook, What runs."
    assert lines[-1].startswith("Looked at as the manage process: 4 of ")


def test_the_command_speaks_json() -> None:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert {"level": "ok", "what": "broker: answers", "mend": ""} in found
