"""Sign-in."""
from allauth.account.adapter import DefaultAccountAdapter as AccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter as MfaAdapter
from allauth.account.auth_backends import AuthenticationBackend as StaffPasswordBackend
from allauth.account.forms import RequestLoginCodeForm as SignInCodeForm
