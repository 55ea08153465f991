"""The company's own sign-in: whether it answers, and as whom."""

from collections.abc import Iterator

from django.conf import settings

from grants.errors import CompanySignInError
from grants.flows import company
from grants.flows.doctor import failed, ok
from grants.values import Finding


def examine_company() -> Iterator[Finding]:
    """Nothing where none is configured, which is also what every process but web sees."""
    provider = settings.OPENID_PROVIDER
    if provider is None:
        return
    try:
        company.set_out(provider=provider)
    except CompanySignInError as error:
        yield failed(
            f"The company's sign-in at {provider.issuer} does not answer as it should: {error.detail}",
            "OIDC_ISSUER_URL must be the issuer exactly as the provider writes it, reachable from here over https.",
        )
    else:
        yield ok(f"The company's sign-in answers as {provider.issuer}; staff come back to {provider.redirect_url}.")
