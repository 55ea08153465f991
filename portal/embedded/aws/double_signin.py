"""The console sign-in endpoint, as far as handing out and taking a sign-in token goes."""

import asyncio
import json
import secrets
import time
from html import escape
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from portal.embedded.aws.double_root import REGION
from portal.embedded.aws.double_wire import Answer, Request

GOOD_FOR_SECONDS: Final = 900
PATH: Final = "/federation"
PARTS: Final = ("sessionId", "sessionKey", "sessionToken")


class SignIn:
    """getSigninToken and login; tokens live in memory for 15 minutes."""

    def __init__(self, endpoint_url: str) -> None:
        """``endpoint_url`` of the stand-in, which says whether the session is alive."""
        self._endpoint_url = endpoint_url
        self._tokens: dict[str, float] = {}

    async def answer(self, request: Request) -> Answer:
        """One request to /federation."""
        query = request.query
        if query.get("Action") == "getSigninToken":
            return await self._hand_out(query)
        if query.get("Action") == "login":
            return self._take(query)
        return _page(400, "Unknown action")

    async def _hand_out(self, query: dict[str, str]) -> Answer:
        # AWS refuses SessionDuration for sessions of GetFederationToken.
        if "SessionDuration" in query or not await asyncio.to_thread(self._is_live, query.get("Session", "")):
            return _page(400, "The session is not valid")
        token = secrets.token_urlsafe(64)
        self._tokens[token] = time.monotonic() + GOOD_FOR_SECONDS
        return Answer.of(200, json.dumps({"SigninToken": token}).encode(), content_type="application/json")

    def _take(self, query: dict[str, str]) -> Answer:
        if self._tokens.get(query.get("SigninToken", ""), 0) < time.monotonic():
            return _page(400, "The sign-in token is not valid or has expired")
        return _page(200, f"Signed in. The real console would now open {query.get('Destination', '')}")

    def _is_live(self, session: str) -> bool:
        try:
            parts: dict[str, Any] = json.loads(session)
            client = boto3.client(
                "sts",
                endpoint_url=self._endpoint_url,
                region_name=REGION,
                aws_access_key_id=parts["sessionId"],
                aws_secret_access_key=parts["sessionKey"],
                aws_session_token=parts["sessionToken"],
            )
            # AWS signs in what GetFederationToken and AssumeRole gave; a GetSessionToken session is the user's own.
            return any(part in client.get_caller_identity()["Arn"] for part in (":federated-user/", ":assumed-role/"))
        except (ValueError, TypeError, KeyError, ClientError, BotoCoreError):
            return False


def _page(status: int, sentence: str) -> Answer:
    body = f"<!doctype html><title>Sign-in</title><p>{escape(sentence)}</p>"
    return Answer.of(status, body.encode(), content_type="text/html; charset=utf-8")
