"""One template a file: YAML without aliases, anchors or tags, each key once; pure."""

from collections.abc import Hashable, Mapping
from typing import Any, Final

import yaml

from grants.errors import FieldError, FieldErrorsError

FILE_MOST: Final = 256 * 1024  # bytes
DEPTH_MOST: Final = 20
_PLAIN: Final = "tag:yaml.org,2002:"
_TIMES: Final = f"{_PLAIN}timestamp"


class _Loader(yaml.SafeLoader):
    """The safe loader, for what cannot be made to mean something else than it says."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """No alias, no anchor, no tag of the file's own, and no depth that would exhaust the stack."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types there
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal("The file uses an anchor or an alias (& or *). Write the value out.", event)
        if getattr(event, "tag", None):
            raise _refusal("The file uses a tag (!). Write plain values.", event)
        self.depth += 1
        if self.depth > DEPTH_MOST:
            raise _refusal("The file is nested too deeply.", event)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Each key once, and no merging of maps."""
        seen = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                raise _refusal(f"The key “{name[:60]}” stands there twice.", key)
            if key.tag == f"{_PLAIN}merge":
                raise _refusal("The file merges maps (<<). Write the values out.", key)
            seen.add(name)
        return super().construct_mapping(node, deep)


# A date is no value of a template; as text it is refused where it stands.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in rows if tag != _TIMES]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """Lists set in, long texts as blocks, nothing shared."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML's signature
        """Every value is written out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - PyYAML's signature
        """Lists stand a step further in than their key."""
        return super().increase_indent(flow, indentless=False)


def _as_block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(f"{_PLAIN}str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _as_block)


def from_yaml(content: bytes) -> Mapping[str, Any]:
    """The document in a file. Raises FieldErrorsError, whatever the bytes are; what it says is read afterwards."""
    if len(content) > FILE_MOST:
        raise FieldErrorsError([FieldError("", f"A template's file has at most {FILE_MOST // 1024} KB.")])
    try:
        found = yaml.load(content.decode(), Loader=_Loader)  # noqa: S506 - derived from the safe one, and stricter
    except UnicodeDecodeError:
        raise FieldErrorsError([FieldError("", "The file is not UTF-8.")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FieldErrorsError([FieldError("", _said(error))]) from None
    if not isinstance(found, dict):
        raise FieldErrorsError([FieldError("", "The file holds no template: it begins with name: and kind:.")])
    return found


def to_yaml(document: Mapping[str, Any]) -> str:
    """A document as a file, its fields in their own order."""
    text = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return str(text)


def _refusal(sentence: str, at: Any) -> yaml.MarkedYAMLError:  # noqa: ANN401 - an event or a node
    return yaml.MarkedYAMLError(problem=sentence, problem_mark=at.start_mark)


def _said(error: Exception) -> str:
    """What is wrong and in which line; never a line of the file itself."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        where = f"Line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        problem = "".join(one if one.isprintable() else "?" for one in error.problem)
        return f"{where}{problem[0].upper()}{problem[1:]}"
    return "The file is not YAML."
