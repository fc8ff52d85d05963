"""A brief as YAML with remarks: beside each value, where it comes from. Reads back like any other brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from aipromote.documents.brief.problems import Path

_WIDTH = 10_000
_INDENT = 2


def dump_annotated(values: Mapping[str, Any], *, notes: Mapping[Path, str], head: Sequence[str] = ()) -> str:
    """These values (a brief, perhaps not a whole one yet) as YAML.

    `notes` are remarks by the path of what they are about, each on a line before it. `head` are remarks at the top.
    """
    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = _WIDTH
    yaml.indent(mapping=_INDENT, sequence=_INDENT * 2, offset=_INDENT)
    stream = StringIO()
    yaml.dump(_node(values, notes, ()), stream)
    top = "".join(f"# {_one_line(line)}".rstrip() + "\n" for line in head)
    return top + ("\n" if top else "") + stream.getvalue()


def _node(value: Any, notes: Mapping[Path, str], path: Path) -> Any:
    if isinstance(value, Mapping):
        group = CommentedMap()
        for key, item in value.items():
            group[key] = _node(item, notes, (*path, key))
            _remark(group, key, notes.get((*path, key)), len(path))
        return group
    if isinstance(value, list):
        entries = CommentedSeq(_node(item, notes, (*path, index)) for index, item in enumerate(value))
        for index in range(len(entries)):
            _remark(entries, index, notes.get((*path, index)), len(path))
        return entries
    return value


def _remark(node: Any, key: Any, note: str | None, depth: int) -> None:
    if note:
        node.yaml_set_comment_before_after_key(key, before=_one_line(note), indent=depth * _INDENT)


def _one_line(text: str) -> str:
    """A remark ends with its line: nothing in it may begin another one."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
