"""One event, one line; and nothing that opens anything in any of them."""

import logging
import logging.config
import re
from collections.abc import Mapping
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

HIDDEN: Final = "[hidden]"

# Names whose values never belong in a line, whatever they hold. Whole words of a name: "key_id" is an id, not a key.
SECRET_WORDS: Final = frozenset(
    {"token", "secret", "password", "passwd", "pwd", "code", "otp", "seed", "cookie", "cookies", "authorization",
     "credential", "credentials", "plaintext", "sealed", "ciphertext", "csrfmiddlewaretoken", "sessionid"}
)  # fmt: skip
SECRET_NAMES: Final = frozenset({"key", "private_key", "secret_key", "api_key", "signing_key", "pickup_code_key"})
HARMLESS_NAMES: Final = frozenset({"error_code", "status_code", "exit_code", "token_size", "token_utilization"})
WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

PATTERNS: Final = (
    # The pickup link is the secret; so are the keys in the links of account mails.
    (re.compile(r"(/pickup/open/)[^/\s\"'?#&]+"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"(/accounts/(?:password/reset/key|confirm-email)/)[^/\s\"'?#&]+"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"(/accounts/company/callback/\?)[^\s\"']+"), rf"\g<1>{HIDDEN}"),  # a one-time code, and its state
    # Connection strings: user:password@host. From :// on: each letter of a long path could begin a scheme.
    (re.compile(r"(://[^\s/@:\"']*:)[^\s/@\"']+@"), rf"\g<1>{HIDDEN}@"),
    # Headers, as botocore and http.client print them.
    (
        re.compile(
            r"((?:Authorization|Cookie|Set-Cookie|X-Amz-Security-Token)['\"]?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE
        ),
        rf"\g<1>{HIDDEN}",
    ),
    # name=value and "name": "value" in running text, in XML as AWS answers, and in query strings.
    (
        re.compile(
            r"((?:Secret_?Access_?Key|Session_?Token|Security_?Token|Token_?Code|password|passwd|secret|"
            r"csrfmiddlewaretoken)"
            r"['\"]?\s*(?:[:=]|>)\s*b?['\"]?)(?!\[hidden\])[^\s'\"<>&,;]+",
            re.IGNORECASE,
        ),
        rf"\g<1>{HIDDEN}",
    ),
    # What an AWS secret key looks like: 40 characters of base64 on their own, capitals and small letters among them.
    (
        re.compile(
            r"(?<![A-Za-z0-9/+_-])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])"
        ),
        HIDDEN,
    ),
    # What a link token (43 characters of base64url) and a session token (hundreds of base64) look like.
    (re.compile(r"(?<![A-Za-z0-9_/+-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_/+=-])"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9/+_-])[A-Za-z0-9/+_-]{100,}={0,2}"), HIDDEN),
)


def is_secret_name(name: str) -> bool:
    """Whether a value under this name must be hidden: ``SessionToken``, ``pickup_code``, ``mail-password``."""
    words = [word.lower() for word in WORD.findall(name)]
    if "_".join(words) in HARMLESS_NAMES:
        return False
    return "_".join(words) in SECRET_NAMES or not SECRET_WORDS.isdisjoint(words)


def redact_text(text: str) -> str:
    """``text`` without anything that looks like a secret."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: object) -> object:
    """Any value of a log line without its secrets; what is neither text nor a container is shown as text, redacted."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {str(name): HIDDEN if is_secret_name(str(name)) else redact(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(inner) for inner in value]
    return redact_text(str(value))


def redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The last processor before rendering, so that tracebacks, text by then, pass through it as well.

    ``code`` at the top level is django-structlog's HTTP status.
    """
    status = event.get("code")
    hidden = {name: HIDDEN if is_secret_name(name) else redact(value) for name, value in event.items()}
    if isinstance(status, int) and 100 <= status < 600:  # noqa: PLR2004 - the range of HTTP statuses
        hidden["code"] = status
    return hidden


class NeverBelowWarning(logging.Filter):
    """botocore and urllib3 print secrets at DEBUG: whoever sets their level, this filter has the last word."""

    QUIET: Final = ("botocore", "boto3", "s3transfer", "urllib3", "kombu", "amqp")

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a chatty library through only from WARNING on."""
        is_quiet = any(record.name == name or record.name.startswith(f"{name}.") for name in self.QUIET)
        return record.levelno >= logging.WARNING or not is_quiet


def _before() -> list[Processor]:
    """What every event passes, ours and the libraries'."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,  # text, without the local variables of any frame
    ]


def _after(style: str) -> list[Processor]:
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer = plain if style == "plain" else structlog.processors.JSONRenderer()
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact_event, renderer]


def logging_config(*, style: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. ``style`` is ``json`` or ``plain``; everything goes to standard error, one line an event."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"quiet": {"()": NeverBelowWarning}},
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": _after(style),
                "foreign_pre_chain": _before(),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["quiet"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Every request has its line from django-structlog; these would repeat it with the raw path.
            "django.server": {"handlers": [], "propagate": False},
            "django.request": {"level": "ERROR"},
            "gunicorn.access": {"handlers": [], "propagate": False},
            "gunicorn.error": {"handlers": [], "propagate": True},  # tells the path of a request that broke
            # Below INFO Celery tells the arguments of tasks; at INFO it tells of every sweep.
            "celery": {"level": "INFO"},
            **{f"celery.{name}": {"level": "WARNING"} for name in ("app.trace", "worker.strategy", "beat")},
            **{name: {"level": "WARNING"} for name in NeverBelowWarning.QUIET},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Set up the standard library's loggers, and structlog in front of them. Django calls it (LOGGING_CONFIG)."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_before(),
            redact_event,  # here too, for handlers of others that format on their own
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
