"""A limit for a whole exchange: a socket's own timeout begins anew with every byte that comes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(seconds: float, *, find: Callable[[], socket.socket | None]) -> Iterator[threading.Event]:
    """Shut the socket that ``find`` names once ``seconds`` are over: whatever reads from it meets its end then.

    It is asked for when the time is over, because most of them are made within the block. An end may look like that of
    the answer: the event tells it from one.
    """
    over = threading.Event()

    def cut() -> None:
        over.set()
        with suppress(OSError, AttributeError):
            if (found := find()) is not None:
                found.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
