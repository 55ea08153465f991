"""Carol picks up over HTTP; what she is shown is held against the database in the same moment (I8)."""

import time
from dataclasses import dataclass, field

from tests.browser import Browser, Page
from tests.faults.stage import Stage
from tests.smoke.s3 import keys_of


@dataclass
class Pickups:
    """Every secret that was shown, and every one that was shown before it was committed and audited."""

    stage: Stage
    shown: list[str] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)

    def open(self, reference: str) -> tuple[Browser, Page]:
        """A browser on the link's page, with no connection left open: the web server closes idle ones."""
        first = Browser(self.stage.stack.public_url)
        page = first.get(self.stage.post.link_of(reference))
        first._client.close()
        return Browser(first.base, cookies=first.cookies), page

    def press(self, browser: Browser, page: Page, reference: str) -> Page:
        """The POST with the code, and what came of it."""
        answer = browser.submit(page, code=self.stage.codes[reference])
        browser._client.close()
        if answer.status == 200 and "aws_session_token" in answer.body.lower():
            self._saw(answer, reference)
        return answer

    def reveal(self, reference: str) -> Page:
        """Open and press."""
        return self.press(*self.open(reference), reference)

    def _saw(self, answer: Page, reference: str) -> None:
        """Shown, therefore committed, therefore audited: whoever looks now must find all three."""
        query = """SELECT g.state, l.used_at, count(e.id) AS audited FROM grants_grant g
            JOIN grants_pickuplink l ON l.grant_id = g.id AND l.used_at IS NOT NULL
            LEFT JOIN grants_auditevent e ON e.subject = g.reference AND e.kind = 'grant.revealed'
            WHERE g.reference = %s GROUP BY g.state, l.used_at"""
        rows = self.stage.rows(query, reference)
        if len(rows) != 1 or rows[0]["audited"] != 1 or rows[0]["state"] not in {"revealed", "revoked"}:
            self.too_early.append(f"{reference}: shown, and the database says {rows}")
        keys = keys_of(answer)
        self.shown.append(reference)
        if not self.stage.secrets:
            self.stage.secrets = {
                "secret key": keys["aws_secret_access_key"],
                "session token": keys["aws_session_token"],
                "link token": self.stage.post.links(reference)[-1],
                "pickup code": self.stage.codes[reference],
            }

    def until_revealed(self, reference: str, *, seconds: float = 20) -> None:
        """Try until it is shown, as a person would who got an error page."""
        deadline = time.monotonic() + seconds
        while (answer := self.reveal(reference)).status != 200:
            if time.monotonic() > deadline:
                raise AssertionError(f"{reference} is not shown: {answer.status} {answer.words[:200]}")
            time.sleep(0.2)
