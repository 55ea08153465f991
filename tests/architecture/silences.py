"""Whoever silences a check says why, on the same line."""

import re
from typing import Final

from tests.architecture.budget import PRODUCT, ROOT, TESTS, python_files

SILENCED: Final = re.compile(r"# (?:noqa\b[^#-]*|type: ignore(?:\[[^]]*\])?)(?P<why>.*)")
REASON: Final = re.compile(r"\s*[-#]+\s+\S.*")


def problems() -> list[str]:
    """Each line that silences a check without a reason."""
    return [
        f"{path.relative_to(ROOT)}:{number}: say in a few words why this is silenced"
        for path in python_files(folders=PRODUCT + TESTS)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (found := SILENCED.search(line)) and not REASON.fullmatch(found["why"])
    ]
