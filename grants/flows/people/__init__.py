"""People come and go: invited, let in, given roles and losing them; changes of staff with four eyes."""

from grants.flows.people.admit import admit_contractor
from grants.flows.people.ask import ask_change
from grants.flows.people.believe import believe_passkey, distrust_passkey, passkeys_of
from grants.flows.people.change import Wanted
from grants.flows.people.dismiss import dismiss_contractor
from grants.flows.people.freeze import freeze_person, revoke_held
from grants.flows.people.invite import invite_contractor, withdraw_invitation
from grants.flows.people.knock import knock
from grants.flows.people.operate import change_at_once, invite_at_once
from grants.flows.people.settle import confirm_change, refuse_change
from grants.flows.people.sign_ins import end_other_sessions, note_sign_in

__all__ = [
    "Wanted",
    "admit_contractor",
    "ask_change",
    "believe_passkey",
    "change_at_once",
    "confirm_change",
    "dismiss_contractor",
    "distrust_passkey",
    "end_other_sessions",
    "freeze_person",
    "invite_at_once",
    "invite_contractor",
    "knock",
    "note_sign_in",
    "passkeys_of",
    "refuse_change",
    "revoke_held",
    "withdraw_invitation",
]
