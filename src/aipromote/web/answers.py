"""A step of the interview as a form: from a brief's values to fields, and back. Wrong answers come through as typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from aipromote.briefs.steps import BY_KEY, Question, Step, put, value_at
from aipromote.languages import lazy

_BLANK_ROWS = 1
_MAX_ROWS = 100
_WHOLE_NUMBERS = {"goals.frequency.posts_per_week"}


def values_of(step: Step, form: FormData) -> dict[str, Any]:
    """The step's answers in the brief's shape. What was left empty is left out."""
    values: dict[str, Any] = {}
    for question in step.questions:
        answer = _answer(question, question.path, form)
        if answer not in (None, "", [], {}):
            put(values, question.path, answer)
    return values


def _answer(question: Question, name: str, form: FormData) -> Any:
    if question.kind == "ticks":
        return [str(value) for value in form.getlist(name)]
    if question.kind == "groups":
        return _rows(question, form)
    text = str(form.get(name, "")).replace("\r\n", "\n").strip()
    if question.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if question.kind == "pairs":
        return dict(_pair(line) for line in text.split("\n") if line.strip())
    if question.path in _WHOLE_NUMBERS:
        return _number(text)
    return text


def _pair(line: str) -> tuple[str, Any]:
    key, _, value = line.partition(":")
    return key.strip(), _number(value.strip())


def _number(text: str) -> Any:
    """A whole number where it is one, else what was typed, for the problem that names it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text  # noqa: PLR2004 -- beyond any use


def _rows(question: Question, form: FormData) -> list[dict[str, Any]]:
    """The groups that have something in them, beyond what a menu says by itself."""
    found = []
    for number in range(_MAX_ROWS):
        names = {part.path: f"{question.path}.{number}.{part.path}" for part in question.parts}
        if not any(name in form for name in names.values()):
            break
        row = {part.path: _answer(part, names[part.path], form) for part in question.parts}
        typed = [row[part.path] for part in question.parts if part.kind != "choice"]
        if any(typed):
            found.append({key: _typed(key, value) for key, value in row.items() if value not in ("", [])})
    return found


def _typed(key: str, value: Any) -> Any:
    if key == "is_primary":
        return value == "true"
    if key == "target":
        return _number(value)
    return value


def fields_of(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """By path: what stands in each field. Groups are rows of fields, with an empty one at the end."""
    return {question.path: _field(question, value_at(values, question.path)) for question in step.questions}


def _field(question: Question, value: Any) -> Any:
    if question.kind == "groups":
        rows = value if isinstance(value, list) else []
        shown = [row if isinstance(row, Mapping) else {question.parts[0].path: row} for row in rows]
        shown += [{}] * _BLANK_ROWS
        return [{part.path: _field(part, row.get(part.path)) for part in question.parts} for row in shown]
    if question.kind == "ticks":
        return [_platform(str(one)) for one in value] if isinstance(value, list) else []
    if isinstance(value, Mapping):
        return "\n".join(f"{_platform(str(key))}: {item}" for key, item in value.items())
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _platform(name: str) -> str:
    """The vocabulary's own names in a brief's words."""
    known = {"TWITTER": "x", "twitter": "x", "youtube": "youtube-shorts", "shorts": "youtube-shorts", "dev.to": "devto"}
    return known.get(name, name.lower().replace("_", "-") if name.isupper() else name)


_NETWORKS = next(one for one in BY_KEY["goals"].questions if one.path == "goals.platforms")
_UNDERSTOOD = (
    (lazy("For"), "icp.personas"),
    (lazy("Who struggle with"), "icp.pain_points"),
    (lazy("Because"), "positioning.usp"),
    (lazy("And because"), "positioning.differentiators"),
    (lazy("Shown by"), "proof_points"),
    (lazy("In this voice"), "brand.tone"),
    (lazy("On"), "goals.platforms"),
)


def understood(values: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The brief so far in a few lines under labels, whatever has been typed."""
    first = [_line(values.get(key)) for key in ("name", "tagline", "description")]
    told = [("", [line for line in first if line])]
    for label, path in _UNDERSTOOD:
        value = value_at(values, path)
        lines = [_line(one) for one in (value if isinstance(value, list) else [value])]
        if path == _NETWORKS.path:
            lines = [dict(_NETWORKS.choices).get(_platform(line), line) for line in lines]
        told.append((str(label), [line for line in lines if line]))
    return [(label, lines) for label, lines in told if lines]


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("statement") or value.get("metric")
    return "" if value is None else str(value)
