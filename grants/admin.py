"""Every record to look at, none to change: the Django admin never goes around a flow."""

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

if TYPE_CHECKING:
    Base = admin.ModelAdmin[models.Model]
else:
    Base = admin.ModelAdmin  # generic for the type checker only

# Sealed bytes, digests of secrets and password hashes are of no use to a reader and of some to a thief.
HIDDEN: Final = frozenset({"password", "ciphertext", "sealed", "token_digest", "code_digest", "public_key", "salt"})


class ReadOnlyAdmin(Base):
    """Lists and shows; adds, changes and deletes nothing, whatever rights the account has."""

    actions: ClassVar[list[str]] = []
    list_per_page = 50
    show_full_result_count = False

    def __init__(self, model: type[models.Model], site: admin.AdminSite) -> None:
        """Show every column that is not hidden; list the short ones."""
        super().__init__(model, site)
        shown = [field for field in self.opts.get_fields() if is_shown(field)]
        self.fields = [field.name for field in shown]
        self.list_display = ["__str__", *(field.name for field in shown if is_short(field))][:8]
        self.list_select_related = True

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


for model in apps.get_app_config("grants").get_models():
    admin.site.register(model, ReadOnlyAdmin)
