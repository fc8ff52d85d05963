"""A brief as one YAML file: reading it with the line of every mistake, and writing it."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from aipromote.documents.brief.problems import BriefError, Problem, validate_brief
from aipromote.documents.brief.shape import Brief
from aipromote.documents.brief.tree import parse

MAX_BYTES = 256 * 1024
_INDENT = 2


def read_brief(text: str | bytes, *, source: str) -> Brief:
    """The brief in this YAML (or JSON) text; `source` names the file in messages.

    Raises BriefError with every problem as `file:line: field: what was found; expected …`.
    """
    decoded = _decoded(text, source=source)
    value, lines = parse(decoded, source=source)
    if value is None:
        raise BriefError([Problem("", "the file is empty; expected at least name and description", 1)], source=source)
    return validate_brief(value, source=source, lines=lines)


def _decoded(text: str | bytes, *, source: str) -> str:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        message = f"found {len(raw) // 1024 + 1} kB; expected at most {MAX_BYTES // 1024} kB"
        raise BriefError([Problem("", message)], source=source)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BriefError([Problem("", "is not UTF-8 text; save the file as UTF-8", line)], source=source) from None


def dump_brief(brief: Brief) -> str:
    """The brief as YAML, without what was left at its default. `read_brief` gives the same brief back."""
    return dump_values(brief.model_dump(mode="json", exclude_defaults=True))


def dump_values(values: Mapping[str, Any]) -> str:
    """The values of a brief as YAML, of one that is not finished, too."""
    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 10_000
    yaml.indent(mapping=_INDENT, sequence=_INDENT * 2, offset=_INDENT)
    stream = StringIO()
    yaml.dump(dict(values), stream)
    return stream.getvalue()
