"""Every address of the main job."""

from django.urls import path

from grants.views import approvals, audit, freeze, home, people, pickup, requests, rules, templates, terms, vendors

app_name = "grants"

urlpatterns = [
    path("", home.home, name="home"),
    path("requests/", requests.request_list, name="request_list"),
    path("requests/new/", requests.request_new, name="request_new"),
    path("requests/new/<slug:slug>/", requests.request_form, name="request_form"),
    path("requests/new/<slug:slug>/check/", requests.request_check, name="request_check"),
    path("requests/new/<slug:slug>/send/", requests.request_send, name="request_send"),
    path("requests/<str:reference>/", requests.request_status, name="request_status"),
    path("requests/<str:reference>/withdraw/", requests.request_withdraw, name="request_withdraw"),
    path("approvals/", approvals.queue, name="queue"),
    path("approvals/<str:reference>/", approvals.card, name="card"),
    path("approvals/<str:reference>/approve/", approvals.approve, name="approve"),
    path("approvals/<str:reference>/deny/", approvals.deny, name="deny"),
    path("grants/", approvals.active, name="active"),
    path("grants/<str:reference>/revoke/", approvals.revoke, name="revoke"),
    path("grants/<str:reference>/retry/", approvals.retry, name="retry"),
    path("audit/", audit.audit, name="audit"),
    path("audit/<str:reference>/", audit.story, name="story"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.template_new, name="template_new"),
    path("templates/<slug:slug>/", templates.template_edit, name="template_edit"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/invitations/<uuid:invitation_id>/withdraw/", people.uninvite, name="uninvite"),
    path("people/changes/new/", people.change_new, name="change_new"),
    path("people/changes/<uuid:change_id>/", people.change, name="change"),
    path("people/<uuid:user_id>/admit/", people.admit, name="admit"),
    path("people/<uuid:user_id>/freeze/", freeze.freeze, name="freeze"),
    path("people/<uuid:user_id>/held/", freeze.held, name="held"),
    path("people/<uuid:user_id>/dismiss/", people.dismiss, name="dismiss"),
    path("limits/", rules.rules, name="rules"),
    path("limits/person/", rules.rule_person, name="rule_person"),
    path("limits/templates/<slug:slug>/", rules.rule_template, name="rule_template"),
    path("terms/", terms.terms, name="terms"),
    path("vendors/", vendors.vendors, name="vendors"),
    path("vendors/new/", vendors.vendor_new, name="vendor_new"),
    path("vendors/<slug:slug>/", vendors.vendor, name="vendor"),
    path("vendors/<slug:slug>/edit/", vendors.vendor_edit, name="vendor_edit"),
    path("vendors/<slug:slug>/close/", vendors.vendor_close, name="vendor_close"),
    path("vendors/<slug:slug>/reopen/", vendors.vendor_reopen, name="vendor_reopen"),
    path("vendors/<slug:slug>/revoke/", vendors.vendor_revoke, name="vendor_revoke"),
    path("pickup/open/<str:token>/", pickup.pickup_open, name="pickup_open"),
    path("pickup/<uuid:link_id>/", pickup.pickup, name="pickup"),
    path("pickup/<uuid:link_id>/end/", pickup.hand_back, name="hand_back"),
]
