"""Two keys and no downtime: grants are issued before, during and after the switch of an issuer's access key."""

import configparser
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from grants.flows.doctor import examine_issuers
from grants.flows.issue import issue_grant
from grants.flows.issuers import read_at_iam
from grants.models import Grant, IssueAttempt, IssuerCircuit, IssuerReading
from portal.embedded.aws import RunningAws
from portal.embedded.aws.double_root import root_client
from tests.doctor.hearing import said
from tests.factories import World, make_approved, make_world

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
USER = "daypass-issuer"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def iam(workers: RunningAws) -> "Iterator[IAMClient]":
    """Root's client; afterwards the issuer has the one key it was seeded with."""
    client = root_client(workers.endpoint_url)
    seeded = client.list_access_keys(UserName=USER)["AccessKeyMetadata"][0]["AccessKeyId"]
    yield client
    client.update_access_key(UserName=USER, AccessKeyId=seeded, Status="Active")
    for key in client.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        if key["AccessKeyId"] != seeded:
            client.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])


def key_in_file() -> str:
    return _file().get(USER, "aws_access_key_id")


def put_into_file(key_id: str, key: str) -> None:
    """As an operator does: the new pair under the same profile, in one rename."""
    content = _file()
    content[USER] = {"aws_access_key_id": key_id, "aws_secret_access_key": key}
    path = Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    half = path.with_suffix(".new")
    with half.open("w") as file:
        content.write(file)
    half.rename(path)


def _file() -> configparser.RawConfigParser:
    content = configparser.RawConfigParser()
    content.read(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    return content


def issue(world: World) -> str:
    grant = make_approved(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    return Grant.objects.get(pk=grant.pk).state


def test_every_step_of_the_rotation_issues_and_nobody_waits(iam: "IAMClient", world: World) -> None:
    old = key_in_file()
    assert issue(world) == "issued"
    new = iam.create_access_key(UserName=USER)["AccessKey"]  # 1: a second key, both work
    assert issue(world) == "issued"
    put_into_file(new["AccessKeyId"], new["SecretAccessKey"])  # 2: in the worker's file; no restart
    look = examine_issuers(mints=True, revokes=False, must=True, place=None, clock=timezone.now)
    assert said(look, "mints, with policy and tags").level == "ok"  # 3: the doctor proves it
    iam.update_access_key(UserName=USER, AccessKeyId=old, Status="Inactive")  # 4: the old one is off
    assert [issue(world), issue(world)] == ["issued", "issued"]
    assert not IssuerCircuit.objects.exists()
    assert set(IssueAttempt.objects.values_list("outcome", flat=True)) == {"minted", "discarded"}


def test_a_key_switched_off_too_early_costs_no_grant_anything(iam: "IAMClient", world: World) -> None:
    """Its grants wait with no try spent, and go on with the next probe once the file has a key that works."""
    new = iam.create_access_key(UserName=USER)["AccessKey"]
    iam.update_access_key(UserName=USER, AccessKeyId=key_in_file(), Status="Inactive")
    waits = make_approved(world)
    issue_grant(grant_id=waits.pk, clock=timezone.now)
    waits.refresh_from_db()
    assert (waits.state, waits.tries, waits.failure_code) == ("approved", 0, "sts_keys_refused")
    put_into_file(new["AccessKeyId"], new["SecretAccessKey"])
    IssuerCircuit.objects.update(probe_at=timezone.now())
    issue_grant(grant_id=waits.pk, clock=timezone.now)
    waits.refresh_from_db()
    assert waits.state == "issued"


def test_an_unfinished_rotation_is_seen_on_the_page_and_by_the_doctor(iam: "IAMClient", world: World) -> None:
    iam.create_access_key(UserName=USER)
    read_at_iam(issuer_id=world.issuer.pk, clock=timezone.now)
    assert len(IssuerReading.objects.get().keys or []) == 2
    look = examine_issuers(mints=False, revokes=True, must=True, place=None, clock=timezone.now)
    assert said(look, "one is to be deactivated").mend == "docs/issuers.md, Rotating keys."
