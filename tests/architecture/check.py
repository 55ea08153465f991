"""``make check``: every static check, each one line when green and its findings when red; changes nothing."""

import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.architecture import budget, repository, silences

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
MANAGE = ("python", "manage.py")
TOOLS = {
    "ruff check": ("ruff", "check", "--quiet", "--output-format", "concise", "."),
    "ruff format": ("ruff", "format", "--check", "--quiet", "--output-format", "concise", "."),
    "mypy": ("mypy", "--no-error-summary"),
    "import-linter": ("lint-imports",),
    "djlint format": ("djlint", "--check", "templates"),
    "djlint lint": ("djlint", "--lint", "templates"),
    "migrations": (*MANAGE, "makemigrations", "--check", "--dry-run"),
    "deploy check": (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
    "cfn-lint": ("cfn-lint", "deploy/iam/*.yaml"),
}
TEXTS: dict[str, Callable[[], list[str]]] = {
    "size budget": budget.problems,
    "pins": repository.pin_problems,
    "state diagram": repository.diagram_problems,
    "words": repository.word_problems,
    "links": repository.link_problems,
    "silences": silences.problems,
}


def key() -> str:
    """32 fresh random bytes, base64url: good for one run."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def throwaway() -> dict[str, str]:
    """An environment with throwaway keys and addresses where nothing listens: no service is needed.

    Nothing of the developer's own: a process refuses to start with keys that are not its own, such as AWS's.
    """
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "DAYPASS_PROCESS": "web",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": f"postgres://daypass_web:{key()}@127.0.0.1:1/daypass",
        "CELERY_BROKER_URL": f"redis://:{key()}@127.0.0.1:1/0",
        "PUBLIC_URL": "https://daypass.example",
        "SEALING_KEYS": f"check:{key()}",
        "PICKUP_CODE_KEY": key(),
        "MAIL_SEALING_PUBLIC_KEY": f"check:{key()}",
    }


def run_tool(command: tuple[str, ...]) -> str:
    """What ``command`` had to say, empty when it was content."""
    program = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(program, cwd=ROOT, env=throwaway(), capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() or f"exit status {done.returncode}" if done.returncode else ""


def run(name: str) -> tuple[str, str, float]:
    """Name, findings and seconds of one check."""
    start = time.perf_counter()
    found = "\n".join(TEXTS[name]()) if name in TEXTS else run_tool(TOOLS[name])
    return name, found, time.perf_counter() - start


def main() -> int:
    """Run everything, print one line each, then the findings; the number of red checks is the answer."""
    red = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, found, seconds in pool.map(run, [*TOOLS, *TEXTS]):
            extra = budget.summary() if name == "size budget" else ""
            print(f"{'FAIL' if found else 'ok':<5}{name:<15}{seconds:5.1f} s  {extra}".rstrip(), flush=True)
            if found:
                red += 1
                print("    " + found.replace("\n", "\n    "), flush=True)
    print(f"{len(TOOLS) + len(TEXTS) - red} passed, {red} failed")
    return red


if __name__ == "__main__":
    sys.exit(bool(main()))
