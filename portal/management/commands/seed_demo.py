"""Fills an empty database with the demo's people, vendor, issuer and templates; run again it changes nothing."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from grants import queries
from grants.errors import NothingToMeasureError
from grants.flows.templates import Proof, ask_test, measure, review_document, save_draft, write_version
from grants.models import GrantTemplate, Issuer, IssuerPolicy, TemplateDraft, User, Vendor
from grants.models.person import STAFF_ROLES
from grants.policy.template import digest_of
from portal.embedded.aws.seed import SESSION_USER
from portal.embedded.documents import ANALYSTS, ANALYSTS_DOCUMENT, SESSION_ISSUER, documents_for
from portal.embedded.people import PEOPLE, Person

ADMIN: Final = "ada@daypass.example"
CONTRACT: Final = timedelta(days=365)
WORDS: Final = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "juniper",
    "kelp",
    "lark",
)


class Command(BaseCommand):
    """Seeds once; people.json and codes.json in the state directory say who there is and how they sign in."""

    help = "Fill an empty database with the demo's people, vendor, issuer and templates."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to keep what people need to sign in, and which AWS account there is."""
        parser.add_argument("--state", type=Path, required=True)
        parser.add_argument("--account-id", required=True)
        parser.add_argument("--region", required=True)

    def handle(self, *_: Any, **options: Any) -> None:
        """Seed, unless there is somebody already."""
        if not User.objects.exists():
            self._seed(options["state"], options)
        _publish(options["account_id"])

    def _seed(self, state: Path, options: dict[str, Any]) -> None:
        with transaction.atomic():
            people = _people(_vendor())
            devices = _devices(state / "aws" / "register.json")
            _issuers(options["account_id"], options["region"], next(iter(devices), ""))
            _draft(options["account_id"])
            _keep(state / "people.json", people)
            codes = [
                {"who": p["name"], "email": p["email"], "totp_seed": p["totp_seed"]} for p in people if p["totp_seed"]
            ]
            codes += [{"who": "MFA device", "email": serial, "totp_seed": seed} for serial, seed in devices.items()]
            _keep(state / "codes.json", {"codes": codes})


def _vendor() -> Vendor:
    return Vendor.objects.create(
        name="Acme Robotics",
        slug="acme-robotics",
        domains=["acme.example"],
        contract_ends_at=timezone.now() + CONTRACT,
    )


def _people(vendor: Vendor) -> list[dict[str, str]]:
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in STAFF_ROLES}
    accounts: dict[str, User] = {}
    cards = []
    for person in PEOPLE:
        user, card = _account(person, vendor, accounts)
        accounts[person.email] = user
        if person.group:
            user.groups.add(groups[person.group])
        cards.append(card)
    vendor.sponsors.add(accounts["alice@daypass.example"])
    return cards


def _account(person: Person, vendor: Vendor, known: dict[str, User]) -> tuple[User, dict[str, str]]:
    password = f"{secrets.choice(WORDS)}-{secrets.choice(WORDS)}-{secrets.token_hex(4)}" if person.is_staff else ""
    user = User.objects.create_user(
        person.email,
        password or None,
        full_name=person.name,
        is_staff=person.is_staff,
        vendor=None if person.is_staff else vendor,
        invited_by=known.get(person.invited_by),
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    seed = generate_totp_secret() if person.is_staff else ""
    if seed:
        TOTP.activate(user, seed)
    card = {"role": person.role, "name": person.name, "email": person.email, "password": password, "totp_seed": seed}
    return user, card


def _devices(register: Path) -> dict[str, str]:
    """Serial and seed of the stand-in's MFA devices; none where AWS is not the stand-in."""
    known = json.loads(register.read_text())["devices"] if register.exists() else {}
    return {serial: device["seed"] for serial, device in known.items()}


def _issuers(account_id: str, region: str, mfa_serial: str) -> None:
    """One for everything, with a managed policy on its list, and the dedicated user of sessions."""
    main = Issuer.objects.create(
        name="Main account",
        account_id=account_id,
        region=region,
        user_arn=f"arn:aws:iam::{account_id}:user/daypass-issuer",
        profile="daypass-issuer",
        revoker_profile="daypass-revoker",
    )
    Issuer.objects.create(
        name=SESSION_ISSUER,
        kind="session",
        account_id=account_id,
        region=region,
        user_arn=f"arn:aws:iam::{account_id}:user/{SESSION_USER}",
        mfa_serial=mfa_serial,
        profile=SESSION_USER,
        revoker_profile="daypass-revoker",
    )
    _allow(main)


def _allow(issuer: Issuer) -> None:
    """As if the revoke worker had read it, which it does every few minutes from then on."""
    now = timezone.now()
    IssuerPolicy.objects.create(
        issuer=issuer,
        arn=f"arn:aws:iam::{issuer.account_id}:policy/{ANALYSTS}",
        allowed_by=User.objects.get(email=ADMIN),
        allowed_at=now,
        version_id="v1",
        digest=digest_of(ANALYSTS_DOCUMENT),
        read_at=now,
    )


def _draft(account_id: str) -> None:
    """What an admin would have written."""
    admin = User.objects.get(email=ADMIN)
    for document in documents_for(account_id):
        save_draft(by=admin, document=document, slug="", now=timezone.now())


def _publish(account_id: str) -> None:
    """What of it was never published: tested with STS first, as the issue worker does it, and on record."""
    own, known = [document["name"] for document in documents_for(account_id)], GrantTemplate.objects.values("slug")
    admin = User.objects.get(email=ADMIN)
    for draft in TemplateDraft.objects.filter(document__name__in=own).exclude(slug__in=known):
        proof = _tested(draft, admin)
        with transaction.atomic():
            review = review_document(draft.document)
            write_version(review, draft.slug, proof, by=admin, confirmed_by=None, now=timezone.now())
            draft.delete()


def _tested(draft: TemplateDraft, admin: User) -> Proof:
    """Waived where STS did not take it, which the audit log then says."""
    try:
        test = ask_test(by=admin, slug=draft.slug, digest=draft.digest, now=timezone.now())
    except NothingToMeasureError:
        return Proof(None)
    measure(test_id=test.pk, clock=timezone.now)
    passed = queries.passed_test(draft.digest)
    return Proof(passed) if passed else Proof(queries.newest_test(draft.digest), is_waived=True)


def _keep(path: Path, content: object) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
