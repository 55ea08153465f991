"""The company's sign-in is configured in full, or not at all; half of it stops the web process with a sentence."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_settings

from grants.values import Finding, OpenIdProvider
from portal.doctor.company import examine_company
from portal.openid import parse_provider
from tests.web.company import ABSENT, company_of

FULL = {"issuer": "https://login.example.org", "client_id": "daypass", "client_secret": "a secret", "name": "Example"}
NONE = dict.fromkeys(FULL, "")
HERE = {"processes": {"web"}, "public_url": "https://daypass.example.org"}


def test_in_full_it_names_the_one_address_to_come_back_to() -> None:
    provider = parse_provider(**HERE, **FULL)  # type: ignore[arg-type]  # one dict of several types
    assert provider
    assert provider.redirect_url == "https://daypass.example.org/accounts/company/callback/"
    assert "a secret" not in repr(provider)


def test_nothing_is_given_and_nothing_is_there() -> None:
    assert parse_provider(**HERE, **NONE) is None  # type: ignore[arg-type]  # one dict of several types


@pytest.mark.parametrize("missing", ["issuer", "client_id", "client_secret"])
def test_half_of_it_names_what_is_missing(missing: str) -> None:
    variable = {"issuer": "OIDC_ISSUER_URL"}.get(missing, f"OIDC_{missing.upper()}")
    with pytest.raises(ImproperlyConfigured, match=f"half configured: {variable} is not set"):
        parse_provider(**HERE, **(FULL | {missing: ""}))  # type: ignore[arg-type]  # one dict of several types


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.org",
        "login.example.org",
        "https://",
        "https://login.example.org?tenant=1",
        "ftp://a.example",
    ],
)
def test_an_issuer_that_is_no_https_address_is_refused(issuer: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER_URL is"):
        parse_provider(**HERE, **(FULL | {"issuer": issuer}))  # type: ignore[arg-type]  # one dict of several types


def test_a_name_that_fits_no_button_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="stands on a button"):
        parse_provider(**HERE, **(FULL | {"name": "x" * 61}))  # type: ignore[arg-type]  # one dict of several types


def test_workers_may_be_given_what_is_no_secret_of_it() -> None:
    rest = FULL | {"client_secret": ""}
    assert parse_provider(processes={"issue"}, public_url="https://daypass.example.org", **rest) is None


def test_half_of_it_stops_the_web_process() -> None:
    unwanted = {"MAIL_SEALING_KEYS", "EMAIL_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted and "AWS_" not in name}
    environment |= {"DAYPASS_PROCESS": "web", "OIDC_ISSUER_URL": "https://login.example.org"}
    command = [sys.executable, "-c", "import portal.settings"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode != 0
    assert "OIDC_CLIENT_ID, OIDC_CLIENT_SECRET is not set" in answer.stderr.splitlines()[-1]


def test_the_doctor_asks_the_provider_who_it_is() -> None:
    with company_of() as company:
        (good,) = examine_company()
        company.twist.discovery = {"issuer": "https://login.evil.example"}
        (bad,) = examine_company()
    (gone,) = examine_with(ABSENT)
    assert (good.level, company.issuer in good.what) == ("ok", True)
    assert (bad.level, "another issuer" in bad.what, "exactly as the provider" in bad.mend) == ("FAIL", True, True)
    assert gone.level == "FAIL"
    assert examine_with(None) == []


def examine_with(provider: OpenIdProvider | None) -> list[Finding]:
    with override_settings(OPENID_PROVIDER=provider):
        return list(examine_company())
