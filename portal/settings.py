"""Django's settings: everything from the environment, every secret also by file, and nothing weak by default."""

import logging
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from grants.policy import unsigned
from portal import keys, openid
from portal.logs import logging_config

BASE_DIR: Final = Path(__file__).resolve().parent.parent
env: Final = environ.FileAwareEnv()  # X_FILE names a file that holds X


def _text(name: str, default: str = "") -> str:
    """A variable or its file, without the line break editors leave at the end."""
    return str(env.str(name, default=default)).strip()


def _required(name: str, example: str) -> str:
    """A variable nothing starts without."""
    if not (value := _text(name)):
        raise ImproperlyConfigured(f"{name} is not set. Example: {example}")
    return value


# --- which process this is, and the keys it may hold (portal/keys.py says why) ------------------------------------

DAYPASS_PROCESS = _text("DAYPASS_PROCESS", "manage")
DAYPASS_PROCESSES = keys.parse_processes(DAYPASS_PROCESS)
keys.check_custody(DAYPASS_PROCESSES, [name for name in keys.GUARDED | {"MAIL_SEALING_PUBLIC_KEY"} if _text(name)])

SECRET_KEY = keys.parse_secret_key(_text("SECRET_KEY"))
SECRET_KEY_FALLBACKS = [keys.parse_secret_key(old) for old in env.list("SECRET_KEY_FALLBACKS", default=[])]
SEALING_KEYS: dict[str, bytes] = keys.parse_ring("SEALING_KEYS", raw) if (raw := _text("SEALING_KEYS")) else {}
MAIL_SEALING_KEYS = keys.parse_ring("MAIL_SEALING_KEYS", raw) if (raw := _text("MAIL_SEALING_KEYS")) else {}
MAIL_SEALING_PUBLIC_KEY: tuple[str, bytes] = (
    keys.parse_named_key("MAIL_SEALING_PUBLIC_KEY", raw) if (raw := _text("MAIL_SEALING_PUBLIC_KEY")) else ("", b"")
)
PICKUP_CODE_KEY: bytes = keys.parse_key("PICKUP_CODE_KEY", raw) if (raw := _text("PICKUP_CODE_KEY")) else b""
keys.check_apart(
    {
        "SEALING_KEYS": SEALING_KEYS.values(),
        "MAIL_SEALING_KEYS": MAIL_SEALING_KEYS.values(),
        "PICKUP_CODE_KEY": [PICKUP_CODE_KEY] if PICKUP_CODE_KEY else [],
    }
)

# What the issue worker mints on an approval that no believed passkey has signed (docs/decisions/0013).
_unsigned = _text("UNSIGNED_APPROVALS")
if "issue" in DAYPASS_PROCESSES and not _unsigned:
    raise ImproperlyConfigured(f"UNSIGNED_APPROVALS is not set. Example: {unsigned.EXAMPLE}")
try:
    UNSIGNED_APPROVALS = unsigned.parse_caps(_unsigned or "none")
except ValueError:
    raise ImproperlyConfigured(f"UNSIGNED_APPROVALS is {_unsigned!r}. Write it like {unsigned.EXAMPLE}") from None

# --- where people reach Daypass -----------------------------------------------------------------------------------

PUBLIC_URL = _required("PUBLIC_URL", "https://daypass.example.org").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname or _public.path:
    raise ImproperlyConfigured(f"PUBLIC_URL is {PUBLIC_URL!r}, but must look like https://daypass.example.org.")
if _public.scheme == "http" and _public.hostname not in {"localhost", "127.0.0.1"}:
    raise ImproperlyConfigured("PUBLIC_URL must be https: links carry secrets. Plain http is for localhost only.")
IS_HTTPS: Final = _public.scheme == "https"

DEBUG = False
PROBE_HOSTS: Final = {"127.0.0.1"} - {_public.hostname}  # probes come by address; portal.middleware lets nobody else
ALLOWED_HOSTS = sorted({_public.hostname, *PROBE_HOSTS})
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many of our own stand in front and append to the header
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# The company's own sign-in, for staff; None where nobody configured it (docs/decisions/0010 says what it may do).
OPENID_PROVIDER = openid.parse_provider(
    processes=DAYPASS_PROCESSES,
    issuer=_text("OIDC_ISSUER_URL"),
    client_id=_text("OIDC_CLIENT_ID"),
    client_secret=_text("OIDC_CLIENT_SECRET"),
    name=_text("OIDC_NAME"),
    public_url=PUBLIC_URL,
)

# Demo only: where the recipient's AWS tools find the stand-in, and where the mails are.
RECIPIENT_AWS_ENDPOINT_URL = _text("RECIPIENT_AWS_ENDPOINT_URL")
DEMO_INBOX_URL = _text("DEMO_INBOX_URL")
CONSOLE_SIGN_IN_ENDPOINT_URL = _text("CONSOLE_SIGN_IN_ENDPOINT_URL")  # instead of AWS's own
# A second template admin confirms every publication. While STS cannot be reached, a draft may be published untested.
FOUR_EYES_PUBLISHING = env.bool("DAYPASS_FOUR_EYES_PUBLISHING", default=False)
TEMPLATE_TEST_WAIVER = env.bool("DAYPASS_TEMPLATE_TEST_WAIVER", default=False)

# --- the applications ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_structlog",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "grants",
    "portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "portal.staticfiles.StaticFilesMiddleware",
    "portal.middleware.NoStoreMiddleware",
    "portal.middleware.NoReferrerMiddleware",
    "portal.middleware.SignOutMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "portal.middleware.OriginMiddleware",
    "portal.middleware.PlainRequestMiddleware",
    "portal.middleware.ProbeHostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.SessionAgeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.SecondFactorMiddleware",
    "portal.middleware.FactorChangeMiddleware",
    "portal.middleware.StepUpMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logging_config(style=_text("DAYPASS_LOG", "json"), level=_text("DAYPASS_LOG_LEVEL", "INFO"))
LOGGING_CONFIG = "portal.logs.configure"
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it believes X-Forwarded-For; portal.middleware counts our proxies

# --- PostgreSQL: the database, the queue, the cache, the sessions --------------------------------------------------

_database_url = _required("DATABASE_URL", "postgres://daypass_web:password@db.example.org:5432/daypass")
if urlsplit(_database_url).scheme not in {"postgres", "postgresql"}:
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres://. Daypass runs on PostgreSQL and nothing else.")
# Statement, lock and idle timeouts belong to the roles (portal/privileges.py): pgbouncer drops start-up options.
_database: dict[str, Any] = env.db_url_config(_database_url)
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "portal.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),  # a new one costs as much as some dozen statements
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # The same few statements over and over: PostgreSQL plans each once per connection, not every time. And
            # values travel apart from the statement: of one that fails, PostgreSQL's own log has no value.
            # (pgbouncer that pools transactions needs max_prepared_statements, which 1.21 brought.)
            "server_side_binding": True,
            "prepare_threshold": 1,
            **_database.get("OPTIONS", {}),
        },
    },
}
# Rate limits live here: they survive losing Redis, and only the web role may write the table (its rows are pickles).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "daypass_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # the default of 300 would let a flood of keys push out the limits
    },
}
CELERY_BROKER_URL = _required("CELERY_BROKER_URL", "rediss://:password@valkey.example.org:6379/0")

# --- mail ---------------------------------------------------------------------------------------------------------

# Without EMAIL_URL (every process but the mail worker) the host is empty, and a mail sent past the outbox fails.
_email: dict[str, Any] = env.email_url_config(raw) if (raw := _text("EMAIL_URL")) else {}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = str(_email.get("EMAIL_HOST") or "")
EMAIL_PORT = int(_email.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = str(_email.get("EMAIL_HOST_USER") or "")
EMAIL_HOST_PASSWORD = str(_email.get("EMAIL_HOST_PASSWORD") or "")
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL", False))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = _text("DEFAULT_FROM_EMAIL", f"Daypass <no-reply@{_public.hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- static files -------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = _text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.staticfiles.HashedNames"},
}
WHITENOISE_USE_FINDERS = True  # serves what nobody collected, such as in the demo
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- sessions and cookies -----------------------------------------------------------------------------------------

# __Host-: no other host of the domain can plant the cookie. Browsers take Secure cookies from http://localhost too.
SESSION_ENGINE = "portal.sessions"
SESSION_COOKIE_NAME = "__Host-daypass-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would drop the session behind every link in a mail
SESSION_COOKIE_AGE = 30 * 60  # idle limit; portal.middleware moves it on with use
SESSION_ABSOLUTE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no third cookie, none that is readable
CSRF_COOKIE_NAME = "__Host-daypass-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.error_pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 0  # nothing is uploaded
FILE_UPLOAD_HANDLERS: list[str] = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- headers ------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # a load balancer asks from inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"  # no-referrer makes browsers send "Origin: null", which CSRF refuses
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# W021: preloading is a promise for the whole domain, which is not Daypass's to make.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        # these do not inherit from default-src
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
_NOBODY_NEEDS: Final = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "interest-cohort", "magnetometer", "microphone", "midi", "payment", "usb",
)  # fmt: skip
PERMISSIONS_POLICY: dict[str, list[str]] = {
    **{feature: [] for feature in _NOBODY_NEEDS},
    "clipboard-write": ["self"],  # the Copy buttons
}

# --- accounts -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "grants.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.StaffPasswordBackend"]
PASSWORD_HASHERS = ["portal.hashers.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
PASSWORD_RESET_TIMEOUT = 3600

ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# Sign-up is closed; the list stays with its password, because without one allauth drops the password from sign-in.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses come from flows and from the operator, never from the person
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "request_login_code": "portal.accounts.forms.SignInCodeForm",
    "change_password": "portal.accounts.forms.NewPasswordForm",
    "reset_password_from_key": "portal.accounts.forms.LostPasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,5/10m/key",
    "request_login_code": "20/m/ip,3/10m/key",
    "company": "40/m/ip",  # each way out and each way back
}

MFA_ADAPTER = "portal.accounts.factors.MfaAdapter"
MFA_FORMS = {
    "add_webauthn": "portal.accounts.passkeys.AddForm",
    "edit_webauthn": "portal.accounts.passkeys.RenameForm",
    "authenticate_webauthn": "portal.accounts.passkeys.ShowForm",
    "reauthenticate_webauthn": "portal.accounts.passkeys.ShowAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a stolen key alone opens nothing
MFA_TOTP_ISSUER = "Daypass"
MFA_RECOVERY_CODES_SHOW_ONCE = True
