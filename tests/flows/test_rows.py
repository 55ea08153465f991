"""An instance that a query of our own read is what Django would have made of the same columns."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import JSONField, Model
from django.db.models.signals import post_init, pre_init
from django.test.utils import CaptureQueriesContext

from grants import queries
from grants.models import Grant, OutboxMail, PickupLink
from grants.models.rows import Join, Reading, field_of, first_row, some_fields
from tests.factories import Issued, make_issued, make_world

MODELS = list(apps.get_app_config("grants").get_models())


@pytest.fixture
def issued() -> Issued:
    return make_issued(make_world())


def made_up(model: type[Model], names: tuple[str, ...]) -> list[Any]:
    fields = [field_of(model, name) for name in names]
    return ['{"a": [1]}' if isinstance(field, JSONField) else f"a {field.name}" for field in fields]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_it_holds_what_from_db_would_have_put_into_it(model: type[Model]) -> None:
    for names in (some_fields(model), (field_of(model, "pk").name,)):
        values = made_up(model, names)
        attributes = [field_of(model, name).attname for name in names]
        theirs = vars(model.from_db("default", attributes, [*values]))
        ours = vars(Reading(model, names).instance_of(values))
        assert list(ours) == ["_state", *attributes]
        states = [each.pop("_state") for each in (ours, theirs)]
        assert [(state.adding, state.db, state.fields_cache) for state in states] == [(False, "default", {})] * 2
        parsed = {field.attname for field in model._meta.concrete_fields if isinstance(field, JSONField)}
        assert {**theirs, **{name: {"a": [1]} for name in parsed & set(ours)}} == ours


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_none_of_our_models_wants_to_know_when_it_is_made(model: type[Model]) -> None:
    assert model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]  # a class method's
    assert model.__init__ is Model.__init__
    assert not pre_init.has_listeners(model)
    assert not post_init.has_listeners(model)


@pytest.mark.django_db
def test_what_was_not_read_is_read_when_it_is_asked_for(issued: Issued) -> None:
    row = first_row("SELECT id, state FROM grants_grant WHERE id = %s", [issued.grant.pk])
    grant: Grant = Reading(Grant, ("id", "state")).instance_of(row or ())
    assert {"reference", "vendor_id"} <= grant.get_deferred_fields()
    assert not {"id", "state"} & grant.get_deferred_fields()
    assert (grant, grant.reference, grant.vendor) == (issued.grant, issued.grant.reference, issued.grant.vendor)
    grant.tries = 3
    grant.save(update_fields=["tries"])
    issued.grant.refresh_from_db()
    grant.refresh_from_db(fields=["tries"])
    assert (grant.tries, issued.grant.tries) == (3, 3)


@pytest.mark.django_db
def test_what_is_joined_is_set_as_django_sets_it(issued: Issued) -> None:
    ours = queries.opened_link(issued.link.pk, issued.token, is_locked=False).link
    theirs = PickupLink.objects.select_related("grant__recipient", "grant__vendor").get(pk=ours.pk)
    for one, other in ((ours, theirs), (ours.grant, theirs.grant)):
        assert one._state.fields_cache == other._state.fields_cache
    assert ours.grant.recipient.vendor is ours.grant.vendor
    assert ours.grant_id == ours.grant.pk == issued.grant.pk


@pytest.mark.django_db
def test_an_outer_join_that_found_nothing_sets_none() -> None:
    """A mail about no grant; what is not a key's name is set as it is called."""
    join = Join(("", "m", OutboxMail, ("id", "grant")), ("grant", "g", Grant, ("id",)), ("other", "h", Grant, ("id",)))
    mail, rest = join.read((1, None, None, 2, "left"))
    assert (mail.pk, mail.grant_id, mail.grant, mail.other.pk, rest) == (1, None, None, 2, ("left",))


@pytest.mark.django_db
def test_a_row_in_binary_says_the_same(issued: Issued) -> None:
    """As text it comes to whoever looks on."""
    opened = [queries.opened_link(issued.link.pk, issued.token, is_locked=False)]
    with CaptureQueriesContext(connection):
        opened += [queries.opened_link(issued.link.pk, issued.token, is_locked=False)]
    parts = [
        [each.link, each.sealed, each.link.grant, each.link.grant.recipient, each.link.grant.vendor] for each in opened
    ]
    for one, other in zip(*parts, strict=True):
        ours, theirs = ({**vars(each), "_state": None, "sealed_one": None} for each in (one, other))
        assert {name: (value, type(value)) for name, value in ours.items()} == {
            name: (value, type(value)) for name, value in theirs.items()
        }
