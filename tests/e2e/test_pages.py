"""Every page in light, in dark and at 320 px: no accessibility finding, nothing to scroll sideways, all by keyboard."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Open
from tests.e2e.places import PLACES, Place, make_objects
from tests.e2e.rare_places import RARE, make_rare_objects
from tests.e2e.site import Site, open_visitor

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
WAYS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 1280),
    ("dark", 1280),
    ("light", 320),
    ("dark", 320),
)
DATE_PARTS = 10  # stops inside of fields for dates
FROM_THE_TOP = (
    "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"
)
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > room + 1);
  return wide.slice(-5).map((each) => each.outerHTML.slice(0, 120));
}"""
NO_ARROW = """() => [...document.querySelectorAll("select:not([multiple], [size])")]
  .filter((each) => getComputedStyle(each).backgroundImage === "none").map((each) => each.id)"""
# axe leaves out what is disabled; it is read all the same.
FAINT = """() => {
  const light = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map((each) => each / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0.05);
  return [...document.querySelectorAll("input:disabled, select:disabled, textarea:disabled")].filter((each) => {
    const style = getComputedStyle(each), [a, b] = [light(style.color), light(style.backgroundColor)];
    return Math.max(a, b) / Math.min(a, b) < 4.5;
  }).map((each) => each.id);
}"""
# Colours fade over. Not waited for: a window that the browser does not draw fades nothing, for as long as it likes.
AT_REST = """() => {
  for (const each of document.getAnimations()) {
    if (each.effect.getComputedTiming().endTime === Infinity) each.cancel(); else each.finish();
  }
}"""
FOCUSABLE = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
  const radios = new Set();
  return all.filter((each) => {
    if (each.disabled || each.type === "hidden" || each.tabIndex < 0 || !each.checkVisibility()) return false;
    if (each.type !== "radio") return true;
    return !radios.has(each.name) && radios.add(each.name);
  }).length;
}"""
STOP = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  if (at === document.body) return null;
  if (at === window.lastStop) return { within: true };  // day, month and year of one field for a date
  window.lastStop = at;
  const seen = at.dataset.seen; at.dataset.seen = "1";
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const box = at.getBoundingClientRect();
  return { again: !!seen, shown: outlined || style.boxShadow !== "none", visible: box.width > 0 && box.bottom > 0,
           what: at.outerHTML.slice(0, 120) };
}"""


@pytest.fixture(scope="module")
def objects(chromium: Browser, site: Site) -> dict[str, str]:
    carol, bob, recipient = (open_visitor(chromium, site, name) for name in ("carol", "bob", ""))
    return make_objects(site, carol, bob, recipient) | make_rare_objects(site, carol, bob, recipient)


def findings(page: Page) -> list[str]:
    """What axe and the eye for width find, in every way of looking."""
    found = []
    for scheme, width in WAYS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(AT_REST)
        result = Axe().run(page, options=WCAG)
        for violation in result.response["violations"]:
            where = [str(node["html"])[:160] for node in violation["nodes"]][:3]
            found.append(f"{scheme} {width}: {violation['id']}: {violation['help']}: {where}")
        found += [f"{scheme} {width}: too wide: {html}" for html in page.evaluate(TOO_WIDE)]
        found += [f"{scheme} {width}: hard to read: {each}" for each in page.evaluate(FAINT)]
        found += [f"{scheme} {width}: a list without its arrow: {each}" for each in page.evaluate(NO_ARROW)]
    return found


def stops(page: Page) -> list[str]:
    """Walk through the page with Tab; what is wrong with the focus on the way."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(reduced_motion="reduce")  # else the page is still on its way to what has the focus
    page.evaluate(FROM_THE_TOP)
    wanted, reached, wrong = int(page.evaluate(FOCUSABLE)), 0, []
    for _ in range(wanted + 5 + DATE_PARTS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop and "within" in stop:
            continue
        if stop is None or stop["again"]:
            break
        reached += 1
        wrong += [] if stop["shown"] and stop["visible"] else [f"the focus is not to be seen on {stop['what']}"]
    return [*wrong, f"{reached} of {wanted} are reached by Tab"] if wrong or reached < wanted else []


@pytest.mark.parametrize("place", [*PLACES, *RARE], ids=lambda place: place.name)
def test_the_page_is_for_everybody(visit: Open, objects: dict[str, str], place: Place) -> None:
    visitor = visit(place.who)
    place.visit(visitor, objects)
    assert not findings(visitor.page)
    assert not stops(visitor.page)


def test_the_skip_link_leads_to_the_content(visit: Open) -> None:
    visitor = visit()
    visitor.go("/accounts/login/code/")
    visitor.page.evaluate(FROM_THE_TOP)
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to the main content")
    assert skip.is_visible()
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.locator("main :focus").count() == 1
