"""Writing the Deny of a role issuer: on the role, by the role's id, with the room that a role has."""

import pytest

from grants.gateways.iam import write_deny
from grants.policy.deny import EntryRefusedError, deny_document
from tests.gateways.canned_aws import ROLE_ID, ROLE_ISSUER, CannedAws, no
from tests.gateways.canned_iam import serve, shows

pytest_plugins = ["tests.gateways.gateway_fixtures"]
ROLE_CAROL = f"{ROLE_ID}:dp-CAROL00001-1"


def test_the_deny_of_a_role_issuer_stands_on_the_role(canned: CannedAws) -> None:
    looks = [no("NoSuchEntity", 404), shows(ROLE_CAROL, of="Role")]
    serve(canned, looks, read="GetRolePolicy")
    assert write_deny(issuer=ROLE_ISSUER, revoker_profile="revoker", add=(ROLE_CAROL,), remove=()) == {ROLE_CAROL}
    read, managed_one, put = canned.asked[:3]
    assert (read["Action"], read["RoleName"]) == ("GetRolePolicy", "reader")  # the last part of its path
    assert managed_one["PolicyArn"].endswith(":policy/reader-deny")
    assert (put["Action"], put["RoleName"], put["PolicyName"]) == ("PutRolePolicy", "reader", "daypass-deny")
    assert put["PolicyDocument"] == deny_document([ROLE_CAROL])


def test_the_last_entry_takes_the_role_s_policy_along(canned: CannedAws) -> None:
    serve(canned, [shows(ROLE_CAROL, of="Role"), no("NoSuchEntity", 404)], read="GetRolePolicy")
    assert write_deny(issuer=ROLE_ISSUER, revoker_profile="revoker", add=(), remove=(ROLE_CAROL,)) == frozenset()
    assert [asked["Action"] for asked in canned.asked[:3]] == ["GetRolePolicy", "GetPolicy", "DeleteRolePolicy"]


def test_a_role_s_inline_policies_have_more_room(canned: CannedAws) -> None:
    entries = [f"{ROLE_ID}:dp-MANY{number:06}-1" for number in range(150)]
    serve(canned, [no("NoSuchEntity", 404), shows(*entries, of="Role")], read="GetRolePolicy")
    assert len(write_deny(issuer=ROLE_ISSUER, revoker_profile="revoker", add=entries, remove=())) == 150
    assert len(canned.asked[2]["PolicyDocument"]) > 2_048


def test_a_session_of_another_role_never_reaches_aws(canned: CannedAws) -> None:
    with pytest.raises(EntryRefusedError):
        write_deny(
            issuer=ROLE_ISSUER, revoker_profile="revoker", add=("AROA9999999999CANARY9:dp-CAROL00001-1",), remove=()
        )
    assert canned.asked == []
