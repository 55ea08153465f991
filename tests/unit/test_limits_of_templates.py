"""What a template may name: a bucket, a folder, an action; each as people read it and AWS takes it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.errors import FieldError
from grants.policy.limits import check_action, check_bucket_name, check_prefix

BUCKETS = [
    ("acme-drop", True),  # ordinary
    ("abc", True),  # the shortest
    ("a" * 63, True),  # the longest
    ("logs.acme.example", True),  # dots
    ("1st", True),  # begins with a digit
    ("ab", False),  # too short
    ("a" * 64, False),  # too long
    ("Acme", False),  # upper case
    ("acme_drop", False),  # underscore
    ("-acme", False),  # begins with a hyphen
    ("acme-", False),  # ends with one
    ("acme..drop", False),  # two dots
    ("192.168.5.4", False),  # an address
    ("xn--acme", False),  # reserved beginning
    ("acme-s3alias", False),  # an access point's alias
    ("acme--x-s3", False),  # a directory bucket
    ("acme*", False),  # wildcard
    ("acme?", False),  # wildcard
    ("acme/in", False),  # a bucket and a key
    ("${aws:username}", False),  # policy variable
    ("acme\n", False),  # line break
    ("bücher", False),  # not ASCII
    ("acme\u202e", False),  # right-to-left
    ("", False),  # nothing
]
PREFIXES = [
    ("in/", True),  # ordinary
    ("partners/acme/2026/", True),  # deep
    ("dt=2026-11-22/hour=7/", True),  # partitions
    ("R&D (draft), v1.0+x @ home:now!/", True),  # what people call folders
    (".well-known/", True),  # a dot is no . or ..
    ("a/", True),  # the shortest
    ("a" * 511 + "/", True),  # the longest
    ("", False),  # the whole bucket
    ("/", False),  # the whole bucket, it seems
    ("in", False),  # would open in-secret too
    ("/in/", False),  # a key that begins with an empty name
    ("in//out/", False),  # an empty part
    ("../private/", False),  # a way up, for whatever joins paths
    ("in/./", False),  # the same, nowhere
    ("in/*/", False),  # wildcard
    ("in?/", False),  # wildcard
    ("${aws:username}/", False),  # policy variable
    ("in$/", False),  # half of one
    ("in\n/", False),  # line break
    ("in\0/", False),  # NUL
    ("in\u202e/", False),  # right-to-left
    ("in\u200b/", False),  # invisible
    ("in\u2044/", False),  # looks like a slash
    ("é/", False),  # not plain
    ("\u0131n/", False),  # a dotless i, which looks plain
    ('in"/', False),  # quote
    ("in\\/", False),  # escape
    ("<b>/", False),  # markup
    ("=cmd/", False),  # a formula in a spreadsheet
    ("+1/", False),  # the same
    ("@sum/", False),  # the same
    ("-1/", False),  # the same
    (" in/", False),  # a blank that nobody sees
    ("in /", False),  # the same
    ("a" * 512 + "/", False),  # too long
]
ACTIONS = [
    ("s3:GetObject", True),  # ordinary
    ("s3-object-lambda:GetObject", True),  # a service with hyphens
    ("s3:*", False),  # wildcard
    ("s3:Get?bject", False),  # wildcard
    ("*", False),  # everything
    ("GetObject", False),  # whose?
    ("s3:", False),  # which?
    ("S3:GetObject", False),  # not as AWS writes it
    ("iam:PassRole", False),  # never
    ("sts:AssumeRole", False),  # never
    ("s3:GetObject ", False),  # a blank
    ("s3:GetObject\n", False),  # a line break
    ("s3:Gétobject", False),  # not ASCII
]


@pytest.mark.parametrize(("bucket", "fine"), BUCKETS)
def test_a_bucket_is_named_as_s3_names_buckets(bucket: str, *, fine: bool) -> None:
    if fine:
        check_bucket_name(bucket)
        return
    with pytest.raises(FieldError) as refused:
        check_bucket_name(bucket)
    assert refused.value.field == "bucket"


@pytest.mark.parametrize(("prefix", "fine"), PREFIXES)
def test_a_prefix_is_a_folder_that_reads_as_what_it_opens(prefix: str, *, fine: bool) -> None:
    if fine:
        check_prefix(prefix)
        return
    with pytest.raises(FieldError) as refused:
        check_prefix(prefix)
    assert refused.value.field == "prefix"


@pytest.mark.parametrize(("action", "fine"), ACTIONS)
def test_an_action_is_written_out(action: str, *, fine: bool) -> None:
    if fine:
        check_action(action)
        return
    with pytest.raises(FieldError) as refused:
        check_action(action)
    assert refused.value.field == "action"


@given(st.text(alphabet=string.printable + "é\u202e\0*?$", max_size=40))
def test_a_prefix_that_passes_can_widen_nothing(text: str) -> None:
    try:
        check_prefix(text)
    except FieldError:
        return
    assert text.isascii()
    assert text.isprintable()
    assert text.endswith("/")
    assert not set(text) & set("*?$\"'\\<>{}")
    assert not {"", ".", ".."} & set(text[:-1].split("/"))
