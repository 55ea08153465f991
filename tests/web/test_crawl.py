"""GET and HEAD move nothing: whoever opens whatever address, every table stays as it was."""

from http import HTTPStatus

import pytest
from django.db import connection

from grants.models import AuditEvent, PickupLink
from tests.factories import make_world
from tests.web.crowd import ROLES, browser_of, make_crowd, make_objects, models_in_admin
from tests.web.matrix import MATRIX

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("absent_company")]

# A session remembers where somebody has been; the cache counts requests for the rate limits.
ASIDE = ("django_session", "daypass_cache")
# That a link was opened is a fact on record, and the only one that opening anything writes.
OPENED = "(SELECT id FROM grants_auditevent WHERE kind = 'link.opened')"
BUT_OPENED = {
    "grants_auditevent": f"WHERE id NOT IN {OPENED}",
    "grants_auditpersonal": f"WHERE event NOT IN {OPENED}",
    "grants_audithead": "WHERE false",  # the number of the last row
}


def everything() -> dict[str, str]:
    """Every table's rows as one digest."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in ASIDE:
                rows = f"{table} t {BUT_OPENED.get(table, '')}"
                cursor.execute(f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {rows}")  # noqa: S608 - a table of our own
                found[table] = str(cursor.fetchone())
    return found


def addresses(role: str) -> list[str]:
    """Every address, of every model where Django's admin is open."""
    models = [(start, str(row and row.pk)) for start, row in models_in_admin()][: None if role == "root" else 1]
    paths = [row.address for row in MATRIX]
    return [path.replace("{model}", start).replace("{row}", pk) for path in paths for start, pk in models or [("", "")]]


@pytest.mark.parametrize("role", ROLES)
def test_opening_every_address_moves_nothing(role: str) -> None:
    world, crowd = make_crowd()
    objects, browser = make_objects(world), browser_of(role, crowd[role])
    before, moved = everything(), []
    for path in dict.fromkeys(address.format(**objects) for address in addresses(role)):
        for open_it in (browser.get, browser.head):
            assert open_it(path).status_code < HTTPStatus.INTERNAL_SERVER_ERROR, path
        if (after := everything()) != before:
            moved.append(f"{path}: {sorted(table for table in after if after[table] != before[table])}")
            before = after
    assert not moved
    assert AuditEvent.objects.filter(kind="link.opened").exists() == (role != "unenrolled")  # who is let in nowhere yet


def test_opening_every_address_with_the_links_cookie_reveals_nothing() -> None:
    objects, browser = make_objects(make_world()), browser_of("anonymous", None)
    browser.get(f"/pickup/open/{objects['token']}/")
    before = everything()
    for _ in range(50):
        assert browser.get(f"/pickup/{objects['link_id']}/").status_code == HTTPStatus.OK
        assert browser.head(f"/pickup/{objects['link_id']}/").status_code == HTTPStatus.OK
    assert everything() == before


def test_the_digest_of_everything_sees_a_change_of_one_column() -> None:
    make_objects(make_world())
    before = everything()
    PickupLink.objects.update(tries=1)
    after = everything()
    assert [table for table in after if after[table] != before[table]] == ["grants_pickuplink"]
