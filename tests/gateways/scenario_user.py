"""An IAM user with wide rights, its MFA devices, and what a test asks about its calls."""

import json
import time
from dataclasses import dataclass
from typing import Any

from grants.values import IssuerRef, Minted
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from portal.embedded.aws.double_register import totp_code
from tests.embedded.aws_people import AwsClient, client

USER = "scenarios"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ISSUER = IssuerRef(ACCOUNT_ID, "aws", "us-east-1", f"arn:aws:iam::{ACCOUNT_ID}:user/{USER}", USER)


@dataclass(frozen=True)
class Scenario:
    """AWS, and what to ask of it."""

    aws: RunningAws
    since: int

    def sent(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of the calls that AWS saw since the test began, codes left out."""
        return [call["parameters"] for call in self.aws.control.calls(since=self.since, operation=operation)]

    def s3(self, minted: Minted) -> AwsClient:
        """Whoever was given the credentials."""
        given = minted.credentials
        keys = {
            "aws_access_key_id": given.access_key_id,
            "aws_secret_access_key": given.secret_access_key,
            "aws_session_token": given.session_token,
        }
        return client(self.aws, "s3", keys)

    def give_device(self, serial: str) -> str:
        """Register an MFA device of the user; the code it shows now."""
        place = self.aws.issuer_credentials_file.parent.parent / "register.json"
        register = json.loads(place.read_text())
        register["devices"][serial] = {"user": USER, "seed": SEED}
        place.write_text(json.dumps(register))
        return totp_code(SEED, now=time.time())
