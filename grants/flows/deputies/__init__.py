"""An approver who is away names somebody of the same group; either of them ends it."""

from grants.flows.deputies.end import end_deputy
from grants.flows.deputies.name import name_deputy

__all__ = ["end_deputy", "name_deputy"]
