"""Every record to look at, none to change: the Django admin never goes around a flow."""

from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

if TYPE_CHECKING:
    Base = admin.ModelAdmin[models.Model]
else:
    Base = admin.ModelAdmin  # generic for the type checker only

COLUMNS: Final = 8
# Sealed bytes, digests of secrets and password hashes are of no use to a reader and of some to a thief.
HIDDEN: Final = frozenset(
    {"password", "ciphertext", "sealed", "token_digest", "code_digest", "public_key", "salt", "data"}
)


class ReadOnlyAdmin(Base):
    """Lists and shows; adds, changes and deletes nothing, whatever rights the account has."""

    list_per_page = 50
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        """Every column that is not hidden."""
        del request, obj
        return tuple(field.name for field in self.opts.get_fields() if is_shown(field))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The first short columns."""
        del request
        short = (field.name for field in self.opts.get_fields() if is_shown(field) and is_short(field))
        return ("__str__", *short)[:COLUMNS]

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        """What the columns name, one step far: all there is to follow would be a join of up to thirty tables."""
        shown = self.get_list_display(request)
        return tuple(field.name for field in self.opts.get_fields() if field.many_to_one and field.name in shown)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        del request, obj
        return False


def is_shown(field: Any) -> bool:  # noqa: ANN401 - Django's fields share no typed base
    """A column of the model's own table, or a many-to-many, that holds no secret."""
    return bool(field.concrete) and not field.auto_created and field.name not in HIDDEN


def is_short(field: Any) -> bool:  # noqa: ANN401 - the same
    """Fits a column of a list."""
    return not field.many_to_many and not isinstance(field, models.TextField | models.JSONField | models.UUIDField)


# What Django and allauth registered before us as well: a group or a second factor given here would be given by no flow.
for model in list(admin.site._registry):  # noqa: SLF001 - the list has no public name
    admin.site.unregister(model)
    admin.site.register(model, ReadOnlyAdmin)
for model in apps.get_app_config("grants").get_models():
    admin.site.register(model, ReadOnlyAdmin)
