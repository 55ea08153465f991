"""The words of a template's editor: its sections, what each field is for, what each pickup check resists."""

from collections.abc import Mapping
from typing import Final

PLACEHOLDERS: Final = "{vendor}, {contractor.email}, {ticket}, {grant} and {folder} are filled when somebody asks."
# What each check resists, as design.md has it: the admin reads it where the choice is made.
CHECK_WORDS: Final = {
    "requester_code": "The code shown when the request was sent. "
    "Stops scanners and forwarded mail, not a stolen mailbox.",
    "spoken_code": "A code told by telephone. Stops a stolen mailbox too.",
    "sign_in": "Signing in as the recipient, with a passkey or an authenticator. Stops a stolen mailbox too.",
    "none": "Nothing besides the link. Only with credentials made on pickup and a link of at most an hour.",
}
PARTS: Final = (
    ("What it is called", ("name", "description")),
    (
        "What it gives",
        (
            "issuer", "buckets", "bucket", "prefix", "bundle", "actions", "tag_key", "tag_value", "policies", "policy",
            "folder_pattern", "folder_hint",
        ),
    ),
    ("What binds it", ("source_addresses", "https_only", "account_id", "kms_key", "tags")),
    ("For how long", ("min_hours", "default_hours", "max_hours", "consecutive_hours")),
    ("Who may ask, and with what", ("vendors", "who_asks", "reason_hint", "ticket_pattern", "ticket_hint")),
    ("Signatures", ("signers", "needs_passkey", "custodian_group")),
    ("How it is picked up", ("pickup_check", "link_hours", "mint")),
)  # fmt: skip
HINTS: Final[Mapping[str, str]] = {
    "name": "What contractors see. It does not change later.",
    "description": "Shown to contractors under the name.",
    "issuer": "The AWS principal whose rights are the most that this template can give.",
    "buckets": "One a line. The prefix and the actions are the same in each.",
    "prefix": f"The folder inside the bucket. It ends in a slash, so that “in/” does not open “internal/” too. "
    f"{PLACEHOLDERS}",
    "tag_key": "Only objects that carry this tag can be read, such as Partner.",
    "tag_value": "The partner's own value of that tag. {vendor} is the short name of whoever asks.",
    "kms_key": "The key's id, where the bucket is encrypted with a key of its own. "
    "Of another Region or account than the issuer's, its ARN.",
    "source_addresses": "Networks such as 203.0.113.0/24, one a line. Empty: from everywhere.",
    "https_only": "AWS refuses requests over plain HTTP.",
    "account_id": "Twelve digits. AWS refuses when a bucket of that name belongs to somebody else.",
    "policies": "Only those of the issuer's allow-list. Their documents are remembered by hash.",
    "policy": "JSON, without Principal. White space is taken out before it is sent. " + PLACEHOLDERS,
    "managed policy": "One of your own beside them: it adds what it allows, and takes what it denies. " + PLACEHOLDERS,
    "folder_pattern": "Only with {folder}: a regular expression for the folder that the requester names.",
    "folder_hint": "Shown at the field, such as: like run-17.",
    "tags": "One key=value a line. Daypass adds its own: grant, vendor, template and requester.",
    "default_hours": "What the form proposes.",
    "consecutive_hours": "How long one person may have this without a break, extensions included.",
    "vendors": "Only people of these vendors can see it and ask for it.",
    "reason_hint": "Shown where the reason is typed, such as: which delivery, for which project.",
    "ticket_pattern": "A regular expression for the whole ticket, such as [A-Z]{2,10}-[0-9]{1,6}. "
    "Empty: none is asked for.",
    "ticket_hint": "Shown at the field, such as: like OPS-1234.",
    "signers": "Each signature is another person's.",
    "needs_passkey": "What approvers sign is signed by their passkey too, so that no database row can stand in for it.",
    "custodian_group": "A group whose people may type the code of the user's MFA device, besides whoever signs.",
    "link_hours": "The credentials' own time runs while the link waits, unless they are made on pickup.",
}
