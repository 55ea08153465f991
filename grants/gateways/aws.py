"""boto3 clients built once per profile and region: with deadlines, without botocore's own retries, and silent."""

import threading
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from grants.gateways.quiet import silence_aws_logs

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient
    from types_boto3_sts.client import STSClient

# Hidden retries would mint sessions that no attempt on record accounts for: retrying is ours.
_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 1, "mode": "standard"},
    max_pool_connections=32,
)

_lock: Final = threading.Lock()
_sts: Final[dict[tuple[str, str], "STSClient"]] = {}
_iam: Final[dict[tuple[str, str], "IAMClient"]] = {}

silence_aws_logs()


def sts_client(*, profile: str, region: str) -> "STSClient":
    """The STS client that signs with ``profile``'s keys; building one takes 55 ms, so it is kept."""
    with _lock:
        if (profile, region) not in _sts:
            _sts[profile, region] = _session(profile, region).client("sts", config=_CONFIG)
            silence_aws_logs()
        return _sts[profile, region]


def iam_client(*, profile: str, region: str) -> "IAMClient":
    """The IAM client that signs with ``profile``'s keys; ``region`` picks the partition's endpoint."""
    with _lock:
        if (profile, region) not in _iam:
            _iam[profile, region] = _session(profile, region).client("iam", config=_CONFIG)
            silence_aws_logs()
        return _iam[profile, region]


def forget_clients(*, profile: str | None = None) -> None:
    """Build clients anew from the credential files: after AWS refused ``profile``'s keys, or for all of them."""
    with _lock:
        for clients in (_sts, _iam):
            for key in [key for key in clients if profile in (None, key[0])]:
                del clients[key]


def _session(profile: str, region: str) -> boto3.Session:
    return boto3.Session(profile_name=profile, region_name=region)
