"""Conditions for approval without a person, as sentences that people read and as forms that they fill in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from starlette.datastructures import FormData

from aipromote.documents.content import AutoApprovalCondition
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.languages import Lazy, _, lazy, ngettext

_MOST_CLAIMS = 99
_LONGEST = 200


class Sort(StrEnum):
    """A kind of sentence that the page has a form for."""

    NETWORKS = "networks"
    PILLAR = "pillar"
    NOT_PILLAR = "not-pillar"
    CLAIMS = "claims"
    CONFIDENCE = "confidence"
    WORDS = "words"
    HASHTAG = "hashtag"
    WRITER = "writer"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A condition in words. `sort` is None for one that the page has no form for; it can only be removed."""

    sort: Sort | None
    words: str
    value: str | list[str]
    """What stands in its form."""
    problem: str = ""
    """What is odd about it: it asks for something that is not there any more."""


_SORTS = {
    ("platform", "in"): Sort.NETWORKS,
    ("pillar", "equals"): Sort.PILLAR,
    ("pillar", "not_equals"): Sort.NOT_PILLAR,
    ("claims", "at_most"): Sort.CLAIMS,
    ("confidence", "at_least"): Sort.CONFIDENCE,
    ("body", "contains"): Sort.WORDS,
    ("hashtags", "contains"): Sort.HASHTAG,
    ("generated_by", "contains"): Sort.WRITER,
}
_OPERATORS = {
    "equals": lazy("is"),
    "not_equals": lazy("is not"),
    "in": lazy("is one of"),
    "at_least": lazy("is at least"),
    "at_most": lazy("is at most"),
    "contains": lazy("contains"),
}


def sentence(condition: AutoApprovalCondition, *, pillars: Collection[str]) -> Sentence:
    """The condition in words. `pillars` are the names that there are."""
    sort = _SORTS.get((condition.field, condition.operator))
    value = condition.value
    if sort is Sort.NETWORKS and isinstance(value, list):
        names = [_label(one) for one in value]
        return Sentence(sort, _("The network is %(names)s.", names=_or(names)), value)
    if sort in {Sort.PILLAR, Sort.NOT_PILLAR} and isinstance(value, str):
        is_it = _("The pillar is “%(name)s”.", name=value)
        is_not = _("The pillar is not “%(name)s”.", name=value)
        gone = "" if value in pillars else _("No pillar has this name now.")
        return Sentence(sort, is_not if sort is Sort.NOT_PILLAR else is_it, value, gone)
    if sort is Sort.CLAIMS and isinstance(value, int | float):
        number = int(value)
        many = ngettext("The text makes at most %(num)s claim.", "The text makes at most %(num)s claims.", number)
        return Sentence(sort, many if number else _("The text makes no claim."), str(number))
    if sort is Sort.CONFIDENCE and isinstance(value, int | float):
        return Sentence(
            sort,
            _("The writer is at least %(share)s %% sure of it.", share=f"{value * 100:.0f}"),
            str(round(value * 100)),
        )
    if sort in _PLAIN and isinstance(value, str):
        return Sentence(sort, str(_PLAIN[sort]).format(value), value)
    shown = ", ".join(value) if isinstance(value, list) else str(value)
    return Sentence(None, f"{condition.field} {_OPERATORS[condition.operator]} {shown}", shown)


def condition_of(sort: Sort, form: FormData, *, pillars: Collection[str]) -> AutoApprovalCondition:
    """The condition that somebody filled in. Raises InvalidInput."""
    return _READERS[sort](form, pillars)


_PLAIN: dict[Sort | None, Lazy] = {
    Sort.WORDS: lazy("The text contains “{}”, spelled exactly so."),
    Sort.HASHTAG: lazy("It has the hashtag #{}."),
    Sort.WRITER: lazy("It was written by “{}”."),
}


def _networks(form: FormData, _pillars: Collection[str]) -> AutoApprovalCondition:
    chosen = [str(one) for one in form.getlist("network")]
    if not chosen:
        raise InvalidInput("Tick at least one network.", field="network")
    if not set(chosen) <= {platform.value for platform in Platform}:
        raise InvalidInput("There is no such network.", field="network")
    return AutoApprovalCondition(field="platform", operator="in", value=chosen)


def _pillar(form: FormData, pillars: Collection[str], *, is_not: bool) -> AutoApprovalCondition:
    name = _given(form)
    if name not in pillars:
        raise InvalidInput(f"There is no pillar “{name}”.", field="value")
    return AutoApprovalCondition(field="pillar", operator="not_equals" if is_not else "equals", value=name)


def _claims(form: FormData, _pillars: Collection[str]) -> AutoApprovalCondition:
    return AutoApprovalCondition(field="claims", operator="at_most", value=_number(form, _MOST_CLAIMS))


def _confidence(form: FormData, _pillars: Collection[str]) -> AutoApprovalCondition:
    return AutoApprovalCondition(field="confidence", operator="at_least", value=_number(form, 100) / 100)


def _contains(field: str) -> Callable[[FormData, Collection[str]], AutoApprovalCondition]:
    def read(form: FormData, _pillars: Collection[str]) -> AutoApprovalCondition:
        words = _given(form)
        return AutoApprovalCondition(
            field=field, operator="contains", value=words.lstrip("#") if field == "hashtags" else words
        )

    return read


def _given(form: FormData) -> str:
    words = str(form.get("value", "")).strip()
    if not words.strip("# ") or len(words) > _LONGEST:
        raise InvalidInput(f"Fill the condition in, with at most {_LONGEST} characters.", field="value")
    return words


def _number(form: FormData, most: int) -> int:
    words = str(form.get("value", "")).strip()
    if not (words.isascii() and words.isdigit() and len(words) <= len(str(most)) and int(words) <= most):
        raise InvalidInput(f"Write a number from 0 to {most}.", field="value")
    return int(words)


_READERS: dict[Sort, Callable[[FormData, Collection[str]], AutoApprovalCondition]] = {
    Sort.NETWORKS: _networks,
    Sort.PILLAR: lambda form, pillars: _pillar(form, pillars, is_not=False),
    Sort.NOT_PILLAR: lambda form, pillars: _pillar(form, pillars, is_not=True),
    Sort.CLAIMS: _claims,
    Sort.CONFIDENCE: _confidence,
    Sort.WORDS: _contains("body"),
    Sort.HASHTAG: _contains("hashtags"),
    Sort.WRITER: _contains("generated_by"),
}


def _label(name: str) -> str:
    return next((one.label for one in Platform if one.value == name), name)


def _or(names: Sequence[str]) -> str:
    if len(names) < 2:  # noqa: PLR2004 -- one alone needs no word between
        return "".join(names) or _("none")
    return _("%(first)s or %(last)s", first=", ".join(names[:-1]), last=names[-1])
