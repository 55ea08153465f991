"""``make smoke``: the main job once, headless, on real servers and workers; each step with its evidence."""

import os
import sys
import time
from collections.abc import Callable
from typing import Final

from portal.embedded.roles import DATABASE
from portal.embedded.stack import Stack
from portal.embedded.state import fresh_state
from tests.people import Inbox, known_people
from tests.smoke import story
from tests.smoke.sinks import Sinks
from tests.smoke.story import Story, show

Step = Callable[[Story], str]

STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("asked", story.asked),
    ("approver's pages are closed to the requester", story.self_approval_refused),
    ("approved", story.approved),
    ("STS called once, with what was approved", story.sts_called_once),
    ("attempt and its three sizes stored", story.sizes_stored),
    ("link mailed by SMTP", story.mailed),
    ("opening the link reveals nothing", story.opening_reveals_nothing),
    ("revealed once", story.revealed),
    ("second reveal refused", story.second_reveal_refused),
    ("credentials work inside the prefix", story.used_as_approved),
    ("credentials are refused outside it", story.refused_otherwise),
    ("the issuer's raw keys read nothing", story.raw_keys_read_nothing),
    ("revoked: AWS refuses the same credentials", story.revoked),
    ("ciphertext wiped", story.wiped),
)


def main() -> int:
    """Start everything, walk through the story, stop everything; the exit status says whether all held."""
    started = time.monotonic()
    print("Starting PostgreSQL, Valkey, mail, AWS, web, three workers and beat …", flush=True)
    with fresh_state() as state, Stack(state=state, durable=False, preferred={}) as stack:
        print(f"Everything is up after {time.monotonic() - started:.0f} s.", flush=True)
        told, sinks = tell(stack), Sinks(stack)
        last: tuple[tuple[str, Step], ...] = (
            ("audit complete and verified", lambda s: audit_verified(s, stack)),
            ("no secret in logs, Valkey, database, mails", lambda s: nothing_leaked(s, sinks)),
        )
        results = [run(name, step, told) for name, step in (*STEPS, *last)]
        if not all(results) and os.environ.get("SMOKE_LOGS"):
            print_logs(stack)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


def run(name: str, step: Step, told: Story) -> bool:
    """One line: ok or FAIL, the step, its evidence."""
    try:
        evidence = step(told)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is this step's failure, and the rest still runs
        print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"ok    {name}: {evidence}", flush=True)
    return True


def tell(stack: Stack) -> Story:
    """The story's start: addresses, people, and where to look."""
    if stack.aws is None:
        raise RuntimeError("the stack is not started")
    return Story(
        base=stack.public_url,
        inbox=Inbox(stack.mail.inbox_url),
        people=known_people(stack.state),
        control=stack.aws.control,
        endpoint_url=stack.aws.recipient_endpoint_url,
        issuer_profile_file=str(stack.aws.issuer_credentials_file),
        superuser_url=stack.postgres.superuser_url(DATABASE),
    )


def audit_verified(told: Story, stack: Stack) -> str:
    """Every move has its row, and the chain holds."""
    kinds = [
        row["kind"]
        for row in told.rows("SELECT kind FROM grants_auditevent WHERE subject = %s ORDER BY seq", told.reference)
    ]
    moves = [kind for kind in kinds if kind in MOVES]
    show(that=moves == list(MOVES), otherwise=f"rows {kinds}")
    return f"{', '.join(kind.removeprefix('grant.') for kind in moves)}; {stack.manage('audit', 'verify').strip()}"


def nothing_leaked(told: Story, sinks: Sinks) -> str:
    """First a planted canary must be found in every sink; then no secret of the story in any."""
    planted = sinks.plant()
    show(that=len(planted) == len(sinks.texts()), otherwise=f"the planted canary was found only in {planted}")
    wanted = {"secret key", "session token", "link token", "pickup code", "sign-in code", "TOTP seed"}
    show(that=wanted <= set(told.secrets), otherwise=f"only {sorted(told.secrets)} are known")
    found = sinks.look_for(told.secrets)
    show(that=not found, otherwise=f"found {found}")
    return f"{len(told.secrets)} secrets looked for in {', '.join(planted)}; the planted canary was found in each"


def print_logs(stack: Stack) -> None:
    """For whoever has to find out why."""
    for path in sorted(stack.logs.glob("*.log")):
        print(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}", flush=True)


MOVES: Final = (
    "grant.requested",
    "grant.approved",
    "grant.issuing",
    "grant.issued",
    "grant.revealed",
    "grant.revoked",
)

if __name__ == "__main__":
    sys.exit(main())
