"""The company's own sign-in (OpenID Connect): the first step for staff, never the second, and no way to an account."""

from grants.flows.company.enter import enter
from grants.flows.company.link import link_account, unlink_account
from grants.flows.company.set_out import set_out

__all__ = ["enter", "link_account", "set_out", "unlink_account"]
