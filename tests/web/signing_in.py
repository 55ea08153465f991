"""How people sign in, step by step, as their browsers do it."""

import json
import time
from datetime import timedelta

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from grants import ledger
from grants.gateways import sealing
from grants.models import OutboxMail, User


def code_in_mail() -> str:
    """The newest sign-in code, as the mail worker reads it."""
    mail = OutboxMail.objects.filter(event="sign_in_code").latest("created_at")
    return str(json.loads(sealing.open_for_mail(box=ledger.box_of(mail), info=mail.pk.bytes))["code"])


def sign_in_contractor(client: Client, user: User) -> None:
    """Ask for a code, type it."""
    client.post("/accounts/login/code/", {"email": user.email})
    client.post("/accounts/login/code/confirm/", {"code": code_in_mail()})


def enrol_totp(user: User) -> str:
    """Give an account an authenticator; the answer is its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def recovery_code(user: User) -> str:
    """Give an account recovery codes; the answer is one of them."""
    return str(RecoveryCodes.activate(user).get_unused_codes()[0])


def totp_code(secret: str) -> str:
    """What the authenticator app shows now; whoever sees it go waits for the next, as one of the last is refused."""
    if time.time() % 30 > 29:
        time.sleep(1)
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def send_password(client: Client, user: User) -> None:
    """The first half of staff sign-in; the factories' passwords."""
    name = user.email.partition("@")[0]
    client.post("/accounts/login/", {"login": user.email, "password": f"{name} has a long password"})


def sign_in_staff(client: Client, user: User, secret: str) -> None:
    """Password, then the code of the authenticator app."""
    send_password(client, user)
    client.post("/accounts/2fa/authenticate/", {"code": totp_code(secret)})


def let_sessions_end() -> None:
    """Half an hour without use."""
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
