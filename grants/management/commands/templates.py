"""``manage.py templates check|diff|apply|export``: templates as files, for whoever keeps them under version control."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grants import queries
from grants.errors import FieldErrorsError
from grants.flows.templates import Review, findings_in, review_document, save_draft_as_operator
from grants.models import GrantTemplate, TemplateVersion
from grants.policy.render import render_policy
from grants.policy.template import changes_between, document_of, from_yaml, lines_between, to_yaml

ENDINGS: Final = frozenset({".yaml", ".yml"})
WRONG: Final = 1
DIFFERS: Final = 2


class Command(BaseCommand):
    """The same reading, the same findings as the editor. ``apply`` writes drafts and publishes nothing."""

    help = "Check, compare, apply (as drafts) or export templates as YAML files; exit status 1: wrong, 2: differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which file or folder."""
        parser.add_argument("what", choices=["check", "diff", "apply", "export"])
        parser.add_argument("path", type=Path, help="a file, or a folder whose .yaml files are taken in order")

    def handle(self, *_: Any, **options: Any) -> None:
        """Every file is looked at before anything is written: a wrong one stops all."""
        what, path = options["what"], options["path"]
        if what == "export":
            self._export(path)
            return
        reviews = [(file, self._review(file)) for file in _files(path)]
        if any(review is None for _, review in reviews):
            raise CommandError("A template cannot be published as it stands.", returncode=WRONG)
        known = [(file, review) for file, review in reviews if review is not None]
        acts = {"check": lambda *_: False, "diff": self._differs, "apply": self._apply}
        answers = [acts[what](file, review) for file, review in known]
        if any(answers):
            sys.exit(DIFFERS)

    def _review(self, file: Path) -> Review | None:
        """None, with what is wrong said, where it could not be published but for its test with STS."""
        document: Mapping[str, Any] = {}
        try:
            document = from_yaml(file.read_bytes())
            review = review_document(document)
        except FieldErrorsError as error:
            for each in error.errors:
                self.stderr.write(f"{file}: {each.field or 'file'}: {each.field_sentence}")
            for finding in findings_in(document):
                self.stderr.write(f"{file}: {finding.severity} [{finding.code}] {finding.where}: {finding.sentence}")
            return None
        except OSError as error:
            self.stderr.write(f"{file}: {error.strerror}")
            return None
        stops = (*review.errors, *review.unexplained)
        for finding in review.findings:
            said = "error" if finding.is_error else "warning, no reason" if finding in stops else "warning, accepted"
            where = f" {finding.where}" if finding.where.statement else ""
            self.stdout.write(f"{file}: {said} [{finding.code}]{where}: {finding.sentence} {finding.way_on}")
        if not stops:
            self.stdout.write(f"{file}: ok: {review.sentence}")
        return None if stops else review

    def _differs(self, file: Path, review: Review) -> bool:
        """Say what would change against the version in force."""
        newest = _newest(review)
        if newest is None:
            self.stdout.write(f"{file}: is new")
            return True
        changes = changes_between(queries.template_of(newest), review.template)
        lines = lines_between(render_policy(newest.scope), review.policy)
        for change in changes:
            self.stdout.write(f"{file}: {change.label}: {change.before or 'nothing'} → {change.after or 'nothing'}")
        for line in lines:
            self.stdout.write(f"  {line.sign} {line.text}")
        if not changes and not lines:
            self.stdout.write(f"{file}: as version {newest.number}")
        return bool(changes or lines)

    def _apply(self, file: Path, review: Review) -> bool:
        """A draft, unless it is that draft, or the version in force, already."""
        newest = _newest(review)
        if newest is not None and document_of(queries.template_of(newest)) == review.document:
            self.stdout.write(f"{file}: as version {newest.number}, nothing to do")
            return False
        try:
            draft = save_draft_as_operator(document=review.document, now=timezone.now())
        except FieldErrorsError as error:
            raise CommandError(f"{file}: {error.errors[0].field_sentence}", returncode=WRONG) from error
        self.stdout.write(f"{file}: draft of {draft.slug}; a template admin tests and publishes it")
        return False

    def _export(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for template in GrantTemplate.objects.filter(retired_at=None):
            newest = template.versions.select_related("issuer", "template").order_by("-number").first()
            if newest is None:
                continue
            file = folder / f"{template.slug}.yaml"
            file.write_text(to_yaml(document_of(queries.template_of(newest))), encoding="utf-8")
            self.stdout.write(f"{file}: version {newest.number}")


def _newest(review: Review) -> TemplateVersion | None:
    """The version in force of the template of that name; a retired one's name is refused when it is applied."""
    rows = TemplateVersion.objects.filter(template__name=review.template.name, template__retired_at=None)
    return rows.select_related("issuer", "template").order_by("-number").first()


def _files(path: Path) -> Iterator[Path]:
    found = sorted(each for each in path.iterdir() if each.suffix in ENDINGS) if path.is_dir() else [path]
    if not found:
        raise CommandError(f"{path} holds no .yaml file.", returncode=WRONG)
    yield from found
