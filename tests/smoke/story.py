"""The main job once, as the people do it: every step returns its evidence or raises."""

import re
import time
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from portal.embedded.aws import AwsControl
from tests.browser import Browser, Page
from tests.people import Inbox, link_in, sign_in_contractor, sign_in_staff
from tests.smoke.s3 import Bucket, keys_of, raw_issuer

PATIENCE: Final = 60.0
REASON: Final = "Deliver the November robot logs."


class EvidenceError(AssertionError):
    """A step did not show what it should; the text says what was seen."""


def show(*, that: bool, otherwise: str) -> None:
    """The condition holds, or the step fails saying what was seen instead."""
    if not that:
        raise EvidenceError(otherwise)


@dataclass
class Story:
    """What the steps share; ``secrets`` are what may be found nowhere afterwards, by name."""

    base: str
    inbox: Inbox
    people: list[dict[str, str]]
    control: AwsControl
    endpoint_url: str
    issuer_profile_file: str
    superuser_url: str
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    reference: str = ""
    hash: str = ""
    link_path: str = ""
    code: str = ""
    first_call: int = 0
    page: Page | None = field(default=None, repr=False)
    carol: Browser | None = None
    bob: Browser | None = None
    recipient: Browser | None = None
    bucket: Bucket | None = None

    def person(self, role: str) -> dict[str, str]:
        """The first of the demo's people in a role."""
        return next(person for person in self.people if person["role"] == role)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What stands in the database."""
        with psycopg.connect(self.superuser_url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def grant(self) -> dict[str, Any]:
        """The grant's row."""
        return self.rows("SELECT * FROM grants_grant WHERE reference = %s", self.reference)[0]

    def wait_for_state(self, state: str) -> None:
        """Until the workers have got there."""
        deadline = time.monotonic() + PATIENCE
        while self.grant()["state"] != state:
            show(that=time.monotonic() < deadline, otherwise=f"the grant stays {self.grant()['state']}, not {state}")
            time.sleep(0.1)


def asked(s: Story) -> str:
    """The contractor signs in by mailed code and asks through the form."""
    email = s.person("contractor")["email"]
    s.first_call = s.control.last_sequence()
    s.carol, s.secrets["sign-in code"] = sign_in_contractor(s.base, email, s.inbox)
    page = s.carol.get("/requests/new/acme-drop-read-and-write/")
    page = s.carol.submit(page, action="check", hours="1", reason=REASON, ticket="OPS-42")
    page = s.carol.submit(page, action="send").expect("pickup code")
    code = page.soup.find(id="pickup-code")
    s.code = "".join(code.get_text().split()) if code else ""
    s.secrets["pickup code"] = re.sub(r"\W", "", s.code)
    reference = page.soup.find(class_="ref")
    s.reference = reference.get_text(strip=True) if reference else ""
    show(that=len(s.reference) == 10 and len(s.secrets["pickup code"]) == 8, otherwise=page.words[:300])
    return f"reference {s.reference}, code of {len(s.secrets['pickup code'])} characters in the POST's own answer"


def self_approval_refused(s: Story) -> str:
    """The contractor reaches no approver's page."""
    show(that=s.carol is not None, otherwise="nobody is signed in")
    answer = s.carol.get(f"/approvals/{s.reference}/") if s.carol else None
    show(that=answer is not None and answer.status in {403, 404}, otherwise=f"status {answer and answer.status}")
    return f"the contractor gets {answer and answer.status} for the approver's card"


def approved(s: Story) -> str:
    """The approver signs in with password and TOTP, reads the card and approves its hash."""
    bob = s.person("approver")
    s.secrets["TOTP seed"] = bob["totp_seed"]
    s.bob = sign_in_staff(s.base, bob)
    page = s.bob.get(f"/approvals/{s.reference}/").expect("List, read and write files under s3://acme-drop/in/")
    field = page.form(action="approve").find("input", {"name": "snapshot_hash"})
    s.hash = str(field["value"]) if field else ""
    show(that=s.hash == s.grant()["snapshot_hash"], otherwise="the card's hash is not the grant's")
    s.bob.submit(page, action="approve")
    show(that=s.grant()["approved_at"] is not None, otherwise=f"the grant is {s.grant()['state']}")
    return f"{bob['email']} signed {s.hash[:12]}…"


def sts_called_once(s: Story) -> str:
    """STS got exactly the approved policy, tags and seconds, once."""
    s.wait_for_state("issued")
    calls = s.control.calls(since=s.first_call, operation="GetFederationToken")
    show(that=len(calls) == 1, otherwise=f"{len(calls)} calls")
    sent, snapshot = (
        calls[0]["parameters"],
        s.rows("SELECT snapshot::json AS doc FROM grants_grant WHERE reference = %s", s.reference)[0]["doc"],
    )
    wanted = {"Name": f"dp-{s.reference}-1", "Policy": snapshot["policy"], "DurationSeconds": str(snapshot["seconds"])}
    show(that=all(str(sent.get(k)) == v for k, v in wanted.items()), otherwise=f"sent {sent}, approved {wanted}")
    tags = {f"{tag['Key']}={tag['Value']}" for tag in _tags_of(sent)}
    show(that=tags == {f"{key}={value}" for key, value in snapshot["tags"]}, otherwise=f"tags {tags}")
    size = len(snapshot["policy"])
    return f"{wanted['Name']}, {wanted['DurationSeconds']} s, {size} characters of policy, {len(tags)} tags"


def sizes_stored(s: Story) -> str:
    """The attempt is stored with its three sizes and its handle on the session."""
    attempt = s.rows(
        "SELECT a.* FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id WHERE g.reference = %s",
        s.reference,
    )[0]
    show(that=attempt["outcome"] == "minted" and bool(attempt["request_id"]), otherwise=str(attempt["outcome"]))
    sizes = [attempt[name] for name in ("packed_policy_size", "token_utilization", "token_size")]
    show(that=None not in sizes, otherwise=f"sizes {sizes}")
    return (
        f"{attempt['federated_id']}, packed {sizes[0]} %, token {sizes[2]} bytes, request {attempt['request_id'][:8]}"
    )


def mailed(s: Story) -> str:
    """The link came by SMTP, and is wiped from the outbox."""
    mail = s.inbox.wait_for(s.person("contractor")["email"], "/pickup/open/")
    s.link_path = link_in(mail)
    s.secrets["link token"] = s.link_path.rstrip("/").rsplit("/", 1)[-1]
    show(that=s.code not in str(mail), otherwise="the mail holds the pickup code")
    deadline = time.monotonic() + PATIENCE
    query = "SELECT count(*) AS n FROM grants_outboxmail WHERE event = 'link_ready' AND sealed IS NOT NULL"
    while s.rows(query)[0]["n"]:
        show(that=time.monotonic() < deadline, otherwise="the outbox still holds the token")
        time.sleep(0.1)
    return f"“{mail['subject']}”, text and HTML, token wiped from the outbox"


def opening_reveals_nothing(s: Story) -> str:
    """Scanners and previews open the link, and press nothing that is not in the mail."""
    scanner = Browser(s.base, agent="MailScanner/1.0")
    page = scanner.get(s.link_path)
    for _ in range(10):
        scanner.head(s.link_path)
        page = scanner.get(s.link_path).expect("Acme Robotics")
        show(that="acme-drop" not in page.body, otherwise="the page names the bucket before the check")
    answer = scanner.submit(page, action="pickup" if "pickup" in str(page.form().get("action", "")) else "")
    show(that=answer.status == 422, otherwise=f"pressing the button without a code: {answer.status}")
    show(that=s.grant()["state"] == "issued", otherwise=f"the grant is {s.grant()['state']}")
    opened = s.rows(
        "SELECT count(*) AS n FROM grants_auditevent WHERE subject = %s AND kind = 'link.opened'", s.reference
    )
    return f"21 requests and one empty POST: still issued; {opened[0]['n']} audit row says that it was opened"


def revealed(s: Story) -> str:
    """Link and code show the credentials, once."""
    s.recipient = Browser(s.base)
    page = s.recipient.get(s.link_path)
    s.page = page
    shown = s.recipient.submit(page, code=s.code).expect("credentials")
    keys = keys_of(shown)
    s.secrets |= {"secret key": keys["aws_secret_access_key"], "session token": keys["aws_session_token"]}
    s.bucket = Bucket(s.endpoint_url, keys)
    show(that="no-store" in shown.headers.get("cache-control", ""), otherwise="the page may be cached")
    show(that=s.endpoint_url in shown.body, otherwise="AWS_ENDPOINT_URL is missing")
    return f"access key {keys['aws_access_key_id'][:8]}…, as environment variables, profile and JSON"


def second_reveal_refused(s: Story) -> str:
    """The same POST again, and a fresh browser, get nothing."""
    again = Browser(s.base)
    refused = again.get(s.link_path)
    show(that=refused.status == 410, otherwise=f"status {refused.status}")
    other = s.recipient.submit(s.page, code=s.code) if s.recipient and s.page else refused
    show(that=other.status == 410, otherwise=f"the POST again: {other.status}")
    show(that=s.secrets["secret key"] not in other.body + refused.body, otherwise="shown again")
    return f"link {refused.status}, POST {other.status}"


def used_as_approved(s: Story) -> str:
    """The credentials do what was approved."""
    show(that=s.bucket is not None, otherwise="no credentials")
    return s.bucket.works() if s.bucket else ""


def refused_otherwise(s: Story) -> str:
    """And nothing else."""
    show(that=s.bucket is not None, otherwise="no credentials")
    return s.bucket.refuses() if s.bucket else ""


def raw_keys_read_nothing(s: Story) -> str:
    """The issuer's long-term keys read no data, even where grants may."""
    return raw_issuer(s.endpoint_url, s.issuer_profile_file)


def revoked(s: Story) -> str:
    """Revoked: the Deny is written, read back, and the same credentials are refused."""
    page = s.bob.get(f"/grants/{s.reference}/revoke/") if s.bob else None
    show(that=page is not None, otherwise="nobody is signed in")
    if s.bob and page:
        s.bob.submit(page, action="revoke", reason="The work is done.")
    deadline = time.monotonic() + PATIENCE
    query = (
        "SELECT userid, confirmed_at FROM grants_denial d JOIN grants_grant g ON g.id = d.grant_id WHERE reference = %s"
    )
    while not (found := s.rows(query, s.reference)) or not found[0]["confirmed_at"]:
        show(that=time.monotonic() < deadline, otherwise=f"the Deny is not confirmed: {found}")
        time.sleep(0.1)
    answer = s.bucket.get("in/readme.txt") if s.bucket else "not tried"
    show(that=answer == "AccessDenied", otherwise=f"reading still answers {answer}")
    return f"{found[0]['userid']} read back from IAM; reading: {answer}"


def wiped(s: Story) -> str:
    """No ciphertext is left."""
    rows = s.rows(
        "SELECT c.* FROM grants_sealedcredential c JOIN grants_grant g ON g.id = c.grant_id WHERE reference = %s",
        s.reference,
    )
    show(that=bool(rows) and all(row["ciphertext"] is None and row["wiped_at"] for row in rows), otherwise="not wiped")
    return f"{len(rows)} ciphertext, wiped {rows[0]['wiped_at']:%H:%M:%S}"


def _tags_of(sent: dict[str, Any]) -> list[dict[str, str]]:
    """The query protocol's numbered members as tags."""
    tags: list[dict[str, str]] = []
    while (start := f"Tags.member.{len(tags) + 1}.") + "Key" in sent:
        tags.append({"Key": sent[f"{start}Key"], "Value": sent[f"{start}Value"]})
    return tags
