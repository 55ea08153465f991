"""What the actions reach: whether AWS can match it at all, and how much more than a folder it is; pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from grants.policy.catalogue import KnownAction, service
from grants.policy.document import Condition, Statement
from grants.policy.findings.finding import Finding, Kind, Policy, place, several, shown
from grants.policy.wildcards import has_wildcard, overlap, without_escapes

BAD_RESOURCE: Final = Kind(
    "bad_resource", "error", "{what} is no ARN.", "Choose bucket and prefix in the form; it writes the ARN."
)
OTHER_PARTITION: Final = Kind(
    "other_partition", "error", "{what} is in another partition of AWS than the issuer.", "Choose another issuer."
)
OTHER_ACCOUNT: Final = Kind(
    "other_account",
    "warning",
    "{what} is in another account than the issuer.",
    "Correct it, or write why that account shares it.",
)
OTHER_BUCKET: Final = Kind(
    "other_bucket", "error", "{what} is outside the buckets that the template declares.", "Declare it, or leave it out."
)
EVERY_RESOURCE: Final = Kind(
    "every_resource", "error", "{what} reaches everything in the account.", "Say which bucket and prefix, or which key."
)
ACCOUNT_WIDE: Final = Kind(
    "account_wide",
    "warning",
    "The whole account is what {what} is about; AWS knows nothing narrower there.",
    "Leave it out, or write why it is needed.",
)
BUCKET_WILDCARD: Final = Kind(
    "bucket_wildcard",
    "error",
    "{what} has a wildcard in the bucket's name, and takes every bucket that is called alike, later ones too.",
    "Name each bucket.",
)
WHOLE_BUCKET: Final = Kind(
    "whole_bucket", "warning", "{what} is the whole bucket.", "Give a prefix, or write why all of it is needed."
)
WHOLE_LISTING: Final = Kind(
    "whole_listing",
    "warning",
    "Nothing binds {what} to a prefix, so that the whole bucket can be listed.",
    "Add StringLike on s3:prefix, or write why all names may be seen.",
)
UNBOUND_LISTING: Final = Kind(
    "unbound_listing",
    "error",
    "{what} also takes a listing without a prefix, which is that of the whole bucket: it binds nothing.",
    'Leave it out, or add "StringEquals": {"s3:delimiter": "/"}, which shows the names of the folders alone.',
)
OPEN_PREFIX: Final = Kind(
    "open_prefix",
    "warning",
    "{what} opens every folder that begins alike: in* takes internal/ too.",
    "End the prefix in /*, or write why it begins like that.",
)
FOLDER_ONLY: Final = Kind(
    "folder_only", "warning", "{what} is the folder's own marker, and nothing in it.", "End the prefix in /*."
)
WIDE_ARN: Final = Kind(
    "wide_arn",
    "warning",
    "{what} leaves open which one is meant.",
    "Write Region, account and name out, or write why they stay open.",
)
VARIABLE: Final = Kind(
    "variable",
    "error",
    "{what} is filled in by AWS at the time of use, so that nobody can sign what it stands for.",
    "Use a placeholder of Daypass, such as {vendor}: it is filled in before anybody signs.",
)
MISMATCH: Final = Kind(
    "mismatch",
    "error",
    "{what} never applies to what stands in Resource, so that it allows nothing.",
    "Files are arn:…:bucket/prefix/*, a bucket itself is arn:…:bucket: give each its own statement.",
)
NEEDS_EVERY_RESOURCE: Final = Kind(
    "needs_every_resource",
    "error",
    '{what} is known to AWS for Resource "*" alone, so that it allows nothing here.',
    'Give it a statement of its own with "*", or leave it out.',
)
UNUSED_RESOURCE: Final = Kind(
    "unused_resource", "warning", "No action of the statement applies to {what}.", "Leave it out, or correct it."
)
KINDS: Final = (
    BAD_RESOURCE, OTHER_PARTITION, OTHER_ACCOUNT, OTHER_BUCKET, EVERY_RESOURCE, ACCOUNT_WIDE, BUCKET_WILDCARD,
    WHOLE_BUCKET, WHOLE_LISTING, UNBOUND_LISTING, OPEN_PREFIX, FOLDER_ONLY, WIDE_ARN, VARIABLE, MISMATCH,
    NEEDS_EVERY_RESOURCE, UNUSED_RESOURCE,
)  # fmt: skip

_PARTS: Final = 6  # arn:partition:service:region:account:resource
_PARTITIONS: Final = re.compile(r"aws(?:-[a-z]+)*")
_LISTING: Final = ("s3:ListBucket", "s3:ListBucketVersions")


def check_resources(statement: Statement, policy: Policy) -> Iterator[Finding]:
    """The shape of every resource; how wide it is, and whether it fits, only where something is allowed."""
    for resource in (*statement.resources, *statement.not_resources):
        yield from _check_shape(resource, statement, policy)
    if statement.is_allow and statement.resources:
        for resource in statement.resources:
            yield from _check_width(resource, statement, policy)
        yield from _check_fit(statement, policy)
        yield from _check_listing(statement, policy)


def _check_shape(resource: str, statement: Statement, policy: Policy) -> Iterator[Finding]:
    where = place(statement, "Resource")
    parts = resource.split(":", _PARTS - 1)
    if "${" in without_escapes(resource):
        yield VARIABLE.at(where, what=shown(resource))
    if resource == "*":
        return
    if len(parts) < _PARTS or parts[0] != "arn" or not all((parts[1], parts[2], parts[5])):
        yield BAD_RESOURCE.at(where, what=shown(resource))
        return
    if not (has_wildcard(parts[1]) or _PARTITIONS.fullmatch(parts[1])):
        yield BAD_RESOURCE.at(where, what=shown(resource))
    elif policy.context.partition and not overlap(parts[1], policy.context.partition):
        yield OTHER_PARTITION.at(where, what=shown(resource))
    if policy.context.account_id and parts[4] and not overlap(parts[4], policy.context.account_id):
        yield OTHER_ACCOUNT.at(where, what=shown(resource))


def _check_width(resource: str, statement: Statement, policy: Policy) -> Iterator[Finding]:
    where = place(statement, "Resource")
    parts = without_escapes(resource).split(":", _PARTS - 1)
    if resource == "*" or (len(parts) == _PARTS and (has_wildcard(parts[2]) or not set(parts[5]) - set("*?"))):
        actions = list(policy.actions_of(statement).values())
        if any(known.resources for known in actions) or not actions:
            yield EVERY_RESOURCE.at(where, what=shown(resource))
        else:
            yield ACCOUNT_WIDE.at(where, what=several([known.name for known in actions]))
    elif len(parts) == _PARTS and parts[2] == "s3" and not parts[3] and not parts[4]:
        yield from _check_bucket(resource, parts[5], statement, policy)
    elif len(parts) == _PARTS and (any(map(has_wildcard, parts[1:5])) or parts[5].endswith(("/*", ":*"))):
        yield WIDE_ARN.at(where, what=shown(resource))


def _check_bucket(resource: str, path: str, statement: Statement, policy: Policy) -> Iterator[Finding]:
    where, what = place(statement, "Resource"), shown(resource)
    bucket, slash, key = path.partition("/")
    if has_wildcard(bucket):
        yield BUCKET_WILDCARD.at(where, what=what)
    elif policy.context.buckets and bucket not in policy.context.buckets:
        yield OTHER_BUCKET.at(where, what=what)
    if slash and not set(key) - set("*?"):
        yield WHOLE_BUCKET.at(where, what=what)
    elif has_wildcard(key) and not re.fullmatch(r"[^*?]*/\*", key):
        yield OPEN_PREFIX.at(where, what=what)
    elif slash and key.endswith("/"):
        yield FOLDER_ONLY.at(where, what=what)


def _check_listing(statement: Statement, policy: Policy) -> Iterator[Finding]:
    names = policy.actions_of(statement)
    listing = [name for name in _LISTING if name in names and not policy.is_denied(names[name])]
    if not listing:
        return
    where = place(statement, "Condition")
    bounds = [condition for condition in statement.conditions if condition.key.lower() == "s3:prefix"]
    open_ones = [condition for condition in bounds if _takes_no_prefix(condition)]
    if open_ones and not _stops_at_folders(statement):
        for condition in open_ones:
            yield UNBOUND_LISTING.at(where, what=f"{shown(condition.operator)} on {shown(condition.key)}")
    elif not open_ones and all(condition.operator == "Null" for condition in bounds):
        yield WHOLE_LISTING.at(where, what=several(listing))


def _takes_no_prefix(condition: Condition) -> bool:
    """S3 takes an empty prefix for none, and AWS's Null asks whether there is one at all."""
    if condition.operator == "Null":
        return any(value.lower() == "true" for value in condition.values)
    return "Not" not in condition.operator and "" in condition.values


def _stops_at_folders(statement: Statement) -> bool:
    lines = ((other.operator, other.key.lower(), other.values) for other in statement.conditions)
    return ("StringEquals", "s3:delimiter", ("/",)) in lines


def _check_fit(statement: Statement, policy: Policy) -> Iterator[Finding]:
    """Each action against the resources, then each resource against the actions."""
    named = {name: policy.stands_for(name) for name in statement.actions}
    for name, found in named.items():
        if found and not any(_applies(known, statement.resources) for known in found):
            kind = MISMATCH if any(known.resources for known in found) else NEEDS_EVERY_RESOURCE
            yield kind.at(place(statement, "Action"), what=shown(name))
    everything = policy.actions_of(statement).values()
    unused = [one for one in statement.resources if not any(_applies(known, (one,)) for known in everything)]
    if len(unused) < len(statement.resources):
        for resource in unused:
            yield UNUSED_RESOURCE.at(place(statement, "Resource"), what=shown(resource))


def _applies(known: KnownAction, resources: Sequence[str]) -> bool:
    if "*" in resources or not known.resources:
        return "*" in resources
    found = service(known.name.partition(":")[0])
    types = [found.resources[name] for name in known.resources if name in found.resources] if found else []
    return any(_fits(one, kind.arn, holds_slash=kind.holds_slash) for one in resources for kind in types)


@lru_cache(maxsize=1_024)
def _fits(resource: str, arn: str, *, holds_slash: bool) -> bool:
    """Whether some ARN of that type is taken by ``resource``. A bucket's name holds no ``/``: ``b/*`` is none."""
    given, wanted = without_escapes(resource).split(":", _PARTS - 1), arn.split(":", _PARTS - 1)
    if len(given) != len(wanted) or (not holds_slash and given[-1].count("/") > wanted[-1].count("/")):
        return False
    return all(overlap(*pair) for pair in zip(given, wanted, strict=True))
