"""What the doctor says, for tests that break one thing and look for its line."""

from collections.abc import Iterable

from grants.values import Finding


def said(findings: Iterable[Finding], words: str) -> Finding:
    """The one finding about ``words``."""
    found = list(findings)
    about = [finding for finding in found if words in finding.what]
    assert len(about) == 1, [f"{finding.level} {finding.what}" for finding in found]
    return about[0]


def troubles(findings: Iterable[Finding]) -> list[str]:
    """What is not well."""
    return [f"{finding.level} {finding.what}" for finding in findings if finding.level != "ok"]
