"""No secret reaches a log line, whoever writes it and at whatever level."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.conf import settings

from portal import logs

TOKEN = "dLq0fVZ3m9cQ1xYbN7uT5rWkE2sA8gHjP4oIzXvB6CM"  # as long as a link token
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzz4N"  # as long as an AWS secret key
SESSION = "FwoGZXIvYXdzE" + "Ab9/" * 60 + "=="


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything logged as production logs it, at DEBUG."""
    logs.configure(logs.logging_config(style="json", level="DEBUG"))
    root, sink = logging.getLogger(), io.StringIO()
    for handler in root.handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(sink)
    yield sink
    logs.configure(settings.LOGGING)


@pytest.mark.parametrize(
    "text",
    [
        f"GET /pickup/open/{TOKEN}/",
        f"/pickup/open/{TOKEN}",
        f"https://daypass.example/pickup/open/short-token/?{TOKEN}",
        f"/accounts/password/reset/key/2k-{TOKEN}/",
        f"aws_secret_access_key={SECRET}",
        f"<SecretAccessKey>{SECRET}</SecretAccessKey>",
        f"{{'SecretAccessKey': '{SECRET}', 'SessionToken': '{SESSION}'}}",
        f"export AWS_SECRET_ACCESS_KEY={SECRET}",
        f"a bare {SECRET} in a sentence",
        f"a bare {SESSION} in a sentence",
        f"Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE, Signature={SECRET}",
        f"Cookie: __Host-pickup-1={TOKEN}; a={SECRET}",
        f"b'X-Amz-Security-Token': b'{SESSION}'",
        f"connecting to postgres://daypass_web:{SECRET}@127.0.0.1:5432/daypass",
        f"redis://:{TOKEN}@127.0.0.1:6379/0 refused",
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_running_text(text: str) -> None:
    shown = logs.redact_text(text)
    assert logs.HIDDEN in shown
    assert not any(secret in shown for secret in (TOKEN, SECRET, SESSION, "short-token"))


@pytest.mark.parametrize(
    "text",
    [
        "GET /requests/7KQ2M9XW4D/",
        "arn:aws:sts::111122223333:federated-user/dp-7KQ2M9XW4D-1",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",  # a SHA-1
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # a snapshot hash
        "/usr/lib/python3/dist-packages/django/core/handlers/base.py line 42",
        "redis://127.0.0.1:6379/0",
    ],
)
def test_what_is_needed_to_understand_a_line_stays(text: str) -> None:
    assert logs.redact_text(text) == text


@pytest.mark.parametrize("piece", ["a", "a-", "A_", "secret ", "password=", "://", "://a:", " ", "=", "Cookie:\n", "/"])
def test_a_long_text_is_looked_through_about_once(piece: str) -> None:
    """Of a stranger's path, or of an error from AWS: what tries each letter anew would be at it for hours."""
    assert f"end {logs.HIDDEN}" in logs.redact_text(piece * (1_000_000 // len(piece)) + f" end {TOKEN}")


@pytest.mark.parametrize(
    "name", ["token", "SessionToken", "secretAccessKey", "pickup_code", "password", "key", "sealed"]
)
def test_a_value_under_a_telling_name_is_hidden_at_any_depth(name: str) -> None:
    event = logs.redact_event(None, "info", {"event": "x", "outer": [{"inner": {name: "abc"}}], name: "abc"})
    assert "abc" not in json.dumps(event)


def test_names_that_only_sound_like_secrets_keep_their_values() -> None:
    event = {"event": "minted", "token_size": 712, "key_id": "k1", "error_code": "sts_denied", "code": 404}
    assert logs.redact_event(None, "info", dict(event)) == event


def test_a_traceback_shows_no_local_variables_and_no_secret_of_its_message(lines: io.StringIO) -> None:
    def mint(session_token: str) -> None:
        raise ValueError(f"refused {SECRET} {len(session_token)}")

    try:
        mint(SESSION)
    except ValueError:
        structlog.get_logger("grants").exception("mint_failed")
    line = json.loads(lines.getvalue())
    assert "ValueError: refused [hidden]" in line["exception"]
    assert SESSION not in lines.getvalue()


def test_botocore_at_debug_prints_nothing(lines: io.StringIO) -> None:
    for name in ("botocore", "botocore.parsers", "urllib3.connectionpool", "boto3.resources"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).debug("canary %s", SECRET)
        logging.getLogger(name).warning("trouble with %s", name)
        logging.getLogger(name).setLevel(logging.WARNING)
    assert "canary" not in lines.getvalue()
    assert lines.getvalue().count("trouble") == 4


def test_a_line_of_the_standard_library_is_one_json_object_and_redacted(lines: io.StringIO) -> None:
    logging.getLogger("django.request").error("Internal Server Error: /pickup/open/%s/", TOKEN)
    line = json.loads(lines.getvalue())
    assert line["event"] == "Internal Server Error: /pickup/open/[hidden]/"
    assert line["level"] == "error"


def test_access_logs_of_the_servers_are_off(lines: io.StringIO) -> None:
    for name in ("gunicorn.access", "django.server"):
        logging.getLogger(name).info("GET /pickup/open/%s/ 200", TOKEN)
    assert lines.getvalue() == ""


def test_celery_tells_neither_arguments_nor_every_sweep(lines: io.StringIO) -> None:
    logging.getLogger("celery.worker.strategy").info("Task received")
    logging.getLogger("celery.pool").debug("TaskPool: Apply (args:canary)")
    logging.getLogger("kombu.transport").debug("canary")
    assert lines.getvalue() == ""


def test_handlers_of_others_see_redacted_events_too(lines: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    structlog.get_logger("grants").info("opened", path=f"/pickup/open/{TOKEN}/", token=TOKEN)
    assert TOKEN not in str([record.__dict__ for record in caplog.records]) + lines.getvalue()
