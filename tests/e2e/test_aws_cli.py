"""What the credentials page gives away, handed to the AWS CLI in each of its forms."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from portal.embedded.state import CHECKOUT
from tests.e2e.acts import exported, make_ready, open_and_type
from tests.e2e.site import Site, open_visitor

AWS: Final = CHECKOUT / ".venv-awscli" / "bin" / "aws"
INSIDE, OUTSIDE = "s3://acme-drop/in/", "s3://acme-drop/private/"


@dataclass(frozen=True)
class Shown:
    """What stands on one credentials page: each form by its id, the credential_process hint, the test line."""

    forms: dict[str, str]
    hint: str


@pytest.fixture(scope="module")
def shown(chromium: Browser, site: Site) -> Shown:
    """One page for all forms, because it is shown once."""
    carol, bob, recipient = (open_visitor(chromium, site, name) for name in ("carol", "bob", ""))
    open_and_type(recipient, make_ready(site, carol, bob))
    boxes = recipient.page.locator("pre.code-box")
    forms = {str(box.get_attribute("id")): str(box.text_content()) for box in boxes.all()}
    return Shown(forms, recipient.page.locator("#pane-process .hint").text_content() or "")


def aws(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The AWS CLI with nothing but this environment and what lies in ``home``."""
    clean = {"HOME": str(home), "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **environment}
    return subprocess.run([AWS, *arguments], env=clean, capture_output=True, text=True, timeout=60, check=False)


def assert_lists_inside_alone(home: Path, *options: str, **environment: str) -> None:
    inside = aws(home, "s3", "ls", INSIDE, *options, **environment)
    assert "readme.txt" in inside.stdout, inside.stderr
    outside = aws(home, "s3", "ls", OUTSIDE, *options, **environment)
    assert outside.returncode != 0
    assert "AccessDenied" in outside.stderr


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_the_environment_variables_list_what_was_granted_and_nothing_else(shown: Shown, tmp_path: Path) -> None:
    assert_lists_inside_alone(tmp_path, **exported(shown.forms["bash"]))


def test_the_test_line_of_the_page_works_as_it_stands(shown: Shown, tmp_path: Path) -> None:
    program, *arguments = shown.forms["test-line"].split()
    assert program == "aws"
    done = aws(tmp_path, *arguments, **exported(shown.forms["bash"]))
    assert done.returncode == 0, done.stderr


def test_the_lines_for_bash_work_in_a_shell_as_they_are_pasted(shown: Shown, tmp_path: Path) -> None:
    script = f"{shown.forms['bash']}\n{AWS} s3 ls {INSIDE}\n"
    clean = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", script], env=clean, capture_output=True, text=True, timeout=60, check=False)
    assert "readme.txt" in done.stdout, done.stderr


def test_the_profile_works_from_the_credentials_file(shown: Shown, tmp_path: Path) -> None:
    write(tmp_path / ".aws" / "credentials", shown.forms["profile"])
    name = re.findall(r"\[(.+)\]", shown.forms["profile"])[0]
    assert_lists_inside_alone(tmp_path, "--profile", name)


def test_the_credential_process_works_as_the_page_tells_it(shown: Shown, tmp_path: Path) -> None:
    line, place = re.findall(r"(credential_process = cat (/\S+/daypass-\w+\.json))", shown.hint)[0]
    kept = tmp_path / Path(place).name
    write(kept, shown.forms["process"])
    write(tmp_path / ".aws" / "config", f"[default]\nregion = us-east-1\n{line.replace(place, str(kept))}\n")
    assert_lists_inside_alone(tmp_path, "--endpoint-url", exported(shown.forms["bash"])["AWS_ENDPOINT_URL"])
