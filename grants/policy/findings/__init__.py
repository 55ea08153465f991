"""What is wrong with a policy, said to the admin who writes it, before STS refuses it or takes it; pure."""

from itertools import chain
from typing import Final

from grants.policy.document import NotJsonError, read, statements_of
from grants.policy.findings import actions, conditions, looseness, resources, structure, tags
from grants.policy.findings.finding import Context, Finding, Kind, Policy, Where, shown

KINDS: Final[tuple[Kind, ...]] = (
    *structure.KINDS, *actions.KINDS, *resources.KINDS, *tags.KINDS, *conditions.KINDS, *looseness.KINDS,
)  # fmt: skip
CHECKS: Final = (
    actions.check_actions,
    resources.check_resources,
    tags.check_tags,
    conditions.check_conditions,
    looseness.check_looseness,
)
READ_MOST: Final = 5_000  # characters; what is far too long for AWS is not read any further


def find(policy_json: str, *, context: Context) -> tuple[Finding, ...]:
    """Every finding, by statement and then in the order of the checks; () means that nothing speaks against it.

    ``policy_json`` is what would be sent, placeholders filled in. Never raises, whatever the text.
    """
    found = list(structure.check_text(policy_json, context))
    if len(policy_json) > READ_MOST:
        return tuple(found)
    try:
        reading = read(policy_json)
    except NotJsonError as error:
        return (*found, structure.NOT_JSON.at(Where(), what=str(error) or "from its beginning"))
    found += [structure.REPEATED_KEY.at(Where(), what=shown(key)) for key in reading.repeated]
    found += structure.check_document(reading.value, policy_json, context)
    policy = Policy(statements_of(reading.value), context)
    found += chain.from_iterable(check(one, policy) for one in policy.statements for check in CHECKS)
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.where.statement))


__all__ = ["KINDS", "Context", "Finding", "Where", "find"]
