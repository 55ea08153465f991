"""The people of the tests: alice sponsors, bob and bea approve, carol is the contractor, mallory has nothing."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from grants.audit import OPERATOR, record_event
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.request import Requested, request_grant
from grants.flows.reveal import reveal_credentials
from grants.gateways import sealing
from grants.ledger import box_of
from grants.models import Grant, GrantTemplate, Issuer, PickupLink, TemplateVersion, User, Vendor
from grants.models.person import APPROVERS, AUDITORS, TEMPLATE_ADMINS
from grants.policy.scopes import BucketScope, Scope, SessionScope, buckets_of, scope_to_json
from grants.values import AwsCredentials, Minted, Origin, Shown

ACCOUNT_ID = "111122223333"
REGION = "us-east-1"
HOUR = 3600
REASON = "Deliver the November robot logs."


DROP = BucketScope("aws", ("acme-drop",), "in/", ("s3:ListBucket", "s3:GetObject", "s3:PutObject"))


def access(scope: Scope) -> dict[str, Any]:
    """A version's columns for what it opens."""
    return {"kind": scope.kind, "access": scope_to_json(scope), "buckets": list(buckets_of(scope))}


@dataclass
class World:
    """A small company on a fresh database."""

    vendor: Vendor
    issuer: Issuer
    version: TemplateVersion
    ada: User
    bob: User
    bea: User
    alice: User
    otto: User
    carol: User
    mallory: User

    @property
    def template(self) -> GrantTemplate:
        """What carol asks for."""
        return self.version.template


def make_world(**version: Any) -> World:
    """Everybody, one vendor, one issuer, one template with one version."""
    vendor = Vendor.objects.create(
        name="Acme Robotics", slug="acme-robotics", contract_ends_at=timezone.now() + timedelta(days=365)
    )
    other = Vendor.objects.create(
        name="Mallory & Sons", slug="mallory", contract_ends_at=timezone.now() + timedelta(days=365)
    )
    ada = make_staff("ada", TEMPLATE_ADMINS)
    alice = make_staff("alice")
    issuer = make_issuer()
    return World(
        vendor=vendor,
        issuer=issuer,
        version=make_version(issuer=issuer, by=ada, vendor=vendor, **version),
        ada=ada,
        bob=make_staff("bob", APPROVERS),
        bea=make_staff("bea", APPROVERS),
        alice=alice,
        otto=make_staff("otto", AUDITORS),
        carol=make_contractor("carol", vendor, invited_by=alice),
        mallory=make_contractor("mallory", other),
    )


def make_staff(name: str, *groups: str) -> User:
    """Staff with a password; MFA is enrolled where a test signs in."""
    user = User.objects.create_user(
        f"{name}@daypass.example", f"{name} has a long password", full_name=name.title(), is_staff=True
    )
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return user


def make_contractor(name: str, vendor: Vendor, invited_by: User | None = None) -> User:
    """A contractor, who signs in by mailed code."""
    return User.objects.create_user(
        f"{name}@{vendor.slug}.example", full_name=name.title(), vendor=vendor, invited_by=invited_by
    )


def make_issuer(name: str = "Main account") -> Issuer:
    """The issuer that the stand-in knows."""
    return Issuer.objects.create(
        name=name,
        account_id=ACCOUNT_ID,
        region=REGION,
        user_arn=f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-issuer",
        profile="daypass-issuer",
        revoker_profile="daypass-revoker",
    )


MFA_SERIAL = f"arn:aws:iam::{ACCOUNT_ID}:mfa/alice-mfa"


def make_session_issuer(*, mfa_serial: str = MFA_SERIAL) -> Issuer:
    """The dedicated user of session templates, as the stand-in knows it."""
    return Issuer.objects.create(
        name="Session user",
        kind="session",
        account_id=ACCOUNT_ID,
        region=REGION,
        user_arn=f"arn:aws:iam::{ACCOUNT_ID}:user/alice-mfa",
        mfa_serial=mfa_serial,
        profile="alice-mfa",
        revoker_profile="daypass-revoker",
    )


def make_session_world(*, mfa_serial: str = MFA_SERIAL, **version: Any) -> World:
    """The same people; what carol may ask for is a session of a dedicated IAM user, by default with MFA."""
    world = make_world()
    issuer = make_session_issuer(mfa_serial=mfa_serial)
    fields = {**access(SessionScope(issuer.user_arn, mfa_serial)), "tags": {}, "max_seconds": 36 * HOUR, **version}
    world.version = make_version(issuer=issuer, by=world.ada, vendor=world.vendor, **fields)
    world.issuer = issuer
    return world


def make_version(*, issuer: Issuer, by: User, vendor: Vendor, **changes: Any) -> TemplateVersion:
    """A published version: list, read and write below s3://acme-drop/in/ for up to twelve hours."""
    template, _ = GrantTemplate.objects.get_or_create(name="Acme drop", slug="acme-drop")
    template.vendors.add(vendor)
    fields: dict[str, Any] = {
        "template": template,
        "number": template.versions.count() + 1,
        "issuer": issuer,
        **access(DROP),
        "tags": {"Project": "acme-drop"},
        "max_seconds": 12 * HOUR,
        "default_seconds": HOUR,
        "approver_groups": [APPROVERS],
        "published_at": timezone.now(),
        "published_by": by,
    }
    fields.update(changes)
    fields.setdefault("signers", dict.fromkeys(fields["approver_groups"], 1))
    return TemplateVersion.objects.create(**{**fields, "approver_groups": sorted(fields["signers"])})


def make_request(
    world: World,
    *,
    by: User | None = None,
    recipient: User | None = None,
    seconds: int = HOUR,
    starts_at: datetime | None = None,
    now: datetime | None = None,
) -> Requested:
    """Carol asks, or somebody for her."""
    return request_grant(
        by=by or world.carol,
        recipient=recipient,
        template_id=world.template.pk,
        seconds=seconds,
        starts_at=starts_at,
        reason=REASON,
        ticket="",
        now=now or timezone.now(),
    )


def make_approved(world: World, *, by: User | None = None, now: datetime | None = None) -> Grant:
    """Carol asks, bob approves."""
    grant = make_request(world, by=by, now=now).grant
    return approve_grant(
        reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=now or timezone.now()
    )


SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION = "IQoJb3JpZ2luX2VjEXAMPLESESSIONTOKEN"


@dataclass(frozen=True)
class Issued:
    """A grant with sealed credentials, and what the recipient holds."""

    grant: Grant
    code: str
    token: str
    link: PickupLink


def make_minted(name: str, *, expiration: datetime) -> Minted:
    """What STS would answer."""
    return Minted(
        credentials=AwsCredentials("ASIAEXAMPLE", SECRET, SESSION, expiration),
        federated_user_arn=f"arn:aws:sts::{ACCOUNT_ID}:federated-user/{name}",
        federated_user_id=f"{ACCOUNT_ID}:{name}",
        request_id="11111111-2222-3333-4444-555555555555",
        packed_policy_size=12,
        token_utilization=12,
        token_size=490,
    )


def make_issued(world: World, *, seconds: int = HOUR, now: datetime | None = None) -> Issued:
    """Carol asks, bob approves, STS answered: the credentials are sealed and the link mail is queued."""
    now = now or timezone.now()
    requested = make_request(world, seconds=seconds, now=now)
    grant = approve_grant(
        reference=requested.grant.reference, by=world.bob, snapshot_hash=requested.grant.snapshot_hash, now=now
    )
    begun = begin_attempt(grant_id=grant.pk, now=now)
    assert begun
    minted = make_minted(begun.name, expiration=now + timedelta(seconds=begun.seconds))
    finish_minted(begun=begun, minted=minted, now=now)
    grant.refresh_from_db()
    return Issued(grant, str(requested.code_plaintext), mailed_token(grant), grant.links.get())


def save_forged(grant: Grant) -> None:
    """A grant that no flow made, with the audit row without which the database takes none."""
    with transaction.atomic():
        grant.save(force_insert=True)
        record_event(kind="grant.requested", subject=grant.reference, actor=OPERATOR)


def make_revealed(world: World, *, seconds: int = HOUR, now: datetime | None = None) -> Grant:
    """The same, and carol has picked them up."""
    issued = make_issued(world, seconds=seconds, now=now)
    reveal_credentials(
        link_id=issued.link.pk,
        token=issued.token,
        shown=Shown(code=issued.code),
        origin=Origin(None, ""),
        now=now or timezone.now(),
    )
    issued.grant.refresh_from_db()
    return issued.grant


def mailed_token(grant: Grant) -> str:
    """The token in the newest link mail, read as the mail worker reads it."""
    mail = grant.mails.filter(event="link_ready").latest("created_at")
    link = json.loads(sealing.open_for_mail(box=box_of(mail), info=mail.pk.bytes))["link"]
    return str(link).rstrip("/").rsplit("/", 1)[-1]
