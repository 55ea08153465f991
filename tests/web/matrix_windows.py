"""The matrix's rows of pre-approved windows and deputies."""

from typing import Final

from tests.web.matrix_rows import APPROVER, NEVER, PERSON_NEVER, Row

READER: Final = "i xx ooo xox e x"  # approvers and auditors
WINDOWS: Final = (
    # Whoever is away names somebody of the same group; only the two of them end it.
    Row("deputies/", APPROVER, "i xx uuu xxx e x"),
    Row(
        "deputies/<uuid:deputy_id>/end/",
        NEVER,
        "i xx >>n xxx e x",
        "deputies/{deputy}/end/",
        to="/deputies/",
    ),
    # What is signed once for requests to come: approvers draw up, sign and close, auditors read. Whoever invited one of
    # its people does not sign, and does close: taking away is always safe.
    Row("windows/", READER, PERSON_NEVER),
    Row("windows/new/", APPROVER, APPROVER),
    Row("windows/<str:reference>/", READER, PERSON_NEVER, "windows/{window}/"),
    Row(
        "windows/<str:reference>/sign/",
        NEVER,
        "i xx >fx xxx e x",
        "windows/{window}/sign/",
        {"snapshot_hash": "{window_hash}"},
        "/windows/",
    ),
    Row(
        "windows/<str:reference>/close/",
        "i xx ooo xxx e x",
        "i xx >f> xxx e x",
        "windows/{window}/close/",
        {"reason": "The work is done."},
        "/windows/",
    ),
)
