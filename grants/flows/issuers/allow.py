"""Which managed policies the templates of an issuer may name."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from grants import audit, dispatch, permissions, queries
from grants.errors import FieldError, WrongStateError
from grants.flows.issuers.register import subject_of
from grants.models import Issuer, IssuerPolicy, User
from grants.models.issuer import IssuerKind
from grants.models.issuer_policy import ALLOWED
from grants.policy.issuers import check_policy_arn


def allow_policy(*, issuer_id: UUID, arn: str, by: User, now: datetime) -> IssuerPolicy:
    """Put it on the list. Templates may name it once the revoke worker has read its document; FieldError at ``arn``."""
    permissions.check_template_admin(by)
    issuer = queries.issuer_for(by, issuer_id)
    if issuer.kind == IssuerKind.SESSION:
        raise FieldError("arn", "A session issuer takes no policy: its sessions have all rights of its user.")
    check_policy_arn(arn, partition=issuer.partition, account_id=issuer.account_id)
    with transaction.atomic():
        if IssuerPolicy.objects.filter(ALLOWED, issuer=issuer, arn=arn).exists():
            raise FieldError("arn", "This policy is on the list already.")
        row = IssuerPolicy.objects.create(issuer=issuer, arn=arn, allowed_by=by, allowed_at=now)
        _record("policy.allowed", issuer, row, by)
        dispatch.ring_after_commit(dispatch.READ_ISSUER, issuer.pk)
    return row


def withdraw_policy(*, policy_id: UUID, by: User, now: datetime) -> IssuerPolicy:
    """Take it off: nothing that names it is issued from now on, approved or not."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        row = queries.policy_for(by, policy_id)
        if not IssuerPolicy.objects.filter(ALLOWED, pk=row.pk).update(withdrawn_at=now, withdrawn_by=by):
            raise WrongStateError("withdrawn already")
        _record("policy.withdrawn", row.issuer, row, by)
    return row


def _record(kind: str, issuer: Issuer, row: IssuerPolicy, by: User) -> None:
    audit.record_event(
        kind=kind,
        subject=subject_of(issuer),
        actor=audit.actor_of(by),
        facts={"issuer": issuer.name, "arn": row.arn, "digest": row.digest},
    )
