"""Checks over the repository's own texts: the pins, the generated diagram, words that must not stand anywhere."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from grants import lifecycle

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("grants", "portal", "templates", "static", "tests", "deploy", "docs", "requirements", ".ci")
STORY = ROOT / "grants" / "README.md"
FENCE = re.compile(r"(?<=```mermaid\n).*?(?=\n```)", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NOT_OURS = re.compile(r"\.coverage.*|\.git")  # a linked work tree's .git is a file
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(?P<version>\S+)", re.MULTILINE)

UNWANTED = {  # this table is the one place where they stand
    "a path of one machine": r"(?<![\w.])/(?:work|root|home/(?!you/)\w+)/",
    "eager Celery: the queue must be the real one": r"(?i)always_eager",
    "SQLite: the database must be the real one": r"(?i)sqlite3|backends\.sqlite",
    "a package registry's address": r"files\.pythonhosted|pypi\.org/simple|--(?:extra-)?index-url",
    "an unfinished place": r"\b(?:TODO|FIXME|XXX)\b",
}


def texts() -> Iterator[tuple[Path, str]]:
    """Every file of the project as text; vendored and compiled ones aside, and this one."""
    paths = [path for path in ROOT.iterdir() if path.is_file() and not NOT_OURS.fullmatch(path.name)]
    paths += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in paths:
        if path != Path(__file__).resolve() and not {"__pycache__", "vendor"} & set(path.parts):
            yield path.relative_to(ROOT), path.read_bytes().decode(errors="ignore")


def word_problems() -> list[str]:
    """Where a word stands that must not stand anywhere."""
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]!r} is {why}"
        for path, text in texts()
        for why, pattern in UNWANTED.items()
        for found in re.finditer(pattern, text)
    ]


def link_problems() -> list[str]:
    """Where a page of the documentation leads to a file that is not there."""
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[1]} leads nowhere"
        for path, text in texts()
        if path.suffix == ".md"
        for found in LINK.finditer(text)
        if ":" not in found[1] and not (ROOT / path.parent / found[1]).exists()
    ]


def pins(name: str) -> dict[str, str]:
    """Package → version of requirements/``name``.txt."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {found["name"].lower().replace("_", "-"): found["version"] for found in PIN.finditer(text)}


def form_problems() -> list[str]:
    """Lines of the pinned requirements that are neither a pin nor a hash, and pins without a hash."""
    found = []
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        for block in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", path.read_text()).strip()):
            pin, *hashes = [line.strip().removesuffix("\\").strip() for line in block.splitlines()]
            if not PIN.match(pin) or "@" in pin or not hashes:
                found.append(f"{path.name}: {pin!r} is not a pin with hashes")
            found += [f"{path.name}: {row!r}" for row in hashes if not re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", row)]
    return found


def pin_problems() -> list[str]:
    """Where the pins and pyproject.toml disagree, or the pins among themselves."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {"base": project["dependencies"], **project["optional-dependencies"]}
    found = form_problems()
    for name, rows in wanted.items():
        pinned = pins(name)
        for want in map(Requirement, rows):
            version = pinned.get(want.name.lower(), "")
            if not version or version not in want.specifier:
                found.append(f"{name}.txt pins {want.name} at {version or 'nothing'}, pyproject.toml wants {want}")
    base, dev = pins("base"), pins("dev")
    return found + [f"base.txt and dev.txt differ in {name}" for name in base if dev.get(name) != base[name]]


def diagram_problems() -> list[str]:
    """The diagram in grants/README.md is the lifecycle's own."""
    drawn = FENCE.search(STORY.read_text()) if STORY.exists() else None
    if drawn and drawn[0] == lifecycle.diagram():
        return []
    return ["grants/README.md does not show the lifecycle as it is; make fix draws it again"]


def write_diagram() -> None:
    """Draw the lifecycle into grants/README.md again."""
    STORY.write_text(FENCE.sub(lambda _: lifecycle.diagram(), STORY.read_text()))


if __name__ == "__main__" and sys.argv[1:] == ["fix"]:
    write_diagram()
