"""Many grants end at once: a whole vendor or template is denied, or a restored database must not be believed."""

from grants.flows.revoke_many.after_restore import Voided, after_restore, believe, distrust
from grants.flows.revoke_many.deny_tag import DeniedTag, deny_tag

__all__ = ["DeniedTag", "Voided", "after_restore", "believe", "deny_tag", "distrust"]
