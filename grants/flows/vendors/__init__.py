"""The vendor register: who may send people, until when, for how many hours, under which terms."""

from grants.flows.vendors.accept import accept_terms
from grants.flows.vendors.close import close_vendor, reopen_vendor
from grants.flows.vendors.edit import edit_vendor
from grants.flows.vendors.fields import VendorFields
from grants.flows.vendors.operate import open_vendor, register_at_once
from grants.flows.vendors.register import register_vendor

__all__ = [
    "VendorFields",
    "accept_terms",
    "close_vendor",
    "edit_vendor",
    "open_vendor",
    "register_at_once",
    "register_vendor",
    "reopen_vendor",
]
