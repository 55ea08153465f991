"""Whoever keeps the issuers: what mints, from which account, and what is known about it."""

from grants.flows.issuers.register import register_issuer

__all__ = ["register_issuer"]
