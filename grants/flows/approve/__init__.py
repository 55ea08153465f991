"""A signature: one of those that are wanted, or the one that stands for all of them in an emergency."""

from grants.flows.approve.alone import approve_alone
from grants.flows.approve.sign import approve_grant

__all__ = ["approve_alone", "approve_grant"]
