"""Two minutes: three hundred grants, and something breaks every three seconds; the seed says what."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Final

import redis
from django.db import connection

from portal.embedded.mail_faults import MailFault, clear_trouble
from tests.faults.fault import Fault
from tests.faults.invariants import doubled
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import FEDERATE, Stage

SEED: Final = int(os.environ.get("FAULTS_SEED", "2026"))
SECONDS: Final = float(os.environ.get("FAULTS_SECONDS", "120"))  # 400: a thousand grants
EVERY: Final = 3.0
PEOPLE: Final = 2
USED: Final = 0.5
PACE: Final = 0.75  # two people, one request each in this time: three hundred in two minutes

Trouble = Callable[[Stage], None]


def soak(stage: Stage, pickups: Pickups) -> None:
    """The crowd asks, signs, picks up and revokes; the main thread breaks things, and starts them again."""
    chance, over, since = random.Random(SEED), Event(), stage.control.last_sequence()
    known, met = set(stage.codes), Counter[str]()
    crowd = [Thread(target=_live, args=(stage, pickups, random.Random(SEED + n), over, met)) for n in range(PEOPLE)]
    for person in crowd:
        person.start()
    try:
        broken = _break_things(stage, chance, time.monotonic() + SECONDS)
    finally:
        over.set()
        for person in crowd:
            person.join(60)
    settle(stage, seconds=150)
    print(f"    people met {sum(met.values())} errors: {dict(met)}")
    _count(stage, set(stage.codes) - known, broken, since)


def _live(stage: Stage, pickups: Pickups, chance: random.Random, over: Event, troubles: Counter[str]) -> None:
    """One person's life; what fails under them, they try again or leave."""
    open_links: list[str] = []
    while not over.is_set():
        until = time.monotonic() + PACE
        try:
            open_links.append(stage.approved())
            if chance.random() < USED:
                _use(stage, pickups, open_links, chance)
        except Exception as error:  # noqa: BLE001 - the portal is being broken under them
            troubles[type(error).__name__] += 1
        connection.close()
        over.wait(max(0.0, until - time.monotonic()))


def _use(stage: Stage, pickups: Pickups, open_links: list[str], chance: random.Random) -> None:
    """One of theirs: revoked at once, or picked up when its mail has come, and perhaps revoked then."""
    reference = chance.choice(open_links)
    is_revoked = chance.random() < 0.3
    if stage.post.links(reference):
        open_links.remove(reference)
        pickups.reveal(reference)
    if is_revoked:
        stage.revoke(reference)


def _break_things(stage: Stage, chance: random.Random, end: float) -> list[str]:
    """One trouble after the other, each until the next; their names."""
    names = []
    while (now := time.monotonic()) < end:
        name = chance.choice(sorted(TROUBLES))
        names.append(name)
        TROUBLES[name](stage)
        time.sleep(max(0.0, now + EVERY - time.monotonic()))
        _calm(stage)
    return names


def _calm(stage: Stage) -> None:
    stage.thaw()
    clear_trouble(stage.stack.mail.home)
    with stage.superuser() as db:
        db.execute(b"DROP FUNCTION IF EXISTS faults_refuse() CASCADE")


def _count(stage: Stage, references: set[str], broken: list[str], since: int) -> None:
    """Nothing lost, nothing doubled."""
    query = "SELECT reference, state, approved_at FROM grants_grant WHERE reference = ANY(%s)"
    rows = [row for row in stage.rows(query, list(references)) if row["approved_at"]]
    states = {row["reference"]: row["state"] for row in rows}
    unmailed = [r for r, state in states.items() if state in {"issued", "revealed"} and not stage.post.links(r)]
    lost = [r for r, state in states.items() if state in {"approved", "issuing"}] + unmailed
    twice = doubled(stage, since) + [r for r in states if len(set(stage.post.links(r))) > 1]
    told = {state: list(states.values()).count(state) for state in sorted(set(states.values()))}
    print(f"    soak, seed {SEED}: {len(broken)} troubles of {len(set(broken))} kinds; {len(states)} approved: {told}")
    print(f"    {len(lost)} lost, {len(twice)} doubled", flush=True)
    assert not lost, lost
    assert not twice, twice
    assert len(states) >= SECONDS * PEOPLE / PACE * 0.6, "too few grants to mean anything"


def _killed(stage: Stage, *, process: str) -> None:
    stage.kill(process)
    stage.start_again(process)


def _valkey_killed(stage: Stage) -> None:
    stage.stack.valkey.kill()
    stage.stack.valkey.start()


def _valkey_flushed(stage: Stage) -> None:
    with redis.Redis.from_url(stage.stack.valkey.url) as broker:
        broker.flushall()


def _postgres_killed(stage: Stage) -> None:
    connection.close()
    stage.stack.postgres.kill()
    stage.stack.postgres.start()


def _sts(stage: Stage, *, kind: str, times: int, seconds: float = 0) -> None:
    stage.control.add_fault(kind, operation=FEDERATE, times=times, seconds=seconds)


TROUBLES: Final[dict[str, Trouble]] = {
    **{f"kill -9 {name}": partial(_killed, process=name) for name in ("issue", "revoke", "mail", "web", "beat")},
    "Valkey killed": _valkey_killed,
    "Valkey flushed": _valkey_flushed,
    "Valkey stalled": lambda stage: stage.freeze(stage.stack.valkey.pid),
    "issue worker stalled": lambda stage: stage.freeze(stage.stack.children["issue"].pid),
    "PostgreSQL restarted": lambda stage: stage.restart_postgres(),
    "PostgreSQL killed": _postgres_killed,
    "audit refused": lambda stage: stage.refuse_audit(),
    "STS throttles": partial(_sts, kind="throttle", times=3),
    "STS 500": partial(_sts, kind="internal_error", times=3),
    "STS loses answers": partial(_sts, kind="lost_answer", times=3),
    "STS cuts answers off": partial(_sts, kind="malformed_xml", times=2),
    "STS is slow": partial(_sts, kind="delay", times=4, seconds=2),
    "STS denies": partial(_sts, kind="access_denied", times=1),
    "revoking is throttled": lambda stage: stage.control.add_fault("throttle", operation="PutUserPolicy"),
    "SMTP 4xx": lambda stage: stage.trouble_mail(MailFault.LATER),
    "SMTP drops": lambda stage: stage.trouble_mail(MailFault.DROP),
    "SMTP is slow": lambda stage: stage.trouble_mail(delay_ms=500),
}

FAULTS: Final = (Fault("soak: two minutes, a trouble every three seconds", soak),)
