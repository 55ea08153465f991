"""An IAM that shows one look after the other, for what no honest stand-in does."""

from urllib.parse import quote

from grants.policy.deny import deny_document
from tests.gateways.canned_aws import Answer, CannedAws, no


def shows(*userids: str, of: str = "User") -> Answer:
    document = quote(deny_document(userids))
    body = f"<Get{of}PolicyResponse><Get{of}PolicyResult><PolicyDocument>{document}</PolicyDocument>"
    return 200, f"{body}</Get{of}PolicyResult></Get{of}PolicyResponse>".encode(), {}


def serve(canned: CannedAws, looks: list[Answer], *, read: str = "GetUserPolicy") -> None:
    """One look after the other; the last one for ever. Writes are taken without a word."""

    def answer(asked: dict[str, str]) -> Answer:
        if asked["Action"] == read:
            return looks.pop(0) if len(looks) > 1 else looks[0]
        if asked["Action"] == "GetPolicy":
            return no("NoSuchEntity", 404)  # there is no managed policy
        return 200, b"<Response/>", {}

    canned.answer = answer
