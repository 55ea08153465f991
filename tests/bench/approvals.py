"""The approver's queue with a thousand grants and with a hundred thousand: what it asks, how much longer it takes."""

import statistics
import time
from collections.abc import Iterator
from typing import Final

from tests.bench.figures import Figure, percentile
from tests.bench.rig import Rig
from tests.browser import Browser
from tests.people import known_people, sign_in_staff

FEW: Final = 1_000
MANY: Final = 100_000
PEOPLE: Final = 200
ROUNDS: Final = 12
PAGES: Final = (
    "/approvals/",
    "/approvals/?show=all&sort=newest",
    "/approvals/?show=signed",
    "/approvals/?sort=longest",
    "/approvals/?sort=soonest",
    "/approvals/?flag=write",
    "/approvals/?flag=delete",
    "/approvals/?template=acme-drop-read-and-write",
    "/approvals/?words=carol",
    "/approvals/?words=nobody-is-called-that",
)

# One request, made as people make it, becomes the pattern of the others; half wait, half are over, of many contractors.
CROWD: Final = """
INSERT INTO grants_user SELECT (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(),
    'person', gen_random_uuid(), 'email', 'worker' || n || '@acme.example'))).*
FROM grants_user u, generate_series(1, %s) AS n WHERE u.email = 'carol@acme.example'
"""
EMPTY: Final = """
DELETE FROM grants_grant g USING grants_user u WHERE u.id = g.recipient_id AND u.email LIKE 'worker%';
DELETE FROM grants_user WHERE email LIKE 'worker%'
"""
COLUMNS: Final = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_name = 'grants_grant' AND is_generated = 'NEVER'
"""
FILL: Final = """
INSERT INTO grants_grant ({columns}) SELECT {columns} FROM (
    SELECT (jsonb_populate_record(g, jsonb_build_object(
        'id', gen_random_uuid(),
        'reference', lpad(upper(to_hex(n + %s)), 10, 'Z'),
        'recipient_id', w.id, 'requester_id', w.id, 'recipient_person', w.person, 'requester_person', w.person,
        'requested_at', now() - n * interval '1 second',
        'starts_at', CASE WHEN n %% 10 = 0 THEN now() + n * interval '1 second' END,
        'seconds', 900 * (1 + n %% 8),
        'state', CASE WHEN n %% 2 = 0 THEN 'requested' ELSE 'ended' END,
        'approved_at', CASE WHEN n %% 2 = 1 THEN now() END,
        'approval_until', CASE WHEN n %% 2 = 1 THEN now() END,
        'revealed_at', CASE WHEN n %% 2 = 1 THEN now() END))).*
    FROM grants_grant g, generate_series(1, %s) AS n
    JOIN (SELECT id, person, row_number() OVER () AS rank FROM grants_user WHERE email LIKE 'worker%%') AS w
        ON w.rank = 1 + n %% %s
    WHERE g.reference = %s) AS made
"""


def measure(rig: Rig) -> Iterator[Figure]:
    """The same pages in turn, first over few grants and then over many."""
    bob = next(person for person in known_people(rig.stack.state) if person["role"] == "approver")
    browser = sign_in_staff(rig.stack.public_url, bob)
    pattern = rig.make("requested", 1)[0]["reference"]
    rig.database.execute("SET session_replication_role = replica")
    rig.database.execute(CROWD, [PEOPLE])
    fill(rig, pattern, begin=0, count=FEW)
    few = _medians(browser)
    fill(rig, pattern, begin=FEW, count=MANY - FEW)
    many = _medians(browser)
    asked = rig.ask("queue_queries", paths=list(PAGES))
    rig.database.execute(EMPTY)
    rig.database.execute("SET session_replication_role = DEFAULT")
    growth = percentile(many, 95) / percentile(few, 95)
    yield Figure("queue_queries", asked, "the most that one page of the queue asks the database", at_most=12)
    yield Figure("queue_p95_growth", growth, f"p95 of the queue's pages with {MANY} grants / with {FEW}", at_most=1.3)
    yield Figure("queue_median_growth", statistics.median(many) / statistics.median(few), "the same of the median page")


def fill(rig: Rig, pattern: str, *, begin: int, count: int) -> None:
    """``count`` grants more, and the planner knows of them, as autovacuum would have told it."""
    columns = rig.rows(COLUMNS)[0][0]
    rig.database.execute(FILL.format(columns=columns), [begin, count, PEOPLE, pattern])
    rig.database.execute("VACUUM ANALYZE grants_grant")


def _medians(browser: Browser) -> list[float]:
    """Of each page its median, read in turn: what else the machine does is not the queue's."""
    for page in PAGES:
        browser.get(page)
    rounds = [[_one(browser, page) for page in PAGES] for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def _one(browser: Browser, page: str) -> float:
    began = time.monotonic()
    status = browser.get(page).status
    assert status == 200, (page, status)
    return (time.monotonic() - began) * 1000
