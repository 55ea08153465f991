"""The template admin's editor: every limit is told at its field, nothing is published by a preview or a draft."""

from http import HTTPStatus

import pytest
from django.test import Client

from grants.models import GrantTemplate, TemplateDraft, TemplateVersion
from tests.factories import World, make_world
from tests.web.pages import client_of, read
from tests.web.template_forms import filled

pytestmark = pytest.mark.django_db

EDIT = "/templates/acme-drop/edit/"
NEW = "/templates/new/bucket/"
PREVIEW = "/templates/preview/bucket/"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world.ada)


def test_the_list_says_what_each_template_gives(ada: Client) -> None:
    page = read(ada.get("/templates/"))
    assert "List, read and write files under s3://acme-drop/in/ for up to 12 hours." in page.words
    assert "version 1" in page.words


def test_a_list_without_templates_says_what_to_do(world: World, ada: Client) -> None:
    GrantTemplate.objects.update(retired_at=world.version.published_at)
    page = read(ada.get("/templates/"))
    assert "There is no template in use" in page.words
    assert "Retired" in page.words


def test_every_kind_has_a_form_of_its_own(ada: Client) -> None:
    kinds = [str(link["href"]) for link in read(ada.get("/templates/new/")).soup.select(".tiles a")]
    fields = {kind: {str(box.get("name")) for box in read(ada.get(kind)).soup.select("form [name]")} for kind in kinds}
    assert "kms_key" in fields["/templates/new/bucket/"]
    assert "tag_value" in fields["/templates/new/shared/"]
    assert "policies" not in fields["/templates/new/custom/"]
    assert not {"buckets", "policy", "tags"} & fields["/templates/new/session/"]


def test_each_group_that_may_sign_has_a_number_and_only_what_may_be_left_out_says_so(ada: Client) -> None:
    page = read(ada.get(NEW))
    signers = page.soup.find("select", attrs={"name": "signers:approvers"})
    assert signers
    assert [option.get_text() for option in signers.find_all("option", selected=True)] == ["1 person"]
    optional = {str(label.get("for")) for label in page.soup.find_all("label") if "(optional)" in label.get_text()}
    assert "id_description" in optional
    assert not {"id_name", "id_prefix", "id_issuer", "id_max_hours"} & optional
    beside = read(ada.get("/templates/new/managed/")).soup.select_one("label[for=id_policy]")
    assert beside
    assert "(optional)" in beside.get_text()


def test_saving_makes_a_draft_that_nobody_can_ask_for(world: World, ada: Client) -> None:
    page = read(ada.post(NEW, filled(world), follow=True))
    assert "The draft is saved. Nothing is published yet." in page.words
    assert TemplateDraft.objects.get(slug="shelf").document["actions"] == ["s3:ListBucket", "s3:GetObject"]
    assert "Shelf" not in read(client_of(world.carol).get("/requests/new/")).words
    assert "draft" in read(ada.get("/templates/")).words


def test_a_preview_shows_sentence_policy_and_numbers_and_saves_nothing(world: World, ada: Client) -> None:
    page = read(ada.post(NEW, filled(world, do="preview")))
    assert "List and read files under s3://acme-shelf/out/ for up to 4 hours." in page.words
    assert '"Resource": "arn:aws:s3:::acme-shelf/out/*"' in page.words
    assert "of 2,048 characters" in page.words
    assert "5 of 50" in page.words
    assert "an estimate: only STS knows" in page.words
    assert not TemplateDraft.objects.exists()


def test_the_live_preview_is_the_panel_alone(world: World, ada: Client) -> None:
    answer = ada.post(PREVIEW, filled(world, prefix="out"))
    assert b"<html" not in answer.content
    assert "Prefix: The prefix ends in /" in read(answer).words
    assert not TemplateDraft.objects.exists()


def test_the_live_preview_of_a_published_template_knows_its_name(world: World, ada: Client) -> None:
    where = str(read(ada.get(EDIT)).soup.select_one("form[data-preview]")["data-preview"])  # type: ignore[index]  # None fails the test as well
    sent = filled(world)
    del sent["name"]  # as browsers do with a field that cannot be changed
    assert "List and read files under s3://acme-shelf/out/" in read(ada.post(where, sent)).words


def test_a_warning_asks_for_a_reason_and_an_error_for_another_policy(world: World, ada: Client) -> None:
    wide = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutBucketPolicy","Resource":"*"}]}'
    page = read(ada.post("/templates/new/custom/", filled(world, do="preview", policy=wide)))
    assert "error: stops publishing" in page.words
    page = read(ada.post(NEW, filled(world, do="preview", bundle="read_write")))
    assert page.soup.find("textarea", attrs={"name": "accepted:pickup_check_weak"})


def test_a_policy_that_cannot_stand_has_its_findings_told_one_by_one(world: World, ada: Client) -> None:
    text = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["iam:PassRole","s3:GetObjekt"],'
        '"Resource":"*","Resource":"arn:aws:s3:::acme-drop/in/*"}]}'
    )
    words = read(ada.post("/templates/preview/custom/", filled(world, policy=text))).words
    assert "Resource stands twice in one object" in words
    assert "Principal belongs in the policy of a bucket or role" in words
    assert "iam:PassRole is an action on IAM or STS" in words
    assert "AWS has no action s3:GetObjekt (did you mean s3:GetObject?)" in words


def test_a_reason_is_kept_with_the_draft(world: World, ada: Client) -> None:
    reason = {"accepted:pickup_check_weak": "The mailbox is behind a passkey."}
    ada.post(NEW, filled(world, bundle="read_write", **reason))
    draft = TemplateDraft.objects.get()
    assert draft.document["accepted"] == {"pickup_check_weak": "The mailbox is behind a passkey."}
    assert "The mailbox is behind a passkey." in read(ada.get("/templates/shelf/")).words


def test_what_would_this_allow_is_answered_with_the_statement(world: World, ada: Client) -> None:
    asked = {"try_action": "s3:GetObject", "try_object": "s3://acme-shelf/out/a.csv"}
    assert "Allowed by statement 1 (Objects)." in read(ada.post(PREVIEW, filled(world, **asked))).words
    asked["try_object"] = "acme-shelf/outer/a.csv"
    assert "Denied: no statement allows it." in read(ada.post(PREVIEW, filled(world, **asked))).words
    asked = {"action": "s3:PutObject", "object": "s3://acme-drop/in/a.csv"}
    assert "Allowed by" in read(ada.get("/templates/acme-drop/", asked)).words


def test_a_question_is_asked_from_where_the_template_lets_it_come(world: World, ada: Client) -> None:
    bound = {"source_addresses": "203.0.113.0/24", "account_id": "111122223333"}
    asked = {"try_action": "s3:GetObject", "try_object": "s3://acme-shelf/out/a.csv", **bound}
    words = read(ada.post(PREVIEW, filled(world, **asked))).words
    assert "Allowed by statement 1 (Objects)." in words
    assert "Asked from 203.0.113.0/24 and of account 111122223333, over HTTPS." in words


def test_a_question_about_a_bucket_in_china_is_asked_there(world: World, ada: Client) -> None:
    world.issuer.partition, world.issuer.region = "aws-cn", "cn-north-1"
    world.issuer.user_arn = world.issuer.user_arn.replace("arn:aws:", "arn:aws-cn:")
    world.issuer.save()
    asked = {"try_action": "s3:GetObject", "try_object": "s3://acme-shelf/out/a.csv"}
    assert "Allowed by statement 1 (Objects)." in read(ada.post(PREVIEW, filled(world, **asked))).words


def test_an_action_is_found_by_words_and_grouped_by_level(world: World, ada: Client) -> None:
    page = read(ada.post("/templates/preview/custom/", filled(world, policy="{", try_find="object tags")))
    assert "s3:GetObjectTagging" in page.words
    assert "Tagging" in page.words


def test_each_action_of_the_list_stands_under_its_access_level_with_aws_s_own_words(ada: Client) -> None:
    groups = read(ada.get(NEW)).soup.select("#id_actions [data-group]")
    levels = {str(group.h3.get_text()): group.get_text(" ") for group in groups if group.h3}
    assert list(levels) == ["List", "Read", "Write", "Tagging"]
    assert "s3:GetObject : retrieve objects from Amazon S3" in " ".join(levels["Read"].split())
    assert "s3:PutObjectTagging" in levels["Tagging"]
    assert "PutObjectAcl" not in "".join(levels.values())


@pytest.mark.parametrize(
    ("kind", "words", "why"),
    [
        ("bucket", "object acl", "s3:PutObjectAcl : set"),
        ("bucket", "object acl", "Cannot be given here: it can let anybody in"),
        ("bucket", "bucket versioning", "it reaches beyond a folder"),
        ("shared", "upload object", "a partner's tag does not bind it"),
        ("custom", "iam:passrole", "nothing that Daypass gives can reach IAM or STS"),
        ("custom", "dynamodb", "Amazon DynamoDB: begin with dynamodb:"),
        ("custom", "nothing like it", "AWS has no action in which all of “nothing like it” is found."),
    ],
)
def test_what_is_found_says_why_it_cannot_be_given(world: World, ada: Client, kind: str, words: str, why: str) -> None:
    asked = filled(world, policy="{", prefix="", bucket="", try_find=words)
    assert why in read(ada.post(f"/templates/preview/{kind}/", asked)).words


def test_a_key_is_named_by_its_id_alone(world: World, ada: Client) -> None:
    key = "0f8fad5b-d9cb-469f-a165-70867728950e"
    page = read(ada.post(PREVIEW, filled(world, kms_key=key)))
    assert f"arn:aws:kms:us-east-1:111122223333:key/{key}" in page.words
    ada.post(NEW, filled(world, kms_key=f"arn:aws:kms:us-east-1:111122223333:key/{key}"))
    assert TemplateDraft.objects.get().document["kms_key"] == key


def test_editing_keeps_the_name_and_makes_a_draft_beside_the_version(world: World, ada: Client) -> None:
    assert read(ada.get(EDIT)).field("name").has_attr("disabled")
    changed = filled(world, name="Another name", buckets="acme-drop", prefix="in/", max_hours="2")
    page = read(ada.post(EDIT, changed, follow=True))
    assert "The draft" in page.words
    draft = TemplateDraft.objects.get(slug="acme-drop")
    assert (draft.name, draft.document["max_hours"]) == ("Acme drop", 2)
    page = read(ada.get("/templates/acme-drop/compare/", {"before": "1", "after": "draft"}))
    assert "Longest time 12 hours 2 hours" in page.words
    assert 'taken away: "s3:PutObject"' in page.words


def test_a_comparison_says_warnings_and_vendors_in_words(world: World, ada: Client) -> None:
    reason = {"accepted:pickup_check_weak": "The mailbox is behind a passkey."}
    ada.post(EDIT, filled(world, vendors=["mallory"], max_hours="2", **reason))
    words = read(ada.get("/templates/acme-drop/compare/", {"before": "1", "after": "draft"})).words
    assert "Open to nothing Mallory & Sons" in words
    assert "the pickup check does not stop somebody who reads the recipient's mailbox" in words
    assert "Accepted: The mailbox is behind a passkey." in words
    assert "pickup_check_weak" not in words


def test_who_must_sign_is_asked_under_one_heading(ada: Client) -> None:
    page = read(ada.get(EDIT))
    assert page.words.count("Who must sign") == 1
    assert page.soup.find("legend", string="Who must sign")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Give the template a name"),
        ("name", "Acme drop", "There is a template of that name"),
        ("name", "Shelf\u202e", "cannot be seen"),  # right-to-left override
        ("buckets", "Not_A_Bucket", ""),
        ("prefix", "out", ""),  # without the slash, "out" opens "outer/" too
        ("prefix", "*/", ""),  # a wildcard in a prefix is somebody else's folder
        ("prefix", "${aws:username}/", ""),
        ("prefix", "{nobody}/", "There is no placeholder"),
        ("prefix", "{folder}/", ""),  # asked for, so it needs a pattern
        ("tags", "no equals sign", "Line 1 is not of the form key=value."),
        ("tags", "a=1\nA=2", "AWS does not tell keys apart by case."),
        ("tags", "aws:x=1", "belong to AWS"),
        ("source_addresses", "0.0.0.0/0", "binds nothing"),
        ("account_id", "123", "twelve digits"),
        ("kms_key", "my-key", "named by its id"),
        ("default_hours", "36", "lies between"),
        ("max_hours", "37", ""),
        ("link_hours", "0.1", ""),
        ("signers:approvers", "0", "Choose who must sign."),
        ("signers:approvers", "3", "Only 2 of the 3"),
        ("signers:approvers", "99", "between 1 and 9"),
        ("ticket_pattern", "[", "not a regular expression"),
        ("ticket_pattern", ".*", "lets a single character or nothing pass"),
        ("issuer", "Nobody", ""),
        ("who_asks", [], "Choose who may ask."),
        ("pickup_check", "", ""),
    ],
)
def test_every_wrong_value_is_told_at_its_field(
    world: World, ada: Client, field: str, value: object, words: str
) -> None:
    page = read(ada.post(NEW, filled(world, **{field: value})), HTTPStatus.UNPROCESSABLE_ENTITY)
    at_fields = {target.removeprefix("id_").removesuffix("_0"): text for target, text in page.error_links.items()}
    at = {"{folder}/": "folder_pattern"}.get(str(value), field.partition(":")[0])
    assert words in at_fields[at]
    assert not TemplateDraft.objects.exists()


def test_actions_of_a_tampered_form_are_refused(world: World, ada: Client) -> None:
    page = read(
        ada.post(NEW, filled(world, bundle="own", actions=["s3:PutBucketPolicy"])), HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert "id_actions_0" in page.error_links
    page = read(ada.post(NEW, filled(world, bundle="own", actions=[])), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "Choose at least one action." in page.error_links["id_actions_0"]


@pytest.mark.parametrize("who", ["carol", "bob", "otto"])
@pytest.mark.parametrize("path", ["/templates/", "/templates/new/", NEW, EDIT, PREVIEW, "/templates/acme-drop/"])
def test_only_template_admins_see_the_editor(world: World, who: str, path: str) -> None:
    client = client_of(getattr(world, who))
    refused = {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}
    assert client.get(path).status_code in refused
    assert client.post(path, filled(world)).status_code in refused
    assert (TemplateVersion.objects.count(), TemplateDraft.objects.count()) == (1, 0)


@pytest.mark.parametrize("path", ["/templates/new/nothing/", "/templates/nothing/", "/templates/acme-drop/publish/"])
def test_what_is_not_there_is_a_page_that_says_so(ada: Client, path: str) -> None:
    assert "We could not find that." in read(ada.get(path), HTTPStatus.NOT_FOUND).words
