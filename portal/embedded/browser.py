"""Find a Chromium for the browser tests, or install Debian's when root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "The browser tests need Chromium, and none was found on PATH.\n"
    "Debian or Ubuntu: sudo apt-get install chromium. Elsewhere: install Chromium or Google Chrome.\n"
    f"Looked for: {', '.join(NAMES)}."
)


def find_browser() -> Path | None:
    """The first Chromium on PATH, or None."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


def install_browser() -> Path | None:
    """Debian's package, when root and apt-get is there; else None."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return None
    print("Installing Chromium for the browser tests (apt-get, once) ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run([apt, *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr.strip(), file=sys.stderr)
    return find_browser()


if __name__ == "__main__":
    if not (find_browser() or install_browser()):
        sys.exit(ADVICE)
