"""The pictures of the README and the guides: rendered by every run, written by one with DAYPASS_SCREENSHOTS=1."""

import os
from pathlib import Path
from typing import Final

import pytest

from portal.embedded.state import CHECKOUT
from tests.e2e.acts import Ready, ask, make_ready, open_and_type
from tests.e2e.conftest import Open
from tests.e2e.site import Site
from tests.e2e.visitor import Visitor

IMAGES: Final = CHECKOUT / "docs" / "images"
LOOK: Final = {"viewport": {"width": 1040, "height": 780}, "color_scheme": "light", "reduced_motion": "reduce"}
SMALL: Final = 150_000
SIGNATURE: Final = b"\x89PNG\r\n"


def picture(visitor: Visitor, name: str) -> None:
    """What is on the screen, and small enough for a README; kept where asked for."""
    image = visitor.page.screenshot(animations="disabled", caret="hide")
    assert image.startswith(SIGNATURE)
    assert 10_000 < len(image) < SMALL
    if os.environ.get("DAYPASS_SCREENSHOTS") == "1":
        IMAGES.mkdir(exist_ok=True)
        (IMAGES / f"{name}.png").write_bytes(image)


@pytest.fixture
def ready(visit: Open, site: Site) -> Ready:
    return make_ready(site, visit("carol"), visit("bob"))


def test_the_approvers_card(visit: Open) -> None:
    asked = ask(visit("carol"))
    bob = visit("bob", **LOOK)
    bob.go(f"/approvals/{asked.reference}/")
    bob.expect("You sign exactly what is written on this page")
    picture(bob, "approvers-card")


def test_the_credentials_page(visit: Open, ready: Ready) -> None:
    recipient = visit(**LOOK)
    open_and_type(recipient, ready)
    picture(recipient, "credentials")


def test_the_contractors_status_page(visit: Open, ready: Ready) -> None:
    carol = visit("carol", **LOOK)
    carol.go(f"/requests/{ready.reference}/")
    carol.expect("Credentials issued, link mailed")
    picture(carol, "status")


def test_the_auditors_story(visit: Open, ready: Ready) -> None:
    otto = visit("otto", **LOOK)
    otto.go(f"/audit/{ready.reference}/")
    otto.expect("audit rows of this grant hold")
    picture(otto, "story")


@pytest.mark.parametrize(
    "guide", [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))], ids=lambda p: p.name
)
def test_every_picture_that_is_shown_is_there(guide: Path) -> None:
    shown = [part.split(")")[0] for part in guide.read_text().split("](")[1:] if part.split(")")[0].endswith(".png")]
    assert not [name for name in shown if not (guide.parent / name).is_file()]
