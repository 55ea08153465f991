"""Templates as files: the same reading and findings as in the editor, drafts and never more, and again the same."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from grants import queries
from grants.flows.templates import Proof, review_document, write_version
from grants.models import AuditEvent, IssuerPolicy, TemplateDraft, TemplateVersion
from grants.models.issuer import IssuerKind
from grants.policy.template import to_yaml
from tests.factories import World, make_issuer, make_world
from tests.web.template_forms import document

pytestmark = pytest.mark.django_db
SHIPPED = sorted(Path("docs/templates").glob("*.yaml"))
LISTED = ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws:iam::111122223333:policy/CustomAnalyticsPolicy")
SAID = [
    ("project-bucket", "for up to 8 hours."),
    ("partner-data-share", "that carry the object tag Partner="),
    ("partner-data-share", "for up to 1 hour."),
    ("data-analyst", "Do what AmazonS3ReadOnlyAccess and CustomAnalyticsPolicy allow for up to 4 hours."),
    ("mfa-session", "after a code of its MFA device"),
]


@pytest.fixture
def world() -> World:
    world = make_world()
    session = make_issuer("Alice's sessions")
    session.kind, session.mfa_serial = IssuerKind.SESSION, "arn:aws:iam::111122223333:mfa/alice-mfa"
    session.save()
    now = timezone.now()
    for arn in LISTED:
        IssuerPolicy.objects.create(
            issuer=world.issuer, arn=arn, allowed_by=world.ada, allowed_at=now, version_id="v1", digest="0" * 64,
            read_at=now,
        )  # fmt: skip
    return world


def run(what: str, path: Path) -> str:
    out = io.StringIO()
    call_command("templates", what, str(path), stdout=out, stderr=out)
    return out.getvalue()


def written(tmp_path: Path, world: World, **changes: object) -> Path:
    file = tmp_path / f"{len(list(tmp_path.iterdir()))}.yaml"
    file.write_text(to_yaml(document(world, **changes)))
    return file


def test_there_is_a_file_for_every_scenario_of_the_source_document() -> None:
    assert {path.stem for path in SHIPPED} == {"project-bucket", "partner-data-share", "data-analyst", "mfa-session"}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_each_shipped_file_is_checked_and_is_new_until_it_is_published(file: Path) -> None:
    out = io.StringIO()
    assert f"{file}: ok: " in run("check", file)
    with pytest.raises(SystemExit) as ended:
        call_command("templates", "diff", str(file), stdout=out)
    assert (ended.value.code, f"{file}: is new" in out.getvalue()) == (2, True)
    assert not TemplateDraft.objects.exists()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("stem", "words"), SAID)
def test_each_shipped_file_says_what_the_source_document_asks_for(stem: str, words: str) -> None:
    assert words in run("check", Path(f"docs/templates/{stem}.yaml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_each_shipped_file_becomes_a_draft_and_then_a_version(world: World, file: Path) -> None:
    assert f"{file}: draft of" in run("apply", file)
    draft = TemplateDraft.objects.get()
    assert draft.editor is None
    review = review_document(draft.document)
    version = write_version(review, draft.slug, Proof(None), by=world.ada, confirmed_by=None, now=timezone.now())
    draft.delete()
    assert "nothing to do" in run("apply", file)
    assert "as version 1" in run("diff", file)
    assert version.number == 1


@pytest.mark.usefixtures("world")
def test_applying_a_folder_twice_changes_nothing_the_second_time_and_is_on_record() -> None:
    run("apply", Path("docs/templates"))
    before = list(TemplateDraft.objects.values_list("slug", "digest", "edited_at"))
    run("apply", Path("docs/templates"))
    assert list(TemplateDraft.objects.values_list("slug", "digest", "edited_at")) == before
    events = AuditEvent.objects.filter(kind="template.drafted")
    assert [event.payload.count('"operator"') for event in events] == [1] * len(SHIPPED)
    assert TemplateVersion.objects.count() == 1


def test_what_cannot_be_published_is_named_and_nothing_of_the_folder_is_applied(world: World, tmp_path: Path) -> None:
    written(tmp_path, world)
    written(tmp_path, world, name="Worse", prefix="out")
    with pytest.raises(CommandError) as refused:
        run("apply", tmp_path)
    assert refused.value.returncode == 1
    assert not TemplateDraft.objects.exists()


def test_check_says_the_editors_findings_and_asks_for_reasons(world: World, tmp_path: Path) -> None:
    out = io.StringIO()
    file = written(tmp_path, world, actions=["s3:PutObject"])
    with pytest.raises(CommandError):
        call_command("templates", "check", str(file), stdout=out, stderr=out)
    assert "warning, no reason [pickup_check_weak]" in out.getvalue()
    file = written(tmp_path, world, actions=["s3:PutObject"], accepted={"pickup_check_weak": "Guarded mailbox."})
    assert "warning, accepted [pickup_check_weak]" in run("check", file)
    assert not TemplateDraft.objects.exists()


@pytest.mark.usefixtures("world")
def test_check_names_what_is_wrong_in_a_policy_that_cannot_stand(tmp_path: Path) -> None:
    file, out = tmp_path / "wide.yaml", io.StringIO()
    wide = '{"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}'
    file.write_text(
        to_yaml({"name": "Wide", "kind": "custom", "issuer": "Main account", "policy": wide, "signers": {"a": 1}})
    )
    with pytest.raises(CommandError):
        call_command("templates", "check", str(file), stdout=out, stderr=out)
    assert f"{file}: error [iam_or_sts] statement 1, Action" in out.getvalue()


def test_diff_says_field_by_field_what_would_change_and_ends_with_two(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, world, name="Acme drop", buckets=["acme-drop"], prefix="in/")
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("templates", "diff", str(file), stdout=out)
    assert ended.value.code == 2
    assert "Longest time: 12 hours → 4 hours" in out.getvalue()
    assert any(line.strip().startswith("-") and "s3:PutObject" in line for line in out.getvalue().splitlines())


def test_what_is_exported_is_what_is_published(world: World, tmp_path: Path) -> None:
    run("export", tmp_path)
    file = tmp_path / "acme-drop.yaml"
    assert "kind: bucket" in file.read_text()
    TemplateVersion.objects.get()
    assert queries.template_of(world.version).name == "Acme drop"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: &x 1\nb: *x\n", "anchor or an alias"),
        (b"a: !!python/object/apply:os.system [id]\n", "uses a tag"),
        (b"name: a\nname: b\n", "stands there twice"),
        (b"<<: {a: 1}\n", "merges maps"),
        (b"- a\n- b\n", "holds no template"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: [\n", "Line 2"),
        (b"[" * 5000, "nested too deeply"),
        (b"#" * (256 * 1024 + 1), "at most 256 KB"),
        (b"", "holds no template"),
        (b"kind: bucket\nmax_hours: 2026-01-01\n", "quarter hours"),
        (b"kind: bucket\nmax_hours: " + b"9" * 5000, ""),
        (b"kind: bucket\nbuckets: {a: 1}\n", "as a list"),
        (b"kind: bucket\naccount_id: 111122223333\n", "in quotes"),
        (b"kind: bucket\n1: 2\n", "pairs of field and value"),
        (b"kind: bucket\nunheard: 2\n", "There is no field"),
        (b"kind: session\nbuckets: [a]\n", "does not belong"),
        (b"kind: [bucket]\n", "Choose the template's kind"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_reason(tmp_path: Path, content: bytes, words: str) -> None:
    file, out = tmp_path / "bad.yaml", io.StringIO()
    file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("templates", "check", str(file), stdout=out, stderr=out)
    assert words in out.getvalue()
