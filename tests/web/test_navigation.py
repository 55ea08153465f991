"""Which entry of the navigation a page lies under: also one that lies elsewhere, and none where none fits."""

import pytest

from tests.factories import make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "path", "entry"),
    [
        ("carol", "/", "Home"),
        ("carol", "/requests/", "My requests"),
        ("carol", "/requests/{reference}/", "My requests"),
        ("carol", "/requests/new/acme-drop/", "Ask for access"),
        ("carol", "/accounts/2fa/", "Account"),
        ("carol", "/terms/", ""),
        ("bob", "/approvals/{reference}/", "Approvals"),
        ("bob", "/windows/new/", "Approvals"),
        ("bob", "/deputies/", "Approvals"),
        ("bob", "/notifications/", "Account"),
        ("bob", "/accounts/logout/", ""),
        ("otto", "/windows/", "Audit"),
        ("ada", "/limits/person/", "Templates"),
        ("ada", "/webhooks/new/", "Templates"),
    ],
)
def test_the_entry_that_a_page_lies_under_is_marked(who: str, path: str, entry: str) -> None:
    world = make_world()
    reference = make_request(world).grant.reference
    page = read(client_of(getattr(world, who)).get(path.format(reference=reference)))
    marked = page.soup.select("nav[aria-label='Main'] a[aria-current='page']")
    assert [each.get_text(strip=True) for each in marked] == ([entry] if entry else [])
