"""The pages: an approval with the broker up, down and stalled, and a reveal against an empty view."""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from os import kill
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx

from tests.bench.figures import Figure, percentile
from tests.bench.rig import Made, Rig
from tests.browser import Browser
from tests.people import known_people, sign_in_staff

CLIENTS: Final = 4
APPROVALS: Final = {"up": 200, "down": 60, "stalled": 60}
ROUNDS: Final = 7  # one round swings by a fifth
REVEALS: Final = 160
WARM: Final = 96  # a few for each thread of the server: a connection, and statements that PostgreSQL has prepared
TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_mine: Final = threading.local()


def measure(rig: Rig) -> Iterator[Figure]:
    """Approvals first; then, when all of that is done, reveals and the empty view in turn."""
    yield from _approvals(rig)
    rig.settle()
    yield Figure(
        "reveal_ratio", median(_ratios(rig)), "reveals a second / healthz, same server, same clients", at_least=0.4
    )


def _ratios(rig: Rig) -> list[float]:
    """Reveals and the empty view in turn, on a server whose threads have their connections; only POSTs are timed."""
    reveal, grants = _reveal(rig), rig.make("issued", WARM + ROUNDS * REVEALS)
    _rate(reveal, grants[:WARM])
    rounds = [grants[at : at + REVEALS] for at in range(WARM, len(grants), REVEALS)]
    return [_rate(reveal, each) / _empty_a_second(rig) for each in rounds]


class Approver:
    """Signed in once; every client thread speaks for the same person."""

    def __init__(self, rig: Rig) -> None:
        """Password, six digits, and the form's token from the queue's page."""
        bob = next(person for person in known_people(rig.stack.state) if person["role"] == "approver")
        self._browser = sign_in_staff(rig.stack.public_url, bob)
        self._base = rig.stack.public_url

    def prepare(self, grants: Sequence[Made]) -> None:
        """Read one card: its form's token holds for all."""
        found = TOKEN.search(self._browser.get(f"/approvals/{grants[0]['reference']}/").body)
        assert found, "the card has no form"
        self._token = found[1]

    def approve(self, grant: Made) -> float:
        """One POST; how long its answer took, in milliseconds."""
        began = time.monotonic()
        answer = client().post(
            f"{self._base}/approvals/{grant['reference']}/approve/",
            data={"snapshot_hash": grant["hash"], "csrfmiddlewaretoken": self._token},
            headers=self._browser._headers(self._base, "POST"),
        )
        took = (time.monotonic() - began) * 1000
        assert answer.status_code == 302, (answer.status_code, answer.text[:300])
        return took


def _approvals(rig: Rig) -> Iterator[Figure]:
    approver = Approver(rig)
    worst = {}
    for broker, how in (("up", _as_it_is), ("down", _down), ("stalled", _stalled)):
        grants = rig.make("requested", APPROVALS[broker])
        approver.prepare(grants)
        with how(rig):
            worst[broker] = percentile(at_once(approver.approve, grants), 99)
        rig.wait_for_links([grant["id"] for grant in grants], seconds=60)
        yield Figure(f"approve_p99_{broker}_ms", worst[broker], f"POST that approves, broker {broker}")
    yield Figure("approve_p99_ms", max(worst.values()), "the worst of the three", at_most=2000)


@contextmanager
def _as_it_is(_rig: Rig) -> Iterator[None]:
    yield


@contextmanager
def _down(rig: Rig) -> Iterator[None]:
    rig.stack.valkey.stop()
    try:
        yield
    finally:
        rig.stack.valkey.start()


@contextmanager
def _stalled(rig: Rig) -> Iterator[None]:
    kill(rig.stack.valkey.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        kill(rig.stack.valkey.pid, signal.SIGCONT)


def at_once(act: Callable[[Made], float], grants: Sequence[Made]) -> list[float]:
    """The results of ``act`` for each grant, a few at a time."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(act, grants))


def client() -> httpx.Client:
    """This thread's own connection."""
    if not hasattr(_mine, "client"):
        _mine.client = httpx.Client(timeout=30, follow_redirects=False)
    return _mine.client  # type: ignore[no-any-return]  # a thread-local has no types


def _empty_a_second(rig: Rig) -> float:
    """A view that does nothing, through every middleware that a reveal passes too."""

    def get(_: Made) -> float:
        return _alone(rig, "GET", "/healthz")

    return _rate(get, [{}] * REVEALS * 2)


def _reveal(rig: Rig) -> Callable[[Made], float]:
    """The POST that reveals, with a form's token and cookie fetched once: they hold for all."""
    (seen,) = rig.make("issued", 1)
    browser = Browser(rig.stack.public_url)
    found = TOKEN.search(browser.get(f"/pickup/open/{seen['token']}/").body)
    assert found, "the link's page has no form"
    csrf, form = browser.cookies["__Host-daypass-csrf"], found[1]

    def reveal(grant: Made) -> float:
        pickup = f"__Host-pickup-{grant['link'].replace('-', '')}={grant['token']}"
        headers = {
            "Cookie": f"__Host-daypass-csrf={csrf}; {pickup}",
            "Origin": rig.stack.public_url,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"code": grant["code"], "csrfmiddlewaretoken": form})
        return _alone(rig, "POST", f"/pickup/{grant['link']}/", body=body, headers=headers)

    return reveal


def _alone(rig: Rig, method: str, path: str, **values: Any) -> float:
    """One request on a connection of its own, because every recipient is somebody else; its status, which is 200."""
    connection = HTTPConnection(urlsplit(rig.stack.public_url).netloc, timeout=30)
    try:
        connection.request(method, path, **values)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, (answer.status, text[:300])
    return answer.status


def _rate(act: Callable[[Made], float], grants: Sequence[Made]) -> float:
    began = time.monotonic()
    at_once(act, grants)
    return len(grants) / (time.monotonic() - began)
