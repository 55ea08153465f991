"""What a finding is: a kind that is always the same, and the place in the policy where it was met; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from grants.policy.catalogue import KnownAction, expand
from grants.policy.document import Statement
from grants.policy.wildcards import pattern, takes

Severity = Literal["error", "warning"]
SHOWN_MOST: Final = 60
NAMED_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Where:
    """``statement`` counts from one, 0 is the policy itself; ``element`` is Action, Resource, Condition and so on."""

    statement: int = 0
    sid: str = ""
    element: str = ""

    def __str__(self) -> str:
        """``statement 2 (Listing), Condition``."""
        name = f" ({shown(self.sid)})" if self.sid else ""
        place = f"statement {self.statement}{name}" if self.statement else "the policy"
        return f"{place}, {self.element}" if self.element else place


@dataclass(frozen=True, slots=True)
class Finding:
    """An error stops publishing; a warning needs a written reason, which approvers see."""

    code: str
    severity: Severity
    sentence: str
    way_on: str
    where: Where

    @property
    def is_error(self) -> bool:
        """Whether it stops publishing."""
        return self.severity == "error"


@dataclass(frozen=True, slots=True)
class Kind:
    """``sentence`` names what was met where ``{what}`` stands, and may say ``{why}``."""

    code: str
    severity: Severity
    sentence: str
    way_on: str

    @property
    def general(self) -> str:
        """The sentence where nothing was met yet."""
        return self.sentence.replace("{what}", "…").replace("{why}", "…")

    def at(self, where: Where, *, what: str = "", why: str = "") -> Finding:
        """This finding, there."""
        sentence = self.sentence.replace("{why}", why).replace("{what}", what)
        return Finding(self.code, self.severity, sentence, self.way_on, where)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the policy; empty means unknown. ``policy_arns`` count towards AWS's 2,048 characters.

    ``is_federated``: by GetFederationToken, whose sessions have neither a user name nor MFA.
    """

    partition: str = ""
    account_id: str = ""
    buckets: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    is_federated: bool = True


@dataclass(frozen=True)
class Policy:
    """A policy as the checks see it: what can be read of it, and each pattern's actions, looked up once."""

    statements: tuple[Statement, ...]
    context: Context
    _known: dict[str, tuple[KnownAction, ...]] = field(default_factory=dict)

    def stands_for(self, name: str) -> tuple[KnownAction, ...]:
        """The actions that ``name`` stands for; none for ``*`` and for what AWS does not know."""
        if name not in self._known:
            self._known[name] = expand(name)
        return self._known[name]

    def actions_of(self, statement: Statement) -> Mapping[str, KnownAction]:
        """Every action that the statement names, by name, in its order; ``s3:*`` names none, as it is an error."""
        names = [name for name in statement.actions if set(name.partition(":")[2]) - set("*?")]
        found = {known.name: known for name in names for known in self.stands_for(name)}
        return MappingProxyType(found)

    def is_denied(self, known: KnownAction) -> bool:
        """Whether some Deny takes the action away altogether, whatever is allowed elsewhere."""
        return any(_denies(statement, known.name) for statement in self.statements if not statement.is_allow)


def _denies(statement: Statement, name: str) -> bool:
    if statement.conditions or not statement.is_whole or "*" not in statement.resources:
        return False
    if statement.not_actions:
        return not any(names_action(wanted, name) for wanted in statement.not_actions)
    return any(names_action(wanted, name) for wanted in statement.actions)


def names_action(wanted: str, name: str) -> bool:
    """Whether the pattern ``wanted`` takes the action ``name``; IAM compares without regard to case."""
    return takes(pattern(wanted.lower()), name.lower())


def place(statement: Statement, element: str = "") -> Where:
    """Where in the policy that is."""
    return Where(statement.number, statement.sid, element)


def shown(text: str) -> str:
    """``text`` as a sentence may repeat it: short, and without what hides or reorders characters."""
    safe = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text[: SHOWN_MOST + 1])
    return f"{safe[:SHOWN_MOST]}…" if len(text) > SHOWN_MOST else safe


def several(names: list[str]) -> str:
    """``a, b, c and 12 more``."""
    few = ", ".join(names[:NAMED_MOST])
    return few if len(names) <= NAMED_MOST else f"{few} and {len(names) - NAMED_MOST} more"
