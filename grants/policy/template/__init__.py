"""A template as one value: what its file, its form and its draft say, read in one way; pure."""

from grants.policy.template.compare import Change, Line, changes_between, lines_between
from grants.policy.template.fields import FIELDS, Field, fields_of, label_of
from grants.policy.template.keys import short_key
from grants.policy.template.reading import digest_of, document_of, read_template
from grants.policy.template.rules import RULES, check_rules
from grants.policy.template.scope import as_sent, scope_of
from grants.policy.template.value import Kind, Template
from grants.policy.template.yaml_file import FILE_MOST, from_yaml, to_yaml

__all__ = [
    "FIELDS",
    "FILE_MOST",
    "RULES",
    "Change",
    "Field",
    "Kind",
    "Line",
    "Template",
    "as_sent",
    "changes_between",
    "check_rules",
    "digest_of",
    "document_of",
    "fields_of",
    "from_yaml",
    "label_of",
    "lines_between",
    "read_template",
    "scope_of",
    "short_key",
    "to_yaml",
]
