"""Finds what a template shows to people without asking a catalogue: by its markup, and by the texts in its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

_HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where code of the template writes something."""
_EDGE = "\N{SYMBOL FOR UNIT SEPARATOR}"
"""Stands where a block or a branch of the template begins or ends: texts on both sides are not one."""
_CLASSES = {"column", "width"}
"""Blocks that hold the name of a style, not words."""
_SPOKEN = ("data-label", "aria-label", "title", "placeholder", "alt")
_SILENT = {"script", "style", "svg", "code", "pre"}
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"^[A-Z][a-z]+|^[^<]*[a-z]\.$")
_EXAMPLE = re.compile(r"^[a-z]\S*$")
"""An address, a tag: what people would type, in one word."""
_ASKING = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
NAMES = {"AIPromote", "Redis", "PostgreSQL", "Valkey", "UTC", "CSV", "JSON", "YAML", "RSS", "AI", "API", "URL"}
"""Called the same in every language."""


def untranslated(source: str, environment: Environment) -> list[str]:
    """The texts, in no particular order."""
    walker = _Walker()
    walker.feed(_markup(source, environment))
    walker.close()
    texts = [part.strip() for found in walker.found for part in found.split(_EDGE)]
    return [text for text in (*texts, *_in_code(environment.parse(source))) if _says_something(text)]


def _markup(source: str, environment: Environment) -> str:
    """The template with what is translated, or made by code, cut out."""
    parts: list[str] = []
    in_trans = in_variable = is_block = False
    is_first = is_silent = False
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            is_first = True
        elif kind == "name" and is_first:
            in_trans = (in_trans or value == "trans") and value != "endtrans"
            is_first, is_block, is_silent = False, value == "block", False
        elif kind == "name" and is_block:
            is_block, is_silent = False, value in _CLASSES
        elif kind == "block_end":
            parts.append(_EDGE)
        elif kind == "variable_begin":
            in_variable = True
        elif kind == "variable_end":
            in_variable = False
            parts.append(_HOLE)
        elif kind == "data" and not (in_trans or in_variable or is_silent):
            parts.append(value)
    return "".join(parts)


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        self.found += [
            value
            for name, value in attrs
            if name in _SPOKEN and value and not (name == "placeholder" and _EXAMPLE.match(value))
        ]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def _in_code(tree: nodes.Node) -> Iterator[str]:
    """Strings in expressions that look like words for people."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name in _ASKING:
            continue
        if isinstance(child, nodes.Compare | nodes.Test):
            continue
        if isinstance(child, nodes.Filter) and child.name == "counted":
            yield from (f"counted: {word.value}" for word in child.args if isinstance(word, nodes.Const))
        if isinstance(child, nodes.Const) and isinstance(child.value, str) and _SENTENCE.search(child.value):
            yield child.value
        yield from _in_code(child)


def _says_something(text: str) -> bool:
    return any(word not in NAMES for word in _WORD.findall(text))
