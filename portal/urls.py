"""Every address: grants at the root, sign-in under /accounts/, the read-only admin, and the probes."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from portal import health
from portal.accounts import company
from portal.accounts.views import again, sessions

# Django's own admin sign-in asks for a password only: allauth's asks for the second factor and counts failures.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth's documentation has it
admin.site.site_header = admin.site.site_title = "Daypass records (read only)"

handler400 = "portal.error_pages.bad_request"
handler403 = "portal.error_pages.permission_denied"
handler404 = "portal.error_pages.page_not_found"
handler429 = "portal.error_pages.too_many_requests"  # allauth looks for this one
handler500 = "portal.error_pages.server_error"


def closed(_request: HttpRequest, **_kwargs: str) -> HttpResponse:
    """A page of allauth that Daypass does not offer."""
    raise Http404


# An account has one address, given by whoever invited it; changing it would move the account to another mailbox.
CLOSED = [
    path("signup/", closed),
    path("email/", closed),
    path("confirm-email/", closed),
    path("confirm-email/<str:key>/", closed),
    path("password/set/", closed),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("grants.urls")),
    path("accounts/", include(CLOSED)),
    path("accounts/again/<str:key>/", again, name="again"),
    path("accounts/sessions/", sessions, name="sessions"),
    path("accounts/company/", company.link, name="company_link"),
    path("accounts/company/sign-in/", company.sign_in, name="company_sign_in"),
    path("accounts/company/callback/", company.callback, name="company_callback"),
    path("accounts/", include("allauth.urls")),
    # Django's own page would change a password without a fresh proof and without the mail that tells of it.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]
