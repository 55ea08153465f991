"""Reads the CloudFormation templates of deploy/iam, and says where the stand-in needs them changed.

They are the one source of the issuer's and the revoker's rights. The stand-in's CloudFormation deploys them as they
are, but its IAM then refuses what AWS allows, in two places: sts:GetFederationToken and sts:TagSession match no
resource but ``*``, and the condition key iam:PermissionsBoundary is never present. ``widened`` changes these two
things and nothing else; what it takes away goes into the register, and the double enforces it there.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).resolve().parents[3] / "deploy" / "iam"
BOUNDARY_KEY: Final = "iam:PermissionsBoundary"
UNSCOPED: Final = frozenset({"sts:GetFederationToken", "sts:TagSession"})


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags (!Ref, !Sub, !GetAtt) in their long form."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if tag == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise yaml.constructor.ConstructorError(problem=f"a tag on a mapping: {tag}", problem_mark=node.start_mark)


_Loader.add_multi_constructor("!", _long_form)


def read_template(name: str) -> dict[str, Any]:
    """A template of deploy/iam as data."""
    loaded: dict[str, Any] = yaml.load((FOLDER / name).read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return loaded


def statements(template: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every statement of every managed policy in it."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


def widened(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template as the stand-in needs it; see the module's docstring."""
    changed = copy.deepcopy(dict(template))
    for statement in statements(changed):
        if _is_unscoped(statement):
            statement["Resource"] = "*"
        if BOUNDARY_KEY in statement.get("Condition", {}).get("StringEquals", {}):
            del statement["Condition"]
    return changed


def scopes(template: Mapping[str, Any], values: Mapping[str, str]) -> list[dict[str, Any]]:
    """What ``widened`` took away: actions, resources and boundary of these statements, resolved with ``values``."""
    found = []
    for statement in statements(template):
        boundary = statement.get("Condition", {}).get("StringEquals", {}).get(BOUNDARY_KEY)
        if boundary is not None or _is_unscoped(statement):
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            found.append(
                {
                    "actions": statement["Action"],
                    "resources": [resolve(resource, values) for resource in resources],
                    "boundary": None if boundary is None else resolve(boundary, values),
                }
            )
    return found


def resolve(expression: object, values: Mapping[str, str]) -> str:
    """A string, ``Ref``, ``Fn::GetAtt`` (as ``Name.Attribute``) or ``Fn::Sub`` with its values filled in."""
    if isinstance(expression, str):
        return expression
    if not isinstance(expression, dict):
        raise TypeError(expression)
    if "Ref" in expression:
        return values[expression["Ref"]]
    if "Fn::GetAtt" in expression:
        return values[".".join(expression["Fn::GetAtt"])]
    return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], expression["Fn::Sub"])


def _is_unscoped(statement: Mapping[str, Any]) -> bool:
    return statement["Effect"] == "Allow" and not UNSCOPED.isdisjoint(statement["Action"])
