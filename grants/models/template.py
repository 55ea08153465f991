"""What may be granted: a template and its immutable versions."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT

from grants.policy.offer import Offer
from grants.policy.scopes import Scope, scope_from_json
from grants.values import QUARTER, SECONDS_MAX, SECONDS_MIN

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class PickupCheck(models.TextChoices):
    """What a recipient must show besides the link."""

    REQUESTER_CODE = "requester_code", "the code shown when the request was sent"
    SPOKEN_CODE = "spoken_code", "a code told by telephone"
    SIGN_IN = "sign_in", "signing in as the recipient"
    NONE = "none", "nothing besides the link"


class Mint(models.TextChoices):
    """When STS is called."""

    ON_APPROVAL = "on_approval", "on approval"
    AT_START = "at_start", "at the booked start"
    ON_PICKUP = "on_pickup", "on pickup"


class Kind(models.TextChoices):
    """What shape of access a template gives."""

    BUCKET = "bucket", "files in buckets"
    SHARED = "shared", "shared data, by a partner's tag"
    MANAGED = "managed", "managed policies"
    SESSION = "session", "a session of a dedicated IAM user"
    CUSTOM = "custom", "a policy of one's own"


def everybody_asks() -> list[str]:
    """Who may ask, where nobody said."""
    return ["contractors", "sponsors"]


class GrantTemplate(models.Model):
    """The lasting name of something that may be granted, and the vendors that may ask for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    vendors = models.ManyToManyField("grants.Vendor", related_name="templates", blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    retired_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="template_retired_by_somebody", condition=Q(retired_by__isnull=True) | Q(retired_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """One published, immutable wording of a template; a request pins the version it was made against.

    ``access`` is the scope as JSON (policy/scopes.py), its placeholders unfilled; ``buckets`` repeats its buckets for
    the auditors' search. ``signers`` says how many persons of which group must sign; ``approver_groups`` repeats its
    groups, which the database compares.
    ``custodian_group``: who besides the signers may type the code of the issuer's MFA device. ``vendor_slugs`` are
    those it was opened to then. ``consecutive_seconds`` 0 is no cap. ``accepted`` lists the warnings that stood and why
    they may: {code, sentence, reason}. ``digest`` is the draft's, ``test`` the one that STS passed, or, where it was
    waived, the one that STS gave no answer to.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(GrantTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.BUCKET)
    description = models.CharField(max_length=300, blank=True)
    issuer = models.ForeignKey("grants.Issuer", on_delete=models.PROTECT, related_name="+")
    access = models.JSONField()
    buckets = ArrayField(models.CharField(max_length=63), default=list)
    folder_pattern = models.CharField(max_length=200, blank=True)
    folder_hint = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=dict, blank=True)
    min_seconds = models.PositiveIntegerField(default=SECONDS_MIN)
    max_seconds = models.PositiveIntegerField()
    default_seconds = models.PositiveIntegerField()
    approver_groups = ArrayField(models.CharField(max_length=150))
    signers = models.JSONField()
    ticket_pattern = models.CharField(max_length=200, blank=True)
    ticket_hint = models.CharField(max_length=200, blank=True)
    pickup_check = models.CharField(max_length=20, choices=PickupCheck.choices, default=PickupCheck.REQUESTER_CODE)
    link_seconds = models.PositiveIntegerField(default=4 * 3600)
    custodian_group = models.CharField(max_length=150, blank=True)
    mint = models.CharField(max_length=20, choices=Mint.choices, default=Mint.ON_APPROVAL)
    needs_passkey = models.BooleanField(default=False)  # approvals without a passkey's signature mint nothing
    vendor_slugs = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    who_asks = ArrayField(models.CharField(max_length=20), default=everybody_asks)
    consecutive_seconds = models.PositiveIntegerField(default=0)
    reason_hint = models.CharField(max_length=200, blank=True)
    accepted = models.JSONField(default=list, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    test = models.ForeignKey("grants.TemplateTest", null=True, on_delete=models.PROTECT, related_name="+")
    test_waived = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["template", "-number"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="version_number_is_unique", fields=["template", "number"]),
            models.CheckConstraint(
                name="version_seconds_are_ordered",
                condition=Q(
                    min_seconds__gte=SECONDS_MIN,
                    default_seconds__gte=F("min_seconds"),
                    max_seconds__gte=F("default_seconds"),
                    max_seconds__lte=SECONDS_MAX,
                ),
            ),
            models.CheckConstraint(
                name="version_seconds_are_quarter_hours",
                condition=Q(min_seconds=F("min_seconds") / QUARTER * QUARTER)
                & Q(default_seconds=F("default_seconds") / QUARTER * QUARTER)
                & Q(max_seconds=F("max_seconds") / QUARTER * QUARTER),
            ),
            models.CheckConstraint(name="version_access_is_of_its_kind", condition=Q(kind=KT("access__kind"))),
            models.CheckConstraint(
                name="version_prefix_ends_in_slash",
                condition=~Q(kind__in=["bucket", "shared"]) | Q(access__prefix__endswith="/"),
            ),
            # Whoever reads the mail has the access: so nothing exists before, and the mail is worthless after an hour.
            models.CheckConstraint(
                name="version_unchecked_is_short",
                condition=~Q(pickup_check="none") | Q(mint="on_pickup", link_seconds__lte=3600),
            ),
            models.CheckConstraint(name="version_has_approver_groups", condition=Q(approver_groups__len__gte=1)),
            models.CheckConstraint(
                name="version_is_asked_for_by_somebody",
                condition=Q(who_asks__len__gte=1, who_asks__contained_by=["contractors", "sponsors"]),
            ),
            models.CheckConstraint(
                name="version_in_a_row_is_no_less_than_at_once",
                condition=Q(consecutive_seconds=0) | Q(consecutive_seconds__gte=F("max_seconds")),
            ),
            models.CheckConstraint(
                name="version_is_confirmed_by_somebody_else",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("published_by")),
            ),
            models.CheckConstraint(
                name="version_link_lives_a_while", condition=Q(link_seconds__gte=900, link_seconds__lte=7 * 86400)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"

    @property
    def scope(self) -> Scope:
        """What this version opens, its placeholders unfilled."""
        return scope_from_json(self.access)

    def offer(self, *, approval_seconds: int) -> Offer:
        """By value, for a snapshot or a window; a signature stands for ``approval_seconds``."""
        return Offer(
            template=self.template.name,
            slug=self.template.slug,
            version=str(self.pk),
            scope=self.scope,
            tags=tuple(sorted(self.tags.items())),
            issuer=self.issuer.ref,
            mint=self.mint,
            pickup_check=self.pickup_check,
            link_seconds=self.link_seconds,
            signers=tuple(sorted(self.signers.items())),
            approval_seconds=approval_seconds,
            needs_passkey=self.needs_passkey,
            ticket_pattern=self.ticket_pattern,
            folder_pattern=self.folder_pattern,
        )
