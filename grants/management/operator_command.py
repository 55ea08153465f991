"""What the operator's commands share: one flow, its answer printed, its refusal as one sentence."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grants.errors import FieldError, GrantError


class OperatorCommand(BaseCommand):
    """Runs ``work``; the audit log says that an operator did it."""

    def handle(self, *_: Any, **options: Any) -> None:
        """Print what ``work`` says."""
        try:
            self.stdout.write(self.work(**options))
        except FieldError as error:
            raise CommandError(f"{error.field}: {error.field_sentence}") from error
        except GrantError as error:
            raise CommandError(f"{error.sentence} {error.way_on}".strip()) from error

    def work(self, **options: Any) -> str:
        """One flow, and what to tell the operator."""
        raise NotImplementedError
