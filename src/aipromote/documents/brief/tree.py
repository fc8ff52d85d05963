"""YAML text to plain values, with the line of each, from the parser's events.

Working on events keeps a hostile file harmless: aliases (and so "billion laughs") are refused before anything is built,
no tag can name a Python type, nesting is bounded, and a key that stands twice is a mistake, not a silent overwrite.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode

from aipromote.documents.brief.problems import BriefError, Path, Problem

_DEEPEST = 20
_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "timestamp")}


def parse(text: str, *, source: str) -> tuple[Any, dict[Path, int]]:
    """The value of the only document and the line (from 1) of every value by its path. Raises BriefError."""
    yaml = YAML(typ="safe", pure=True)
    reader = _Reader(yaml)
    try:
        return reader.read(iter(yaml.parse(text))), reader.lines
    except _RefusedError as refused:
        problem = refused.problem
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = Problem("", f"is not valid YAML: {error.problem or error.context}", line)
    except (YAMLError, ValueError) as error:
        problem = Problem("", f"is not valid YAML: {str(error).splitlines()[0]}")
    raise BriefError([problem], source=source)


class _RefusedError(Exception):
    """A construct that is valid YAML and has no place in a brief."""

    def __init__(self, event: Event, message: str, field: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(field, message, event.start_mark.line + 1)


class _Reader:
    """Builds values from events; holds the lines found so far."""

    def __init__(self, yaml: YAML) -> None:
        self._yaml = yaml
        self.lines: dict[Path, int] = {}

    def read(self, events: Iterator[Event]) -> Any:
        """The value of the first document; a second one is refused."""
        value, documents = None, 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _RefusedError(event, "found a second document after '---'; expected one brief per file")
            elif isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent | AliasEvent):
                value = self._value(event, events, ())
        return value

    def _value(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, AliasEvent):
            raise _RefusedError(event, "found an alias (*); write the value out instead")
        if len(path) > _DEEPEST:
            raise _RefusedError(event, f"is nested more than {_DEEPEST} levels deep")
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        assert isinstance(event, ScalarEvent)
        return self._scalar(event)

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise _RefusedError(event, "found a list or a group as the name of a field; expected text")
            key = str(event.value)
            here = (*path, key)
            if key in found:
                message = f"stands twice (first on line {self.lines[here]}); expected once"
                raise _RefusedError(event, message, ".".join(str(part) for part in here))
            self.lines[here] = event.start_mark.line + 1
            found[key] = self._value(next(events), events, here)
        return found

    def _sequence(self, events: Iterator[Event], path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            found.append(self._value(event, events, (*path, len(found))))
        return found

    def _scalar(self, event: ScalarEvent) -> Any:
        tag = str(self._yaml.resolver.resolve(ScalarNode, event.value, event.implicit))
        if tag not in _PLAIN:
            return str(event.value)
        try:
            return self._yaml.constructor.construct_object(ScalarNode(tag, event.value))
        except ValueError:  # looks like a date or a number and is none, such as 2027-02-30
            return str(event.value)
