"""What happens to grants is told to other systems: signed, from the audit log, by the mail worker."""

from grants.flows.webhooks.gather import gather_events
from grants.flows.webhooks.make import Made, make_webhook, stop_webhook, try_webhook
from grants.flows.webhooks.send import send_delivery

__all__ = ["Made", "gather_events", "make_webhook", "send_delivery", "stop_webhook", "try_webhook"]
