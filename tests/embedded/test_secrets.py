"""Keys and passwords: made once, private, and given to nobody who has no use for them."""

from dataclasses import asdict
from pathlib import Path

import pytest

from portal import keys
from portal.embedded.environment import PROCESSES
from portal.embedded.roles import OWNER, WEB, WORKER
from portal.embedded.secrets import kept_secrets, new_secrets
from portal.embedded.stack import Stack

ROLE_OF = {"web": WEB, "manage": OWNER, "tests": OWNER}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(state=tmp_path, preferred={})


def test_they_are_made_once_and_kept_in_a_private_file(tmp_path: Path) -> None:
    assert kept_secrets(tmp_path) == kept_secrets(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_no_two_are_alike_and_none_is_shown() -> None:
    one, other = new_secrets(), new_secrets()
    assert not set(asdict(one)["role_passwords"].values()) & set(asdict(other)["role_passwords"].values())
    for value in (one.secret_key, one.sealing_keys, one.mail_sealing_keys, one.superuser_password):
        assert value not in repr(one)
        assert value not in repr(other)


@pytest.mark.parametrize("process", [process for process in PROCESSES if process != "tests"])
def test_each_process_gets_all_it_needs_and_no_key_of_anothers(stack: Stack, process: str) -> None:
    environment = stack.environment(process)
    keys.check_custody({process}, [name for name in keys.GUARDED | {"MAIL_SEALING_PUBLIC_KEY"} if name in environment])
    assert environment["DAYPASS_PROCESS"] == process
    assert f"//{ROLE_OF.get(process, WORKER)}:" in environment["DATABASE_URL"]


@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_of_the_developers_own_shell_reaches_a_process(
    stack: Stack, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "HTTP_PROXY", "PYTHONPATH", "DATABASE_URL", "HOME"):
        monkeypatch.setenv(name, "of-the-developer")
    assert "of-the-developer" not in stack.environment(process).values()


def test_the_superusers_password_is_nobodys(stack: Stack) -> None:
    values = " ".join(value for process in PROCESSES for value in stack.environment(process).values())
    assert stack.secrets.superuser_password not in values
