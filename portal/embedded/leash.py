"""Become a server: give up root, ask the kernel to end us with our starter, then exec. Run as a script, by process.py.

A script of its own instead of a hook between fork and exec, because such hooks deadlock in programs with threads;
and it imports everything before it gives up root, because the other account may not be able to read this Python.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie_to(parent: int, last_signal: int) -> None:
    """The kernel sends ``last_signal`` when the thread that started us ends (Linux; elsewhere only stop() ends us)."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, last_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked: nobody would ever tell us
        os.kill(os.getpid(), signal.SIGKILL)


def give_up_root(uid: int, gid: int) -> None:
    """For good: groups first, because afterwards we may not."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(arguments: list[str]) -> None:
    """PARENT SIGNAL UID GID PROGRAM ARGUMENT...; a UID of -1 keeps the account."""
    parent, last_signal, uid, gid = (int(word) for word in arguments[:4])
    program = arguments[4:]
    libc_is_loaded = ctypes.CDLL(None)
    if uid >= 0:
        give_up_root(uid, gid)
        os.umask(0o077)
    tie_to(parent, last_signal)  # after the change of account, which clears it
    del libc_is_loaded
    os.execv(program[0], program)  # noqa: S606  -- no shell, and the arguments are our own


if __name__ == "__main__":
    main(sys.argv[1:])
