"""Becomes another program that the kernel ends when the process that asked for it is gone.

Run as a file, not imported: ``python child.py SIGNAL PARENT_PID PROGRAM ARGUMENT…``. The wish survives ``exec``.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); Linux only, elsewhere stop() has to be enough


def become(*, death_signal: int, parent: int, program: list[str]) -> None:
    """Replace this process by ``program``; never returns. What the program writes, only its account reads."""
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the wish was made: nobody would end us
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - the caller names the program, no shell is involved


if __name__ == "__main__":
    become(death_signal=int(sys.argv[1]), parent=int(sys.argv[2]), program=sys.argv[3:])
