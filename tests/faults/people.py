"""People who press twice, at once, against each other, or go away."""

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from grants.errors import GrantError
from grants.flows.deny import deny_grant
from grants.flows.withdraw import withdraw_grant
from tests.browser import Browser, _filled
from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import FEDERATE, Stage


def at_once(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    """All at the same time; what came of each, by the refusal's code."""

    def run(act: Callable[[], object]) -> str:
        try:
            act()
        except GrantError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def double_click(stage: Stage, _: Pickups) -> None:
    grant = stage.asked()
    assert at_once([lambda: stage.approve(grant)] * 6)["done"] == 1
    settle(stage)
    assert stage.outcomes(grant.reference) == ["minted"]


def two_approvers(stage: Stage, _: Pickups) -> None:
    grant = stage.asked()
    told = at_once([lambda: stage.approve(grant, by=stage.bob), lambda: stage.approve(grant, by=stage.bea)])
    assert told["done"] == 1, told
    settle(stage)
    assert stage.outcomes(grant.reference) == ["minted"]


def approve_against_deny_against_revoke(stage: Stage, _: Pickups) -> None:
    for _round in range(5):
        grant = stage.asked()
        ref, hash_, now = grant.reference, grant.snapshot_hash, timezone.now()
        at_once(
            [
                lambda g=grant: stage.approve(g),  # type: ignore[misc]  # mypy takes no default of a lambda's
                lambda r=ref, h=hash_, n=now: deny_grant(  # type: ignore[misc]  # mypy takes no default of a lambda's
                    reference=r, by=stage.bea, snapshot_hash=h, reason="No.", now=n
                ),
                lambda r=ref, n=now: withdraw_grant(reference=r, by=stage.carol, now=n),  # type: ignore[misc]  # mypy takes no default of a lambda's
                lambda r=ref: stage.revoke(r),  # type: ignore[misc]  # mypy takes no default of a lambda's
            ]
        )
    settle(stage)


def revoked_while_minting(stage: Stage, _: Pickups) -> None:
    stage.control.add_fault("delay", operation=FEDERATE, seconds=1)
    reference = stage.approved()
    stage.until_calling(reference)
    stage.revoke(reference)
    settle(stage)
    assert (stage.state(reference), stage.outcomes(reference)) == ("revoked", ["discarded"])


def reveal_against_revoke(stage: Stage, pickups: Pickups) -> None:
    references = [stage.issued() for _ in range(4)]
    for reference in references:
        browser, page = pickups.open(reference)
        at_once([lambda b=browser, p=page, r=reference: pickups.press(b, p, r), lambda r=reference: stage.revoke(r)])  # type: ignore[misc]  # mypy takes no default of a lambda's
    settle(stage)
    assert {stage.state(reference) for reference in references} == {"revoked"}


def a_hundred_reveals(stage: Stage, pickups: Pickups) -> None:
    reference = stage.issued()
    opened = [pickups.open(reference) for _ in range(100)]
    with ThreadPoolExecutor(100) as pool:
        answers = Counter(pool.map(lambda each: pickups.press(each[0], each[1], reference).status, opened))
    query = "SELECT count(*) AS n FROM grants_auditevent WHERE subject = %s AND kind = 'link.refused'"
    refused = stage.rows(query, reference)[0]["n"]
    assert (answers, refused) == ({200: 1, 410: 99}, 99), (answers, refused)


def client_gone(stage: Stage, pickups: Pickups) -> None:
    """The POST is sent and nobody waits for the answer: what was done is on record, and never shown again."""
    reference = stage.issued()
    browser, page = pickups.open(reference)
    form = page.form()
    body = urlencode({**_filled(form, ""), "code": stage.codes[reference]}, doseq=True).encode()
    _send_and_leave(browser, page.path, page.url, body)
    browser._client.close()
    stage.until(lambda: stage.state(reference) == "revealed", "revealed to nobody")
    assert pickups.open(reference)[1].status == 410


def _send_and_leave(browser: Browser, path: str, url: str, body: bytes) -> None:
    host, port = browser.base.removeprefix("http://").split(":")
    headers = {
        "Host": f"{host}:{port}",
        "Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
        "Referer": url,
        "Origin": browser.base,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(head.encode() + b"\r\n" + body)


FAULTS: Final = (
    Fault("double click", double_click),
    Fault("two approvers at once", two_approvers),
    Fault("approve against deny against withdraw against revoke", approve_against_deny_against_revoke),
    Fault("revoke in the middle of STS", revoked_while_minting),
    Fault("reveal against revoke", reveal_against_revoke),
    Fault("100 reveals at once", a_hundred_reveals),
    Fault("client gone right after the POST", client_gone),
)
