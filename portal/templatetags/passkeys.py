"""What a template may ask about somebody's passkeys."""

from django import template

from grants.flows.people import passkeys_of
from grants.flows.people.believe import Enrolled
from grants.models import User

register = template.Library()


@register.simple_tag
def passkeys(user: User) -> list[Enrolled]:
    """Their passkeys with fingerprints, and for which groups each one signs."""
    return passkeys_of(user)
