"""Who gets what at every address: a row for each pattern, a letter for each role.

anonymous | owner stranger | approver stale bound | admin auditor sponsor | unenrolled | root (crowd.ROLES)
"""

from typing import Final

from tests.web.matrix_approvals import APPROVALS
from tests.web.matrix_rows import (
    ADMIN,
    ALL,
    APPROVER,
    ASKER,
    AUDITOR,
    CLOSED,
    CODE,
    DRAFT,
    IN_ALREADY,
    NEVER,
    OWNER,
    PERSON,
    PERSON_NEVER,
    PUBLISH,
    REQUEST,
    Row,
)
from tests.web.matrix_windows import WINDOWS

PROBES: Final = (
    # Public. Whoever has yet to enrol is sent there from everywhere, which costs a load balancer nothing.
    Row("healthz", ALL, NEVER),
    Row("readyz", ALL, NEVER),
)
ACCOUNTS: Final = (
    # Closed for everybody: an account has the one address that whoever invited it gave.
    Row(
        "accounts/signup/", CLOSED, CLOSED, data={"email": "new@acme-robotics.example", "password1": "a long password"}
    ),
    Row("accounts/email/", CLOSED, CLOSED, data={"email": "new@acme-robotics.example", "action_add": ""}),
    Row("accounts/confirm-email/", CLOSED, CLOSED),
    Row("accounts/confirm-email/<str:key>/", CLOSED, CLOSED, "accounts/confirm-email/KEY/"),
    Row(r"accounts/^confirm-email/(?P<key>[-:\w]+)/$", CLOSED, CLOSED, "accounts/confirm-email/KEY/"),
    Row(
        "accounts/password/set/", CLOSED, CLOSED, data={"password1": "a long password", "password2": "a long password"}
    ),
    # Signing in: whoever is in already goes home.
    Row("accounts/login/", IN_ALREADY, IN_ALREADY, data={"login": "bob@daypass.example", "password": "wrong"}, to="/"),
    Row("accounts/login/code/", IN_ALREADY, "> >> >>> >>> e >", data={"email": "carol@acme-robotics.example"}, to="/"),
    Row("accounts/login/code/confirm/", "> >> >>> >>> e >", "> >> >>> >>> e >", data=CODE, to="/"),  # nothing was sent
    Row("accounts/2fa/authenticate/", "i >> >>> >>> e >", "i >> >>> >>> e >", data=CODE, to="/"),
    Row("accounts/inactive/", ALL, NEVER),
    Row("accounts/logout/", "i oo ooo ooo o o", "i ii iii iii i i"),  # GET asks, POST does; always allowed
    # Staff with a factor show it; their password proves nothing. Contractors have neither.
    Row("accounts/reauthenticate/", "i xx fff fff o f", "i xx fff fff o f", data={"password": "wrong"}),
    Row("accounts/2fa/reauthenticate/", "i xx ooo ooo e o", "i xx ooo ooo e o", data=CODE),
    Row("accounts/password/change/", "i >> ooo ooo e o", "i >> ooo ooo e o", to="/accounts/password/set/"),
    Row(
        "accounts/password/reset/",
        ALL,
        "> >> >>> >>> e >",
        data={"email": "bob@daypass.example"},
        to="/accounts/password/",
    ),
    Row("accounts/password/reset/done/", ALL, NEVER),
    Row(
        r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        ALL,
        ALL,
        "accounts/password/reset/key/1a-wrong/",
    ),
    Row("accounts/password/reset/key/done/", ALL, NEVER),
    Row("accounts/again/<str:key>/", "i nn nnn nnn e n", "i mm mmm mmm e m", "accounts/again/KEY/"),  # no form is kept
    Row("accounts/sessions/", PERSON, "i >> >>> >>> e >", to="/accounts/sessions/"),
    # The company's own sign-in is for staff; linking it takes a factor shown again, and coming back takes a way out.
    Row("accounts/company/", "i nn fff fff e f", "i nn fff fff e f", data={"do": "link"}),
    Row("accounts/company/sign-in/", NEVER, "d >> >>> >>> e >", to="/"),
    Row("accounts/company/callback/", "c cc ccc ccc e c", NEVER),
    # Anybody may have a second factor; changing one needs a fresh proof of it.
    # Nobody here has a passkey, so the page that asks for one leads on to the one that asks for a code.
    Row("accounts/2fa/", PERSON, PERSON_NEVER),
    Row("accounts/2fa/totp/activate/", "i oo fff fff o f", "i oo fff fff o f", data=CODE),
    Row("accounts/2fa/totp/deactivate/", "i nn fff fff e f", "i nn fff fff e f"),
    Row("accounts/2fa/webauthn/", PERSON, PERSON_NEVER),
    Row("accounts/2fa/webauthn/add/", "i oo fff fff o f", "i oo fff fff o f"),
    Row("accounts/2fa/webauthn/reauthenticate/", "i xx fff fff e f", "i xx fff fff e f"),
    Row(
        "accounts/2fa/webauthn/keys/<int:pk>/remove/",
        "i nn fff fff e f",
        "i nn fff fff e f",
        "accounts/2fa/webauthn/keys/1/remove/",
    ),
    Row(
        "accounts/2fa/webauthn/keys/<int:pk>/edit/",
        "i nn fff fff e f",
        "i nn fff fff e f",
        "accounts/2fa/webauthn/keys/1/edit/",
    ),
    Row("accounts/2fa/recovery-codes/", OWNER.replace("o", "n"), PERSON_NEVER),  # none of them has made any
    Row("accounts/2fa/recovery-codes/generate/", "i oo fff fff e f", "i oo fff fff e f"),
    Row("accounts/2fa/recovery-codes/download/", "i nn nnn nnn e n", "i nn nnn nnn e n"),
)
RECORDS: Final = (
    # Django's admin: staff get in and see only what a superuser gave them, which is nothing. Nobody changes anything.
    Row("admin/", "a aa ooo ooo e o", "a aa ooo ooo e o"),
    Row("admin/login/", "i xx >>> >>> e >", "i xx ooo ooo e o", to="/admin/"),
    Row("admin/logout/", "> >> mmm mmm e m", "> >> iii iii e i", to="/admin/"),
    Row("admin/password_change/", "> >> >>> >>> e >", "> >> >>> >>> e >", to="/accounts/password/change/"),
    Row("admin/password_change/done/", "a aa ooo ooo e o", "a aa mmm mmm e m"),
    Row("admin/autocomplete/", "a aa xxx xxx e x", "a aa mmm mmm e m"),
    Row("admin/jsi18n/", "a aa ooo ooo e o", "a aa mmm mmm e m"),
    Row("admin/r/<path:content_type_id>/<path:object_id>/", "a aa nnn nnn e n", "a aa nnn nnn e n", "admin/r/0/0/"),
    Row("admin/(?P<url>.*)$", "a aa nnn nnn e n", "a aa nnn nnn e n", "admin/nothing/here/"),
    Row(r"admin/^(?P<app_label>auth|account|mfa|grants)/$", "a aa nnn nnn e o", "a aa nnn nnn e o", "admin/grants/"),
    Row("admin/<app>/<model>/", "a aa xxx xxx e o", "a aa xxx xxx e o", "{model}"),
    Row("admin/<app>/<model>/add/", "a aa xxx xxx e x", "a aa xxx xxx e x", "{model}add/"),
    Row("admin/<app>/<model>/<path:object_id>/", "a aa >>> >>> e >", "a aa >>> >>> e >", "{model}{row}/", to="/admin/"),
    Row("admin/<app>/<model>/<path:object_id>/change/", "a aa xxx xxx e o", "a aa xxx xxx e x", "{model}{row}/change/"),
    Row(
        "admin/<app>/<model>/<path:object_id>/history/", "a aa xxx xxx e o", "a aa xxx xxx e o", "{model}{row}/history/"
    ),
    Row(
        "admin/<app>/<model>/<path:object_id>/delete/",
        "a aa xxx xxx e x",
        "a aa xxx xxx e x",
        "{model}{row}/delete/",
        {"post": "yes"},
    ),
)
GRANTS: Final = (
    Row("", PERSON, PERSON_NEVER),
    # Contractors ask; a template of another vendor's looks like none. Staff do not ask for themselves.
    Row("requests/", PERSON, PERSON_NEVER),
    Row("requests/new/", "i oo xxx xxo e x", PERSON_NEVER),
    Row("requests/new/<slug:slug>/", ASKER, ASKER, "requests/new/{slug}/", REQUEST),
    Row("requests/new/<slug:slug>/check/", NEVER, ASKER, "requests/new/{slug}/check/", REQUEST),
    Row("requests/new/<slug:slug>/send/", NEVER, ASKER, "requests/new/{slug}/send/", REQUEST),
    # A request is its owner's alone: approvers have the card, auditors the story.
    Row("requests/<str:reference>/", OWNER, PERSON_NEVER, "requests/{asked}/"),
    Row("requests/<str:reference>/withdraw/", NEVER, "i >n nnn nnn e n", "requests/{asked}/withdraw/", to="/requests/"),
    Row(
        "requests/<str:reference>/questions/<uuid:question_id>/",
        NEVER,
        "i >n nnn nnn e n",
        "requests/{asked}/questions/{question}/",
        {"answer": "To put a marker beside each file."},
        "/requests/",
    ),
    # What runs is extended by whoever holds it; the answer has the new request's pickup code, so it is no redirect.
    Row("requests/<str:reference>/extend/", NEVER, "i on nnn nnn e n", "requests/{revealed}/extend/"),
    *APPROVALS,
    *WINDOWS,
    Row("grants/", APPROVER, PERSON_NEVER),
    # Taking away is always safe, so whoever is bound to the grant may do that.
    Row(
        "grants/<str:reference>/revoke/",
        APPROVER,
        "i xx >f> xxx e x",
        "grants/{issued}/revoke/",
        {"reason": "The work is done."},
        "/approvals/",
    ),
    Row("grants/<str:reference>/retry/", NEVER, "i xx >fx xxx e x", "grants/{failed}/retry/", to="/grants/"),
    # A pickup code is told by who may sign, or answers for the vendor; never by who receives it.
    Row("grants/<str:reference>/spoken-code/", "i xx ooo nno e n", "i xx ofo nno e n", "grants/{coded}/spoken-code/"),
    # Whoever signed types the code of the issuer's MFA device; bea did not, and alice may not.
    Row(
        "grants/<str:reference>/code/",
        "i xx onn nnn e n",
        "i xx >nn nnn e n",
        "grants/{coded}/code/",
        {"code": "123456"},
        "/grants/",
    ),
    Row("audit/", AUDITOR, PERSON_NEVER),
    Row("audit/<str:reference>/", AUDITOR, PERSON_NEVER, "audit/{issued}/"),
    Row("templates/", ADMIN, PERSON_NEVER),
    Row("templates/new/", ADMIN, PERSON_NEVER),
    Row("templates/new/<slug:kind>/", ADMIN, "i xx xxx uxx e x", "templates/new/bucket/", {"do": "save"}),
    Row("templates/preview/<slug:kind>/", NEVER, ADMIN, "templates/preview/bucket/"),
    Row("templates/<slug:slug>/", ADMIN, PERSON_NEVER, "templates/{slug}/"),
    Row("templates/<slug:slug>/edit/", ADMIN, "i xx xxx uxx e x", "templates/{slug}/edit/", {"do": "save"}),
    Row("templates/<slug:slug>/meter/", ADMIN, PERSON_NEVER, "templates/{slug}/meter/"),
    Row("templates/<slug:slug>/compare/", ADMIN, PERSON_NEVER, "templates/{slug}/compare/?before=1&after=1"),
    Row("templates/<slug:slug>/export/", ADMIN, PERSON_NEVER, "templates/{slug}/export/"),
    Row("templates/<slug:slug>/test/", NEVER, DRAFT, "templates/{slug}/test/", {"digest": "{draft}"}, "/templates/"),
    Row("templates/<slug:slug>/discard/", NEVER, DRAFT, "templates/{slug}/discard/", to="/templates/"),
    # What takes effect; nobody has asked STS about this draft.
    Row(
        "templates/<slug:slug>/publish/", ADMIN, "i xx xfx cxx e x", "templates/{slug}/publish/", {"digest": "{draft}"}
    ),
    Row(
        "templates/<slug:slug>/retire/",
        ADMIN,
        "i xx xfx >xx e x",
        "templates/{slug}/retire/",
        {"reason": "Nobody needs it any more."},
        "/templates/",
    ),
    # A vendor's sponsor answers for its people, a template admin for everybody's; staff accounts are changed by two.
    Row("people/", "i xx xxx oxo e x", PERSON_NEVER),
    Row("people/invite/", "i xx xxx oxo e x", "i xx xxx uxu e x"),
    Row(
        "people/invitations/<uuid:invitation_id>/withdraw/",
        NEVER,
        "i xx xxx >x> e x",
        "people/invitations/{invitation}/withdraw/",
        to="/people/",
    ),
    Row("people/<uuid:user_id>/admit/", NEVER, "i xx xxx >x> e x", "people/{waiting}/admit/", to="/people/"),
    Row(
        "people/<uuid:user_id>/dismiss/",
        "i xx xxx oxo e x",
        "i xx xxx >x> e x",
        "people/{waiting}/dismiss/",
        {"reason": "Not one of ours."},
        "/people/",
    ),
    # Whoever decides, or keeps the templates, may stop anybody at once; only a frozen person's grants are revoked here.
    Row("people/<uuid:user_id>/freeze/", "i xx ooo oxx e x", "i xx ufu uxx e x", "people/{waiting}/freeze/"),
    Row(
        "people/<uuid:user_id>/held/",
        NEVER,
        "i xx >f> >xx e x",
        "people/{frozen}/held/",
        {"references": "{held}", "reason": "The laptop was stolen."},
        "/people/",
    ),
    Row("people/changes/new/", ADMIN, PUBLISH),
    Row(
        "people/changes/<uuid:change_id>/",
        ADMIN,
        "i xx xfx >xx e x",
        "people/changes/{change}/",
        {"do": "confirm"},
        "/people/",
    ),
    Row("notifications/", PERSON, "i >> >>> >>> e >", to="/notifications/"),
    # Other systems are told by the template admins' leave.
    Row("webhooks/", ADMIN, PERSON_NEVER),
    Row("webhooks/new/", ADMIN, PUBLISH),
    Row("webhooks/<uuid:webhook_id>/", ADMIN, PERSON_NEVER, "webhooks/{webhook}/"),
    Row("webhooks/<uuid:webhook_id>/test/", NEVER, "i xx xfx >xx e x", "webhooks/{webhook}/test/", to="/webhooks/"),
    Row("webhooks/<uuid:webhook_id>/stop/", NEVER, "i xx xfx >xx e x", "webhooks/{webhook}/stop/", to="/webhooks/"),
    Row("limits/", ADMIN, PERSON_NEVER),
    Row("limits/person/", ADMIN, "i xx xfx uxx e x", data={"live_max": "0"}),
    Row("limits/templates/<slug:slug>/", ADMIN, "i xx xfx uxx e x", "limits/templates/{slug}/", {"daily_max": "0"}),
    # The register is the template admins'; a sponsor reads about their own vendors.
    Row("terms/", "i oo xxx xxx e x", "i uu xxx xxx e x"),  # nobody here has any to accept
    Row("vendors/", "i xx xxx oxo e x", PERSON_NEVER),
    Row("vendors/new/", ADMIN, PUBLISH),
    Row("vendors/<slug:slug>/", "i xx xxx oxo e x", PERSON_NEVER, "vendors/{vendor}/"),
    Row("vendors/<slug:slug>/edit/", ADMIN, PUBLISH, "vendors/{vendor}/edit/"),
    Row(
        "vendors/<slug:slug>/close/",
        ADMIN,
        "i xx xfx >xx e x",
        "vendors/{vendor}/close/",
        {"reason": "The contract is over.", "revoke": "on"},
        "/vendors/",
    ),
    Row("vendors/<slug:slug>/reopen/", ADMIN, PUBLISH, "vendors/{vendor}/reopen/"),
    Row(
        "vendors/<slug:slug>/revoke/",
        ADMIN,
        "i xx xfx >xx e x",
        "vendors/{vendor}/revoke/",
        {"reason": "A laptop was stolen."},
        "/vendors/",
    ),
    # Issuers are template admins'; a new one is confirmed by another of them than whoever asked.
    Row("issuers/", ADMIN, PERSON_NEVER),
    Row("issuers/new/", ADMIN, PUBLISH),
    Row(
        "issuers/proposals/<uuid:proposal_id>/",
        ADMIN,
        "i xx xfx >xx e x",
        "issuers/proposals/{proposal}/",
        {"do": "confirm"},
        "/issuers/",
    ),
    Row("issuers/<uuid:issuer_id>/", ADMIN, PUBLISH, "issuers/{issuer}/"),
    Row("issuers/<uuid:issuer_id>/edit/", ADMIN, PUBLISH, "issuers/{issuer}/edit/"),
    Row(
        "issuers/<uuid:issuer_id>/switch/",
        NEVER,
        "i xx xfx >xx e x",
        "issuers/{issuer}/switch/",
        {"do": "off"},
        "/issuers/",
    ),
    Row(
        "issuers/policies/<uuid:policy_id>/withdraw/",
        NEVER,
        "i xx xfx >xx e x",
        "issuers/policies/{policy}/withdraw/",
        to="/issuers/",
    ),
    # The link's holder need not sign in. Opening sets a cookie; without the cookie there is no such link for anybody.
    Row("pickup/open/<str:token>/", "> >> >>> >>> e >", NEVER, "pickup/open/{token}/", to="/pickup/"),
    Row("pickup/<uuid:link_id>/", CLOSED, CLOSED, "pickup/{link_id}/", {"code": "{code}"}),
    Row("pickup/<uuid:link_id>/wait/", CLOSED, CLOSED, "pickup/{link_id}/wait/"),
    Row("pickup/<uuid:link_id>/end/", CLOSED, CLOSED, "pickup/{link_id}/end/", {"code": "{code}", "what": "done"}),
)
MATRIX: Final = (*PROBES, *ACCOUNTS, *RECORDS, *GRANTS)
