"""Make a virtual environment from hashed requirements, once per change of them; standard library only."""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

STAMP = "daypass-requirements.sha256"
TAIL = 15


def say(sentence: str) -> None:
    """One progress line for people."""
    print(sentence, flush=True)


def fingerprint(requirements: Path) -> str:
    """What the environment was made from: the pins and the Python they were installed for."""
    version = ".".join(str(part) for part in sys.version_info[:2])
    return hashlib.sha256(version.encode() + requirements.read_bytes()).hexdigest()


def run(argv: list[str], advice: str) -> None:
    """Run quietly; on failure print the end of what it said, and what to do."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0:
        return
    tail = "\n".join(done.stdout.splitlines()[-TAIL:])
    sys.exit(f"{tail}\n\nThis failed: {' '.join(argv)}\n{advice}")


def create(venv: Path) -> None:
    """An empty environment with pip, unless a working one is there."""
    python = venv / "bin" / "python"
    if python.exists():
        asked = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return
    say(f"Making the virtual environment {venv.name} with Python {sys.version.split()[0]} ...")
    run([sys.executable, "-m", "venv", "--clear", str(venv)], "On Debian: apt install python3-venv, then try again.")


def install(venv: Path, requirements: Path) -> None:
    """Exactly the pinned files: pip refuses one whose hash is not listed, and resolves nothing beside the pins."""
    count = sum(1 for line in requirements.read_text().splitlines() if "==" in line.split("#")[0])
    say(f"Installing {count} pinned packages into {venv.name} (once; a minute or two) ...")
    started = time.monotonic()
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    advice = "Is the package index reachable? pip reads its address from your pip configuration. Then try again."
    run([*pip, "--no-deps", "--require-hashes", "-r", str(requirements)], advice)
    run([pip[0], "-m", "pip", "check"], f"{requirements.name} does not pin all that its packages need.")
    say(f"{venv.name} is ready after {time.monotonic() - started:.0f} s.")


def main(venv: Path, requirements: Path) -> None:
    """Bring ``venv`` up to ``requirements``; two makes at once wait for each other."""
    venv.mkdir(exist_ok=True)
    fcntl.flock(os.open(venv, os.O_RDONLY), fcntl.LOCK_EX)  # let go when this process ends
    stamp, wanted = venv / STAMP, fingerprint(requirements)
    if stamp.exists() and stamp.read_text() == wanted and (venv / "bin" / "python").exists():
        return
    create(venv)
    install(venv, requirements)
    stamp.write_text(wanted)


def check_version(version: tuple[int, ...]) -> None:
    """Whatever Python is found on PATH runs this file."""
    if version < (3, 11):
        sys.exit("Daypass needs Python 3.11 or newer; this is " + sys.version.split()[0])


if __name__ == "__main__":
    check_version(sys.version_info[:2])
    main(Path(sys.argv[1]), Path(sys.argv[2]))
