"""The environments that make brings: made once, made again when the pins change, and honest when they cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.embedded import bootstrap

SCRIPT = bootstrap.__file__
OFFLINE = {"PATH": os.defpath, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}


def make(directory: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", SCRIPT, ".venv", "pins.txt"]
    return subprocess.run(command, cwd=directory, env=OFFLINE, capture_output=True, text=True, check=False)


def test_an_environment_is_made_once_and_again_only_when_the_pins_change(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("# nothing yet\n")
    first, second = make(tmp_path), make(tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Making the virtual environment .venv" in first.stdout
    assert (tmp_path / ".venv" / "bin" / "python").exists()
    assert (second.returncode, second.stdout) == (0, "")
    pins.write_text("no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    third = make(tmp_path)
    assert third.returncode == 1
    assert "Is the package index reachable?" in third.stderr
    assert "Installing 1 pinned packages" in make(tmp_path).stdout  # a failure is not taken for done


def test_an_old_python_is_told_what_is_needed() -> None:
    with pytest.raises(SystemExit, match=r"3\.11 or newer; this is"):
        bootstrap.check_version((3, 9))
