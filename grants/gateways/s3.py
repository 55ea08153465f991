"""S3, asked one question: whether some keys can list a bucket. Daypass itself reads no data."""

from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from grants.gateways.quiet import silence_aws_logs
from grants.values import AwsCredentials

LISTED: Final = "listed"
REFUSED: Final = frozenset({"AccessDenied", "InvalidAccessKeyId", "403"})
_CONFIG: Final = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1, "mode": "standard"})


def try_listing(
    *, bucket: str, prefix: str, region: str, profile: str = "", credentials: AwsCredentials | None = None
) -> str:
    """LISTED, or AWS's word for why not; with a profile's keys, or with temporary ones."""
    try:
        client = _session(profile, credentials).client("s3", region_name=region, config=_CONFIG)
        silence_aws_logs()
        client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    except ClientError as error:
        return str(error.response.get("Error", {}).get("Code") or "no answer")
    except BotoCoreError as error:
        return type(error).__name__
    return LISTED


def _session(profile: str, credentials: AwsCredentials | None) -> Any:  # noqa: ANN401 - boto3's is made at run time
    if credentials is None:
        return boto3.Session(profile_name=profile)
    return boto3.Session(
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
    )
