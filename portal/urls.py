"""Every address: grants at the root, sign-in under /accounts/, the read-only admin, and the probes."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

# Django's own admin sign-in asks for a password only: allauth's asks for the second factor and counts failures.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if find_spec("grants.urls"):
    urlpatterns.append(path("", include("grants.urls")))
