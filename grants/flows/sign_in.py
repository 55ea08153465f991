"""Whoever was just shown credentials may also have a link that opens the AWS console with them."""

from django.conf import settings
from django.db import DatabaseError, transaction

from grants import audit
from grants.errors import ConsoleError
from grants.gateways import console
from grants.policy.scopes import buckets_of, prefix_of
from grants.policy.snapshot import Snapshot
from grants.values import AwsCredentials


def make_sign_in_link(*, reference: str, credentials: AwsCredentials, snapshot: Snapshot) -> str:
    """The link, good for 15 minutes: a secret, shown once and kept nowhere. Raises ConsoleError and nothing else.

    Called after the reveal's commit: AWS may take seconds or never answer, and the credentials are shown regardless.
    """
    _record_wish(reference)
    issuer = snapshot.issuer
    return console.sign_in_url(
        credentials=credentials,
        partition=issuer.partition,
        destination=_destination(snapshot),
        issuer_name=settings.PUBLIC_URL,
        endpoint_url=settings.CONSOLE_SIGN_IN_ENDPOINT_URL,
    )


def _destination(snapshot: Snapshot) -> str:
    """The first bucket's page; the console's first page where no bucket is named."""
    issuer, buckets = snapshot.issuer, buckets_of(snapshot.scope)
    if not buckets:
        return console.first_page(partition=issuer.partition, region=issuer.region)
    return console.bucket_page(
        partition=issuer.partition, region=issuer.region, bucket=buckets[0], prefix=prefix_of(snapshot.scope)
    )


def _record_wish(reference: str) -> None:
    """No link without its row; and a database that just went away must not cost the page with the credentials."""
    try:
        with transaction.atomic():
            audit.record_event(kind="console.asked", subject=reference, actor=audit.RECIPIENT)
    except DatabaseError as error:
        refusal = ConsoleError(type(error).__name__)
    else:
        return
    raise refusal
