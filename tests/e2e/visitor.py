"""One person at one Chromium: uses the keyboard, and notices what the browser complains about."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response

STOPS: Final = 120  # more tab stops than any page has
WATCH: Final = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sample} at ${event.sourceFile}`);
});
"""
FOCUSED: Final = "(element) => element === document.activeElement"


class Visitor:
    """A context of its own: nobody else's cookies. ``complaints`` are violations of the policy and script errors."""

    def __init__(self, context: BrowserContext, base: str, digits: Callable[[str], str]) -> None:
        """``base`` is the portal's address, ``digits`` what somebody's authenticator app shows."""
        self.context = context
        self.base = base
        self.digits = digits
        self.complaints: list[str] = []
        self.visited: list[str] = []
        context.add_init_script(WATCH)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._note)

    def _hear(self, message: ConsoleMessage) -> None:
        # "Failed to load resource" is how Chromium speaks of a 4xx page, which the tests open on purpose.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.visited.append(response.url)

    def go(self, path: str) -> Page:
        """Type an address."""
        self.page.goto(path if path.startswith("http") else f"{self.base}{path}")
        return self.page

    def reach(self, target: Locator) -> Locator:
        """Press Tab until ``target`` has the focus."""
        for _ in range(STOPS):
            if target.evaluate(FOCUSED):
                return target
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached with Tab at {self.page.url}")

    def write(self, label: str, text: str) -> None:
        """Into the field of that label, over what stands there."""
        self.reach(self.page.get_by_label(label, exact=False).first)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def press(self, name: str, role: str = "button") -> None:
        """Enter on the button, or on what else has that role and name; waits for the page that it leads to."""
        target = self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # Playwright lists the roles as literals
        self.reach(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def follow(self, name: str) -> None:
        """Enter on a link."""
        self.press(name, "link")

    @property
    def words(self) -> str:
        """What the page says."""
        return " ".join(self.page.locator("body").inner_text().split())

    def expect(self, words: str) -> None:
        """The page says this."""
        assert words.lower() in self.words.lower(), f"{self.page.url}: {self.words[:800]}"
