"""Who must sign: how many persons of which group, and what is still missing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from grants.errors import FieldError

Signers: TypeAlias = Mapping[str, int]
Signature: TypeAlias = tuple[str, UUID]

SIGNERS_MAX: Final = 9
ON_CALL: Final = "on call"  # whose one signature, in an emergency, stands for all


def check_signers(signers: Signers) -> None:
    """At least one group, and of each between one person and nine."""
    if not signers:
        raise FieldError("approver_groups", "Choose who must sign.")
    if ON_CALL in signers:
        raise FieldError("approver_groups", "Whoever is on call signs alone in an emergency, and for no template.")
    if not all(1 <= count <= SIGNERS_MAX for count in signers.values()):
        raise FieldError("more_signers", f"Of each group between 1 and {SIGNERS_MAX} persons sign.")


def still_missing(signers: Signers, signatures: Iterable[Signature]) -> dict[str, int]:
    """How many more persons of which group; nothing when all have signed. A person counts once."""
    by_person: dict[UUID, str] = {}
    for group, person in signatures:
        if group == ON_CALL:
            return {}
        by_person.setdefault(person, group)
    signed = Counter(by_person.values())
    return {group: count - signed[group] for group, count in sorted(signers.items()) if signed[group] < count}


def describe_signers(signers: Signers) -> str:
    """For example: "2 of approvers and 1 of security"; one group with one signature is just its name."""
    if all(count == 1 for count in signers.values()):
        return _join(sorted(signers))
    return _join([f"{count} of {group}" for group, count in sorted(signers.items())])


def describe_progress(signers: Signers, signatures: Iterable[Signature]) -> str:
    """For example: "1 of 2 approvers has signed; one of security still has to"."""
    signatures = list(signatures)
    if any(group == ON_CALL for group, _ in signatures):
        return "Approved alone in an emergency by somebody on call"
    missing = still_missing(signers, signatures)
    signed = {group: count - missing.get(group, 0) for group, count in sorted(signers.items())}
    waits = {group: signers[group] for group, count in signed.items() if not count}
    if len(waits) == len(signers):
        return f"Nobody has signed yet; {_all_of(signers)} {_have(sum(signers.values()) > 1)}"
    parts = [_signed(group, signers[group], count) for group, count in signed.items() if count]
    still = [f"{_all_of(waits)} still {_have(sum(waits.values()) > 1)}"] if waits else []
    return "; ".join([*parts, *still])


def _all_of(signers: Signers) -> str:
    return _join([f"{'one' if count == 1 else count} of {group}" for group, count in sorted(signers.items())])


def _signed(group: str, wanted: int, signed: int) -> str:
    if wanted == 1:
        return f"one of {group} has signed"
    return f"{signed} of {wanted} {group} {'has' if signed == 1 else 'have'} signed"


def _have(many: bool) -> str:  # noqa: FBT001 - one or many is all it asks
    return "have to" if many else "has to"


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
