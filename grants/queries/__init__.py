"""What workers and people read: ``work`` finds and locks what is due, ``pages`` gives each role what it may see."""

from grants.queries.issuers import is_waiting, template_admin_addresses
from grants.queries.pages import (
    active_grants_for,
    addresses_to_warn,
    approver_addresses,
    audit_rows,
    card_for,
    denials_of,
    editable_template,
    grant_for_requester,
    previous_grants,
    queue_for,
    requestable_templates,
    requests_of,
    search_grants,
    story_of,
    templates_for_admin,
)
from grants.queries.work import due_grants, due_issuers, due_mails, grants_due, locked_grant, only_one_for

__all__ = [
    "active_grants_for",
    "addresses_to_warn",
    "approver_addresses",
    "audit_rows",
    "card_for",
    "denials_of",
    "due_grants",
    "due_issuers",
    "due_mails",
    "editable_template",
    "grant_for_requester",
    "grants_due",
    "is_waiting",
    "locked_grant",
    "only_one_for",
    "previous_grants",
    "queue_for",
    "requestable_templates",
    "requests_of",
    "search_grants",
    "story_of",
    "template_admin_addresses",
    "templates_for_admin",
]
