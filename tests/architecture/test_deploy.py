"""What deploy/ hands out is what the processes may hold, and says what the settings read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from portal import keys
from portal.embedded import roles

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
NAME = re.compile(r"\b([A-Z][A-Z_]+)=(\S+)")
PROCESSES = ("web", "issue", "revoke", "mail", "beat")


def bare(names: set[str]) -> set[str]:
    """Names of variables, however they come: ``X`` or ``X_FILE``; the credentials file is a name of its own."""
    return {name if name in keys.GUARDED else name.removesuffix("_FILE") for name in names}


def by_compose() -> Iterator[tuple[str, dict[str, str]]]:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in PROCESSES:
        yield name, services[name]["environment"]


def by_systemd() -> Iterator[tuple[str, dict[str, str]]]:
    shared = (DEPLOY / "systemd" / "daypass-.service.d" / "hardening.conf").read_text()
    for name in PROCESSES:
        unit = shared + (DEPLOY / "systemd" / f"daypass-{name}.service").read_text()
        lines = "\n".join(re.findall(r"^Environment=(.*)", unit, re.MULTILINE))
        yield name, dict(NAME.findall(lines))


@pytest.mark.parametrize(("name", "environment"), [*by_compose(), *by_systemd()])
def test_each_process_is_given_the_keys_it_needs_and_no_others(name: str, environment: dict[str, str]) -> None:
    assert environment["DAYPASS_PROCESS"] == name
    keys.check_custody([name], bare(set(environment)))


@pytest.mark.parametrize(("name", "environment"), [*by_compose(), *by_systemd()])
def test_each_process_signs_in_to_the_database_as_its_own_role(name: str, environment: dict[str, str]) -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    role = {"web": "database_url_web", "beat": None}.get(name, "database_url_worker")
    unit = (DEPLOY / "systemd" / f"daypass-{name}.service").read_text()
    given = {secret for secret in services[name]["secrets"] if secret.startswith("database_")}
    given |= set(re.findall(r"secrets/(database_\w+)", unit))
    assert given == ({role} if role else set())
    assert ("DATABASE_URL_FILE" in environment) == bool(role)


def test_the_roles_script_and_the_embedded_servers_agree() -> None:
    script = (DEPLOY / "postgres-roles.sql").read_text()
    timeouts = re.findall(r"ALTER ROLE (\w+) SET (\w+) = '(\w+)'", script)
    assert set(timeouts) == {(role, *row) for role in roles.ROLES for row in roles.TIMEOUTS[role].items()}
    assert set(re.findall(r"ALTER ROLE (\w+) LOGIN NOSUPERUSER", script)) == set(roles.ROLES)


def test_every_variable_that_the_settings_read_is_explained() -> None:
    source = (ROOT / "portal" / "settings.py").read_text()
    read = set(re.findall(r"(?:_text|_required|env\.\w+)\(\s*\"([A-Z_]+)\"", source))
    explained = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE))
    assert read - explained == set()


def test_nginx_logs_no_referer_and_nothing_at_all_of_addresses_with_a_token() -> None:
    conf = re.sub(r"#.*", "", (DEPLOY / "nginx" / "daypass.conf").read_text())
    assert "$http_referer" not in conf
    assert "combined" not in conf
    logs = set(re.findall(r"access_log ([^;]+);", conf))
    assert logs == {"off", "/var/log/nginx/daypass.log daypass"}
    assert re.search(r"location /pickup/open/ \{\s+access_log off;\s+error_log /dev/null crit;", conf)
