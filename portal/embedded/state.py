"""Where the embedded servers keep their state: private, locked while in use, reachable by the account that needs it."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from portal.embedded.process import Account

CHECKOUT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = "lock"
TESTS: Final = "tests-"
ROOT_BASES: Final = (Path("/var/lib/daypass-demo"), Path(tempfile.gettempdir(), "daypass-demo"))


class StateError(Exception):
    """The state directory cannot be used; the text says why and what to do."""


def server_account() -> Account | None:
    """Root runs PostgreSQL as nobody, because it refuses to run as root; everybody else as themselves (None)."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def is_enterable_by_all(directory: Path) -> bool:
    """Whether an account of no rights can walk down to ``directory``."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (directory, *directory.parents))


def make_private(directory: Path, *, mode: int = 0o700, owner: Account | None = None) -> Path:
    """Create ``directory`` with exactly this mode and owner, whatever the umask; one that exists is left as it is."""
    try:
        directory.mkdir(mode=mode)
    except FileExistsError:
        return directory
    directory.chmod(mode)
    if owner:
        os.chown(directory, owner.uid, owner.gid)
    return directory


def root_base() -> Path:
    """The directory below which root keeps what the server's account must enter, wherever the checkout lies."""
    for base in ROOT_BASES:
        with contextlib.suppress(OSError):
            if is_enterable_by_all(base.parent) and _is_ours(make_private(base, mode=0o711)):
                return base
    msg = f"None of these can be used by root and entered by nobody: {', '.join(map(str, ROOT_BASES))}."
    raise StateError(msg)


def _is_ours(base: Path) -> bool:
    """Somebody else may have made it first, in a temporary directory that all can write."""
    found = base.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def demo_state(checkout: Path = CHECKOUT) -> Path:
    """The demo's directory: ``.daypass`` in the checkout; for root one elsewhere, whose name ``.daypass/name`` holds.

    The name is random and stays with the checkout: a fresh clone in the same place does not inherit an old database.
    """
    inside = make_private(checkout / ".daypass")
    if not os.access(inside, os.R_OK | os.W_OK | os.X_OK):
        msg = f"{inside} belongs to another account of this machine. Remove it there, or use a checkout of your own."
        raise StateError(msg)
    if os.geteuid() != 0:
        return inside
    note = inside / "name"
    if not note.exists():
        place = hashlib.sha256(bytes(checkout)).hexdigest()[:8]
        note.write_text(f"{place}-{secrets.token_hex(4)}\n")
    return make_private(root_base() / note.read_text().strip(), mode=0o711)


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold ``state`` for one process at a time; StateError names the one that has it."""
    path = state / LOCK
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read().strip() or "unknown"
            msg = f"It is already running (process {holder}, state in {state}). Stop that one first, with Ctrl-C there."
            raise StateError(msg) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def erase(state: Path) -> None:
    """Everything in ``state`` but the lock, which the caller holds."""
    for entry in state.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name not in {LOCK, "name"}:
            entry.unlink()


@contextlib.contextmanager
def fresh_state() -> Iterator[Path]:
    """An empty, locked directory for a test run, removed at the end; what killed runs left behind goes too."""
    as_root = os.geteuid() == 0
    base = root_base() if as_root else Path(tempfile.gettempdir())
    prefix = f"{TESTS}" if as_root else f"daypass-{os.geteuid()}-{TESTS}"
    with contextlib.ExitStack() as held:
        with _alone(base / f".{prefix}making"):
            for old in base.glob(f"{prefix}*"):
                with contextlib.suppress(StateError, OSError), locked(old):
                    shutil.rmtree(old)
            state = make_private(base / f"{prefix}{secrets.token_hex(4)}", mode=0o711 if as_root else 0o700)
            held.enter_context(locked(state))
        held.callback(shutil.rmtree, state, ignore_errors=True)
        yield state


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Runs that begin in the same moment would each clear the other's new directory away, before it is locked."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
