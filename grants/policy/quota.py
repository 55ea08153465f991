"""How much may be asked for: each limit is a value with one question."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """At most ``most``, in whatever unit it counts."""

    most: int

    def has_room(self, used: int, more: int = 1) -> bool:
        """Whether ``more`` still fits beside what is used."""
        return used + more <= self.most


@dataclass(frozen=True, slots=True)
class Use:
    """A quota, what is used of it and what would be; refused, ``sentence`` stands at ``field`` and says the way on."""

    quota: Quota
    used: int
    more: int
    field: str
    sentence: str

    @property
    def fits(self) -> bool:
        """Whether the quota has room."""
        return self.quota.has_room(self.used, self.more)
