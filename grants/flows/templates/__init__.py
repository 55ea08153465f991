"""From a document to a draft, from a draft that STS takes to an immutable version, and from there to retirement."""

from grants.flows.templates.discard import discard_draft
from grants.flows.templates.measure import ask_test, measure
from grants.flows.templates.publish import (
    Proof,
    ask_publication,
    confirm_publication,
    publish_now,
    what_is_missing,
    write_version,
)
from grants.flows.templates.retire import retire_template
from grants.flows.templates.review import Review, findings_in, findings_today, review_document
from grants.flows.templates.save import preview_document, save_draft, save_draft_as_operator

__all__ = [
    "Proof",
    "Review",
    "ask_publication",
    "ask_test",
    "confirm_publication",
    "discard_draft",
    "findings_in",
    "findings_today",
    "measure",
    "preview_document",
    "publish_now",
    "retire_template",
    "review_document",
    "save_draft",
    "save_draft_as_operator",
    "what_is_missing",
    "write_version",
]
