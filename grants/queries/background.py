"""What came before a request: the recipient's last grant of the template, and what became of the vendor's others."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from grants.models import Grant

HISTORY: Final = timedelta(days=365)


def last_of_template(grant: Grant) -> Grant | None:
    """The recipient's last one of that template that was approved before this was asked for."""
    rows = Grant.objects.filter(
        recipient_id=grant.recipient_id,
        template_version__template=grant.template_version.template_id,
        requested_at__lt=grant.requested_at,
        approved_at__isnull=False,
    )
    return rows.order_by("-requested_at").first()


def states_of_vendor(grant: Grant, since: datetime) -> list[tuple[str, int, int]]:
    """Of each state how many earlier grants there are: of the recipient, and of the whole vendor."""
    rows = Grant.objects.filter(vendor_id=grant.vendor_id, requested_at__gte=since).exclude(pk=grant.pk).order_by()
    mine = Count("pk", filter=Q(recipient_id=grant.recipient_id))
    return list(rows.values_list("state").annotate(of_person=mine, of_vendor=Count("pk")))
