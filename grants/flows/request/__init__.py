"""From what a requester answers to a saved request, which a pre-approved window may decide at once."""

from grants.flows.request.ask import Asked, Draft, Requested, draft_request, extend_grant, request_grant

__all__ = ["Asked", "Draft", "Requested", "draft_request", "extend_grant", "request_grant"]
