"""A template from its first word to its retirement, by keyboard alone, with the real worker and the stand-in's STS."""

import pytest

from tests.e2e.acts import prove_if_asked
from tests.e2e.conftest import Open
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(300)


def tick(visitor: Visitor, label: str) -> None:
    """Space on a box or a choice."""
    visitor.reach(visitor.page.get_by_label(label, exact=False).first)
    visitor.page.keyboard.press("Space")


def choose(visitor: Visitor, label: str) -> None:
    """With the arrows, from the choice that is made to another of its group."""
    target = visitor.page.get_by_label(label, exact=False).first
    group = visitor.page.locator(f"input[name='{target.get_attribute('name')}']:checked")
    visitor.reach(group)
    while not target.is_checked():
        visitor.page.keyboard.press("ArrowDown")


def publish(visitor: Visitor, number: int) -> None:
    visitor.follow("Publish…")
    visitor.press(f"Publish version {number}")
    prove_if_asked(visitor, "ada", "Publish")
    visitor.expect(f"Version {number} is published.")


def measure(visitor: Visitor) -> None:
    """The page looks again by itself."""
    visitor.press("Test with STS")
    visitor.page.get_by_text("STS takes this draft").wait_for()


def test_a_template_is_written_tested_published_compared_and_retired_by_keyboard(visit: Open) -> None:
    ada = visit("ada")
    ada.go("/templates/")
    ada.follow("New template")
    ada.follow("Files in buckets")
    ada.write("Name", "Keyboard shelf")
    ada.write("Buckets", "acme-drop")
    ada.write("Prefix", "out")
    ada.page.get_by_text("The prefix ends in /").first.wait_for()  # while it is typed
    ada.press("Save as draft")
    ada.expect("There is a problem")
    ada.write("Prefix", "out/")
    ada.page.get_by_text("List and read files under s3://acme-drop/out/, over HTTPS only for up to 4 hours.").wait_for()
    tick(ada, "Acme Robotics")
    ada.press("Save as draft")
    ada.expect("The draft is saved.")
    measure(ada)
    publish(ada, 1)
    ada.follow("Write the next version")
    choose(ada, "Drop box")
    ada.page.get_by_text("warning", exact=True).first.wait_for()
    ada.write("Why may this stand?", "The recipient's mailbox is behind a passkey.")
    ada.press("Save as draft")
    ada.follow("What it changes")
    ada.expect("From version 1 to the draft")
    ada.expect("taken away")
    ada.follow("Keyboard shelf")
    measure(ada)
    publish(ada, 2)
    ada.follow("Retire…")
    ada.write("Why it is retired", "Only a test needed it.")
    ada.press("Retire")
    prove_if_asked(ada, "ada", "Retire")
    ada.expect("Nobody can ask for it any more.")
    assert not ada.complaints
