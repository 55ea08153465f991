"""One person of every role, each with a browser, and every address that the portal answers."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from grants.flows.approve import approve_alone
from grants.flows.deputies import name_deputy
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_refused
from grants.flows.issuers import allow_policy, propose_issuer
from grants.flows.people import Wanted, ask_change, invite_contractor
from grants.flows.questions import ask_question
from grants.flows.templates import save_draft
from grants.flows.webhooks import make_webhook
from grants.gateways.sts_errors import PolicyTooLargeError
from grants.models import Grant, GrantTemplate, Issuer, Question, TemplateDraft, User
from grants.models.person import APPROVERS, TEMPLATE_ADMINS
from grants.models.person_change import ChangeKind
from grants.policy.scopes import SessionScope
from grants.policy.signers import ON_CALL
from tests.factories import (
    World,
    access,
    make_approved,
    make_contractor,
    make_issued,
    make_request,
    make_revealed,
    make_session_issuer,
    make_staff,
    make_version,
    make_world,
)
from tests.web.signing_in import enrol_totp
from tests.web.template_forms import document
from tests.windows import draw_up

ROLES: Final = (
    "anonymous",
    "owner",  # carol: asked, and will receive
    "stranger",  # mallory: a contractor of another vendor
    "approver",  # bob
    "stale",  # bea: an approver who showed her second factor ten minutes ago
    "bound",  # alice: an approver too, but it was she who invited carol
    "admin",  # ada: template admin
    "auditor",  # otto
    "sponsor",  # sven: staff without any role, who answers for carol's vendor
    "unenrolled",  # nora: an approver who has no second factor yet
    "root",  # rhea: a superuser of no group, for whom Django's own admin is open
)
ANY_MODEL: Final = "admin/<app>/<model>/"


def make_crowd() -> tuple[World, dict[str, User | None]]:
    """Everybody by role."""
    world = make_world()
    world.alice.groups.add(Group.objects.get(name=APPROVERS))
    root = make_staff("rhea")
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    sponsor = make_staff("sven")
    world.vendor.sponsors.add(sponsor)
    named = {
        "owner": world.carol,
        "stranger": world.mallory,
        "approver": world.bob,
        "stale": world.bea,
        "bound": world.alice,
        "admin": world.ada,
        "auditor": world.otto,
        "sponsor": sponsor,
        "unenrolled": make_staff("nora", APPROVERS),
        "root": root,
    }
    return world, {role: named.get(role) for role in ROLES}


def browser_of(role: str, user: User | None) -> Client:
    """A browser that is signed in with all that the role has to show, a moment ago."""
    client = Client(headers={"user-agent": "Mozilla/5.0 (test)"})
    if user is None:
        return client
    client.force_login(user)
    if user.is_staff:
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [_shown(role)]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        if role != "unenrolled":
            enrol_totp(user)
    return client


def _shown(role: str) -> dict[str, Any]:
    if role == "unenrolled":
        return {"method": "password", "at": time.time()}
    return {"method": "mfa", "type": "totp", "at": time.time() - (600 if role == "stale" else 0)}


def make_objects(world: World) -> dict[str, str]:
    """One grant in every state that a page or a button asks for; what stands in addresses, by name."""
    asked, issued, failed = make_request(world).grant, make_issued(world), _make_failed(world)
    return {
        "asked": asked.reference,
        "asked_hash": asked.snapshot_hash,
        "question": str(_ask(asked).pk),
        "issued": issued.grant.reference,
        "revealed": make_revealed(world).reference,
        "failed": failed.reference,
        "alone": _make_alone(world).reference,
        "coded": _make_waiting_for_code(world).reference,
        "token": issued.token,
        "link_id": str(issued.link.pk),
        "code": issued.code,
        "slug": world.template.slug,
        "vendor": world.vendor.slug,
        "webhook": str(_make_webhook(world)),
        "key": str(uuid4()),
        **_make_window(world),
        "draft": _make_draft(world).digest,
        **_make_people(world),
        **_make_issuers(world),
    }


def _make_window(world: World) -> dict[str, str]:
    """One that nobody has signed yet; and bea stands in for bob."""
    window = draw_up(world)
    ends_at = timezone.now() + timedelta(days=5)
    named = name_deputy(by=world.bob, deputy_id=world.bea.pk, group=APPROVERS, ends_at=ends_at, now=timezone.now())
    return {"window": window.reference, "window_hash": window.text_hash, "deputy": str(named.pk)}


def _ask(grant: Grant) -> Question:
    """What ben, another approver, wants to know."""
    ben, words = make_staff("ben", APPROVERS), "What do you need to write for?"
    return ask_question(reference=grant.reference, by=ben, text=words, now=timezone.now())


def _make_alone(world: World) -> Grant:
    """What olga approved in an emergency."""
    grant, olga = make_request(world).grant, make_staff("olga", ON_CALL)
    read, why = grant.snapshot_hash, "The line stands still."
    return approve_alone(reference=grant.reference, by=olga, snapshot_hash=read, reason=why, now=timezone.now())


def _make_webhook(world: World) -> UUID:
    made = make_webhook(by=world.ada, name="Chat", url="https://hooks.example/daypass", group="", now=timezone.now())
    return made.webhook.pk


def _make_draft(world: World) -> TemplateDraft:
    wanted = document(world, name=world.template.name)
    return save_draft(by=world.ada, document=wanted, slug=world.template.slug, now=timezone.now())


def _make_people(world: World) -> dict[str, str]:
    """Somebody invited, somebody who waits to be let in, and a change that waits for ada."""
    now, abe = timezone.now(), make_staff("abe", TEMPLATE_ADMINS)
    invitation = invite_contractor(
        by=world.ada, vendor_id=world.vendor.pk, email="dan@acme.example", full_name="Dan", now=now
    )
    waiting = make_contractor("wanda", world.vendor)
    User.objects.filter(pk=waiting.pk).update(waiting_since=now, last_login=now)
    wanted = Wanted(ChangeKind.GIVE, world.otto.email, role=APPROVERS)
    frozen = make_contractor("frieda", world.vendor)
    held = make_approved(world, by=frozen)
    frozen_at = {"frozen_at": now, "frozen_by": abe, "is_active": False}
    User.objects.filter(pk=frozen.pk).update(**frozen_at)
    change = ask_change(wanted=wanted, by=abe, reason="They help out.", now=now)
    return {
        "invitation": str(invitation.pk),
        "waiting": str(waiting.pk),
        "frozen": str(frozen.pk),
        "held": held.reference,
        "change": str(change.pk),
    }


def _make_waiting_for_code(world: World) -> Grant:
    """Approved by bob; a session of a user with an MFA device."""
    issuer = make_session_issuer()
    template = GrantTemplate.objects.create(name="Shared data", slug="shared-data")
    template.vendors.add(world.vendor)
    scope = access(SessionScope(issuer.user_arn, issuer.mfa_serial))
    version = make_version(
        issuer=issuer,
        by=world.ada,
        vendor=world.vendor,
        template=template,
        tags={},
        pickup_check="spoken_code",
        **scope,
    )
    grant = make_approved(replace(world, version=version))
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    return grant


def _make_issuers(world: World) -> dict[str, str]:
    """An issuer, a proposal that waits for ada, and a managed policy on the list."""
    now = timezone.now()
    user = f"arn:aws:iam::{world.issuer.account_id}:user/second"
    second = Issuer(
        name="Second", account_id=world.issuer.account_id, region="eu-west-1", user_arn=user, profile="second",
        revoker_profile="daypass-revoker",
    )  # fmt: skip
    asker = User.objects.get(email="abe@daypass.example")
    proposal = propose_issuer(issuer=second, reason="More buckets.", by=asker, now=now)
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    policy = allow_policy(issuer_id=world.issuer.pk, arn=arn, by=world.ada, now=now)
    return {"issuer": str(world.issuer.pk), "proposal": str(proposal.pk), "policy": str(policy.pk)}


def _make_failed(world: World) -> Grant:
    grant = make_approved(world)
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    finish_refused(begun=begun, error=PolicyTooLargeError(), now=timezone.now())
    return grant


def models_in_admin() -> Iterator[tuple[str, Any]]:
    """Each model that the admin knows: the start of its addresses, and one of its rows if there is any."""
    for model in admin.site._registry:
        yield f"admin/{model._meta.app_label}/{model._meta.model_name}/", model._default_manager.first()


def every_pattern() -> list[str]:
    """Every pattern of the resolver, written as one path; the same page of every model in the admin is one."""
    starts = "|".join(f"admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry)
    found = (re.sub(f"^(?:{starts})", ANY_MODEL, pattern) for pattern in _walk(get_resolver(), ""))
    return list(dict.fromkeys(found))


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield before + str(each.pattern)
        else:
            yield from _walk(each, before + str(each.pattern))
