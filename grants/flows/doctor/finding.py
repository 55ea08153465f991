"""A finding of each level."""

from grants.values import Finding


def ok(what: str) -> Finding:
    """As it should be."""
    return Finding("ok", what)


def warned(what: str, mend: str) -> Finding:
    """Works, or cannot be looked at from here; somebody should know."""
    return Finding("warn", what, mend)


def failed(what: str, mend: str) -> Finding:
    """Does not work, or does not hold."""
    return Finding("FAIL", what, mend)
