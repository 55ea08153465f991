"""One noun a file: fields, constraints, querysets; no verbs."""

from grants.models.approver_key import ApproverKey
from grants.models.attempt import IssueAttempt
from grants.models.audit import AuditEvent, AuditHead, AuditPersonal
from grants.models.circuit import IssuerCircuit
from grants.models.company_link import CompanyLink
from grants.models.credential import SealedCredential
from grants.models.decision import Decision
from grants.models.denial import Denial, WideDenial
from grants.models.deputy import Deputy
from grants.models.draft import TemplateDraft, TemplateTest
from grants.models.emergency import EmergencyReview
from grants.models.grant import Grant
from grants.models.heartbeat import Heartbeat
from grants.models.invitation import Invitation
from grants.models.issuer import Issuer
from grants.models.issuer_policy import IssuerPolicy
from grants.models.issuer_proposal import IssuerProposal
from grants.models.issuer_reading import IssuerReading
from grants.models.lease import Lease
from grants.models.link import PickupLink
from grants.models.mfa_code import MfaCode
from grants.models.narrowing import Narrowing
from grants.models.notice import NoticeChoice, Nudge
from grants.models.outbox import OutboxMail
from grants.models.person import User
from grants.models.person_change import PersonChange
from grants.models.question import Question
from grants.models.request_rule import RequestRule
from grants.models.sign_in import SignIn
from grants.models.template import GrantTemplate, TemplateVersion
from grants.models.terms import TermsAcceptance, VendorTerms
from grants.models.vendor import Vendor
from grants.models.webhook import Webhook, WebhookDelivery
from grants.models.window import Window, WindowSignature

__all__ = [
    "ApproverKey",
    "AuditEvent",
    "AuditHead",
    "AuditPersonal",
    "CompanyLink",
    "Decision",
    "Denial",
    "Deputy",
    "EmergencyReview",
    "Grant",
    "GrantTemplate",
    "Heartbeat",
    "Invitation",
    "IssueAttempt",
    "Issuer",
    "IssuerCircuit",
    "IssuerPolicy",
    "IssuerProposal",
    "IssuerReading",
    "Lease",
    "MfaCode",
    "Narrowing",
    "NoticeChoice",
    "Nudge",
    "OutboxMail",
    "PersonChange",
    "PickupLink",
    "Question",
    "RequestRule",
    "SealedCredential",
    "SignIn",
    "TemplateDraft",
    "TemplateTest",
    "TemplateVersion",
    "TermsAcceptance",
    "User",
    "Vendor",
    "VendorTerms",
    "Webhook",
    "WebhookDelivery",
    "WideDenial",
    "Window",
    "WindowSignature",
]
