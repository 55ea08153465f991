"""Who gets what at the approvers' addresses."""

from typing import Final

from tests.web.matrix_rows import APPROVER, NEVER, PERSON_NEVER, SMALLER, Row

APPROVALS: Final = (
    # Approvers read; whoever invited the recipient reads too, and neither signs, denies nor retries.
    Row("approvals/", APPROVER, PERSON_NEVER),
    # Bound ones read together what they cannot sign, and each is refused by itself.
    Row("approvals/bulk/", NEVER, "i xx ofo xxx e x", data={"item": "{asked}:{asked_hash}", "do": "approve"}),
    Row("approvals/<str:reference>/", APPROVER, PERSON_NEVER, "approvals/{asked}/"),
    Row("approvals/<str:reference>/so-far/", APPROVER, PERSON_NEVER, "approvals/{asked}/so-far/"),
    Row(
        "approvals/<str:reference>/approve/",
        NEVER,
        "i xx >fx xxx e x",
        "approvals/{asked}/approve/",
        {"snapshot_hash": "{asked_hash}"},
        "/approvals/",
    ),
    # Whoever may decide asks; no fresh factor is needed, because nothing changes.
    Row(
        "approvals/<str:reference>/ask/",
        NEVER,
        "i xx >>x xxx e x",
        "approvals/{asked}/ask/",
        {"question": "Why do you need to write?"},
        "/approvals/",
    ),
    Row(
        "approvals/<str:reference>/deny/",
        NEVER,
        "i xx >>x xxx e x",
        "approvals/{asked}/deny/",
        {"snapshot_hash": "{asked_hash}", "reason": "No."},
        "/approvals/",
    ),
    Row(
        "approvals/<str:reference>/narrow/",
        "i xx oox xxx e x",
        "i xx >fx xxx e x",
        "approvals/{asked}/narrow/",
        {**SMALLER, "snapshot_hash": "{asked_hash}"},
        "/approvals/",
    ),
    # Nobody in this crowd is on call; whoever answers for the templates or audits reviews what olga approved alone.
    Row("approvals/<str:reference>/emergency/", "i xx xxx xxx e x", "i xx xfx xxx e x", "approvals/{asked}/emergency/"),
    Row("approvals/reviews/", "i xx xxx oox e x", "i mm mmm mmm e m"),
    Row(
        "approvals/<str:reference>/review/",
        "i xx xxx oox e x",
        "i xx xfx >>x e x",
        "approvals/{alone}/review/",
        {"judgement": "right", "note": "The line stood still."},
        "/approvals/reviews/",
    ),
)
