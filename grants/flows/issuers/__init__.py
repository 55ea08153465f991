"""Whoever keeps the issuers: what mints, from which account, and what is known about it."""

from grants.flows.issuers.allow import allow_policy, withdraw_policy
from grants.flows.issuers.edit import IssuerNames, IssuerProfiles, edit_issuer, set_profiles, switch_issuer
from grants.flows.issuers.propose import confirm_issuer, propose_issuer, refuse_issuer
from grants.flows.issuers.read import read_at_iam
from grants.flows.issuers.register import register_issuer

__all__ = [
    "IssuerNames",
    "IssuerProfiles",
    "allow_policy",
    "confirm_issuer",
    "edit_issuer",
    "propose_issuer",
    "read_at_iam",
    "refuse_issuer",
    "register_issuer",
    "set_profiles",
    "switch_issuer",
    "withdraw_policy",
]
