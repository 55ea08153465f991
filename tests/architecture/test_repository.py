"""The static checks find what they are for: each is shown something bad once."""

from pathlib import Path

import pytest

from tests.architecture import budget, repository

A_HASH = "    --hash=sha256:" + "0" * 64


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("grants", "portal", "tests", "requirements"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    monkeypatch.setattr(repository, "STORY", tmp_path / "grants" / "README.md")
    monkeypatch.setattr(budget, "ROOT", tmp_path)
    return tmp_path


def test_a_long_file_and_a_long_function_are_named(elsewhere: Path) -> None:
    body = "\n".join(f"    a{n} = {n}" for n in range(400))
    (elsewhere / "grants" / "long.py").write_text(f"def endless():\n{body}\n")
    (elsewhere / "portal" / "short.py").write_text("def brief(): ...\n")
    found = "\n".join(budget.problems())
    assert "grants/long.py: file of 401 lines, at most 350" in found
    assert "grants/long.py:1 endless: function of 401 lines, at most 45" in found


@pytest.mark.parametrize(
    "text",
    [
        "cd /wo" + "rk/here",
        "CELERY_TASK_ALWAYS" + "_EAGER = True",
        '"django.db.backends.sql' + 'ite3"',
        "pip install --index" + "-url x",
        "# TO" + "DO later",
    ],
)
def test_an_unwanted_word_is_named_with_its_line(elsewhere: Path, text: str) -> None:
    (elsewhere / "portal" / "page.py").write_text("fine\n" + text)
    assert [found.split(": ")[0] for found in repository.word_problems()] == ["portal/page.py:2"]


@pytest.mark.parametrize("text", ["https://host/work/x is a page", "# a network /rootless/ way", "mastodon"])
def test_an_innocent_word_is_left_alone(elsewhere: Path, text: str) -> None:
    (elsewhere / "portal" / "page.py").write_text(text)
    assert repository.word_problems() == []


def test_a_link_of_a_page_that_leads_nowhere_is_named(elsewhere: Path) -> None:
    (elsewhere / "grants" / "page.py").write_text("")
    (elsewhere / "grants" / "README.md").write_text("[a](page.py) [b](page.py#top) [c](https://host/d)\n[e](gone.py)\n")
    assert repository.link_problems() == ["grants/README.md:2: gone.py leads nowhere"]


@pytest.mark.parametrize(
    "text",
    [
        "django==5.2.1",
        f"django>=5.2 \\\n{A_HASH}",
        f"django @ https://host/django.whl \\\n{A_HASH}",
        f"--extra-option https://host\ndjango==5.2.1 \\\n{A_HASH}",
        "django==5.2.1 \\\n    --hash=md5:0",
    ],
)
def test_a_requirement_without_pin_or_hash_is_named(elsewhere: Path, text: str) -> None:
    (elsewhere / "requirements" / "base.txt").write_text(text)
    assert repository.form_problems()


def test_a_pin_outside_the_project_s_range_is_named(elsewhere: Path) -> None:
    extras = 'dev = []\nstandin = ["ministack==1.5.*"]'
    listed = f'[project]\ndependencies = ["Django==5.2.*"]\n[project.optional-dependencies]\n{extras}\n'
    (elsewhere / "pyproject.toml").write_text(listed)
    for name, pin in {"base": "django==6.0", "dev": "django==6.0", "standin": "other==1"}.items():
        (elsewhere / "requirements" / f"{name}.txt").write_text(f"{pin} \\\n{A_HASH}\n")
    assert repository.pin_problems() == [
        "base.txt pins Django at 6.0, pyproject.toml wants Django==5.2.*",
        "standin.txt pins ministack at nothing, pyproject.toml wants ministack==1.5.*",
    ]


def test_an_old_diagram_is_named_and_drawn_again(elsewhere: Path) -> None:
    story = elsewhere / "grants" / "README.md"
    story.write_text("before\n```mermaid\nan old drawing\n```\nafter\n")
    assert repository.diagram_problems()
    repository.write_diagram()
    assert repository.diagram_problems() == []
    assert story.read_text().startswith("before\n```mermaid\nstateDiagram-v2\n")
