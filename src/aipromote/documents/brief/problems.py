"""What is wrong with a brief, in sentences that name the place and the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aipromote.documents.brief.shape import Brief
from aipromote.errors import InvalidInput

Path = tuple[str | int, ...]
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, and what was found instead of what. `line` counts from 1; None when not from a file."""

    field: str
    message: str
    line: int | None = None


class BriefError(InvalidInput):
    """A brief that cannot be taken. `problems` has all mistakes in the order of the file; the message lists them."""

    def __init__(self, problems: Sequence[Problem], *, source: str) -> None:
        self.problems = tuple(problems)
        self.source = source
        first = self.problems[0].field if self.problems else None
        super().__init__("\n".join(_sentence(problem, source) for problem in self.problems), field=first or None)


def validate_brief(data: object, *, source: str, lines: Mapping[Path, int] | None = None) -> Brief:
    """A brief from parsed data, or a BriefError with every problem.

    `lines` gives the line of each value by its path; its entry for the empty path is where the data begins.
    """
    try:
        return Brief.model_validate(data)
    except ValidationError as error:
        problems = [_problem(detail, lines or {}) for detail in error.errors(include_url=False)]
        unique = sorted(set(problems), key=lambda problem: (problem.line or 0, problem.field))
        raise BriefError(unique, source=source) from None


def _sentence(problem: Problem, source: str) -> str:
    place = source if problem.line is None else f"{source}:{problem.line}"
    return ": ".join(part for part in (place, problem.field, problem.message) if part)


def _problem(detail: ErrorDetails, lines: Mapping[Path, int]) -> Problem:
    path = _in_the_file(detail["loc"])
    return Problem(field=_dotted(path), message=_message(detail, path), line=_line(path, lines))


def _in_the_file(loc: tuple[str | int, ...]) -> Path:
    """The path as written: Pydantic adds the key's own error mark and the tried branch of a union."""
    return tuple(part for part in loc if part != "[key]" and not str(part).startswith(("constrained-", "function-")))


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _line(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of the value, or of the nearest group around it that is in the file."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _message(detail: ErrorDetails, path: Path) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing; expected " + _MISSING.get(str(path[-1]), "a value here")
    if kind == "extra_forbidden":
        return _unknown_field(path)
    if kind == "does_not_fit":
        return f"found {_shown(context['found'])}; expected {context['expected']}"
    return f"found {_shown(detail['input'])}; expected {_expected(kind, context)}"


_MISSING = {
    "name": "a name",
    "description": "one sentence about what it does and for whom",
    "statement": "the sentence that may be said",
    "source": "where the statement can be checked (a link, a document, a person)",
    "metric": "what is counted, such as 'signups'",
    "location": "a path or an address",
}


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    sentences = {
        "string_type": "text (put numbers and dates in quotes)",
        "string_too_short": "some text",
        "string_too_long": f"at most {context.get('max_length')} characters",
        "list_type": "a list (lines that start with '- ')",
        "too_short": f"at least {context.get('min_length')} entry",
        "too_long": f"at most {context.get('max_length')} entries",
        "dict_type": "a group of fields",
        "model_type": "a group of fields",
        "int_type": "a whole number (without quotes)",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "greater_than_equal": f"{context.get('ge')} or more",
        "less_than_equal": f"{context.get('le')} or less",
    }
    if kind in {"enum", "literal_error"}:
        return "one of " + str(context.get("expected", "")).replace(" or ", ", ")
    return sentences.get(kind, "something else there")


def _unknown_field(path: Path) -> str:
    known = _fields_at(path[:-1])
    close = get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
    if close:
        return f"is not a known field; did you mean '{close[0]}'?"
    return f"is not a known field; expected one of {', '.join(known)}"


def _fields_at(path: Path) -> list[str]:
    """The names of the fields of the group at `path`."""
    model: type[BaseModel] = Brief
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model inside a (nested) annotation such as list[Annotated[Persona, ...]]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)


def _shown(value: object) -> str:
    """The value as a person would point at it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a group of fields"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = str(value)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"'{shown}'" if isinstance(value, str) else shown
