"""boto3 clients built once per profile and region: with deadlines, without botocore's own retries, and silent."""

import os
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Final

import boto3
import botocore.session
from botocore.config import Config
from botocore.utils import parse_timestamp

from grants.gateways.quiet import silence_aws_logs
from grants.values import IssuerRef

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient
    from types_boto3_sts.client import STSClient

# Hidden retries would mint sessions that no attempt on record accounts for: retrying is ours.
_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 1, "mode": "standard"},
    max_pool_connections=32,
    user_agent="Daypass",  # as CloudTrail shows it; botocore would put a long one together for every call, twice
)

_lock: Final = threading.Lock()
_sts: Final[dict[tuple[str, str], "STSClient"]] = {}
_iam: Final[dict[tuple[str, str], "IAMClient"]] = {}
_external_ids: Final[dict[str, str]] = {}
_proved: Final[set[IssuerRef]] = set()
_FILES: Final = {"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials", "AWS_CONFIG_FILE": "~/.aws/config"}
_seen: Final[dict[str, tuple[int, int]]] = {}

silence_aws_logs()


def sts_client(*, profile: str, region: str) -> "STSClient":
    """The STS client that signs with ``profile``'s keys; building one takes 55 ms, so it is kept."""
    with _lock:
        _read_anew_what_changed()
        if (profile, region) not in _sts:
            _sts[profile, region] = _session(profile, region).client("sts", config=_CONFIG)
            silence_aws_logs()
        return _sts[profile, region]


def iam_client(*, profile: str, region: str) -> "IAMClient":
    """The IAM client that signs with ``profile``'s keys; ``region`` picks the partition's endpoint."""
    with _lock:
        _read_anew_what_changed()
        if (profile, region) not in _iam:
            _iam[profile, region] = _session(profile, region).client("iam", config=_CONFIG)
            silence_aws_logs()
        return _iam[profile, region]


def has_profile(*, profile: str) -> bool:
    """Whether this process's files name the profile; whether its keys are good, only AWS can say."""
    return profile in botocore.session.Session().full_config["profiles"]


def external_id_of(*, profile: str) -> str:
    """What a role's trust asks for beside the keys: ``external_id`` in the profile's own files, or "".

    A profile that has no ``role_arn`` beside it is not assumed by botocore itself, which leaves the value alone.
    """
    with _lock:
        _read_anew_what_changed()
        if profile not in _external_ids:
            profiles = botocore.session.Session().full_config["profiles"]
            _external_ids[profile] = str(profiles.get(profile, {}).get("external_id") or "")
        return _external_ids[profile]


def is_proved(issuer: IssuerRef) -> bool:
    """Whether the client that it would mint with was seen to have its own principal's keys."""
    with _lock:
        _read_anew_what_changed()
        return issuer in _proved


def note_proved(issuer: IssuerRef) -> None:
    """It was, until its client is built anew."""
    with _lock:
        _proved.add(issuer)


def forget_clients(*, profile: str | None = None) -> None:
    """Build clients anew from the credential files: after AWS refused ``profile``'s keys, or for all of them."""
    with _lock:
        _forget(profile)


def _forget(profile: str | None) -> None:
    for clients in (_sts, _iam):
        for key in [key for key in clients if profile in (None, key[0])]:
            del clients[key]
    for issuer in [issuer for issuer in _proved if profile in (None, issuer.profile)]:
        _proved.remove(issuer)
    for name in [name for name in _external_ids if profile in (None, name)]:
        del _external_ids[name]


def _read_anew_what_changed() -> None:
    """A client keeps the keys it began with: after a rotation in the files the next call signs with the new ones."""
    now = {name: _stamp(os.environ.get(name) or usual) for name, usual in _FILES.items()}
    if now != _seen:
        _forget(None)
        _seen.update(now)


def _stamp(path: str) -> tuple[int, int]:
    """Another file by that name, or a change in it."""
    try:
        stat = os.stat(os.path.expanduser(path))  # noqa: PTH111, PTH116 - in the path of every call
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino


def _session(profile: str, region: str) -> boto3.Session:
    core = botocore.session.Session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_time_of)
    return boto3.Session(botocore_session=core, profile_name=profile, region_name=region)


def _time_of(text: str) -> datetime:
    """A time as AWS writes it; any other is left to botocore, whose guessing takes a tenth of a whole call."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):  # JSON protocols hand over numbers
        guessed: datetime = parse_timestamp(text)
        return guessed
