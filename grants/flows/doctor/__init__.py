"""The doctor looks at what an operator can get wrong, and names the mend; it repairs nothing."""

from grants.flows.doctor.finding import failed, ok, warned
from grants.flows.doctor.issuers import Place, examine_issuers
from grants.flows.doctor.life import examine_life
from grants.flows.doctor.passkeys import examine_approver_keys
from grants.flows.doctor.seals import examine_mail_key, examine_sealed_rows

__all__ = [
    "Place",
    "examine_approver_keys",
    "examine_issuers",
    "examine_life",
    "examine_mail_key",
    "examine_sealed_rows",
    "failed",
    "ok",
    "warned",
]
