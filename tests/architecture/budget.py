"""The size budget: files and functions stay small enough to be read in one go."""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
PRODUCT, TESTS = ("grants", "portal"), ("tests",)
KINDS = ("file", "function")
MOST = (350, 45)
USUAL = ((100, 200), (8, 25))  # median, ninth decile


def python_files(*, folders: Sequence[str]) -> list[Path]:
    """Every Python file below ``folders``; migrations are generated and do not count."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name with line, and length in lines, of each function in ``path``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def lengths(*, folders: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Lines of each non-empty file, and of each function, below ``folders``."""
    files = python_files(folders=folders)
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    return {name: size for name, size in sizes.items() if size}, dict(row for path in files for row in functions(path))


def usual(sizes: dict[str, int]) -> tuple[float, float]:
    """Median and ninth decile of ``sizes``."""
    values = sorted(sizes.values())
    return median(values), quantiles(values, n=10, method="inclusive")[8]


def problems() -> list[str]:
    """What is over the budget, one sentence each."""
    found = []
    for folders in (PRODUCT, TESTS):
        for kind, sizes, most in zip(KINDS, lengths(folders=folders), MOST, strict=True):
            found += [f"{name}: {kind} of {size} lines, at most {most}" for name, size in sizes.items() if size > most]
    for kind, sizes, goal in zip(KINDS, lengths(folders=PRODUCT), USUAL, strict=True):
        if any(is_now > aimed for is_now, aimed in zip(usual(sizes), goal, strict=True)):
            found.append(f"{kind}s have median and ninth decile {usual(sizes)}, at most {goal}")
    return found


def summary() -> str:
    """The distribution in one line."""
    files, named = lengths(folders=PRODUCT)
    (file_median, file_p90), (median_, p90) = usual(files), usual(named)
    return (
        f"{len(files)} files {file_median:.0f}/{file_p90:.0f}/{max(files.values())} lines, "
        f"{len(named)} functions {median_:.0f}/{p90:.0f}/{max(named.values())} (median/p90/max)"
    )


if __name__ == "__main__":
    print(*problems(), summary(), sep="\n")
    sys.exit(bool(problems()))
