"""The kinds of values that a brief is made of, with messages that a founder can act on."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aipromote.documents.vocabulary import Platform

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TAG = re.compile(r"\w+")

# What people call the networks; the vocabulary's own names are accepted as well.
PLATFORM_NAMES: dict[str, Platform] = {
    "x": Platform.TWITTER,
    **{platform.value.lower().replace("_", "-"): platform for platform in Platform},
    "shorts": Platform.YOUTUBE_SHORTS,
    "youtube": Platform.YOUTUBE_SHORTS,
    "dev.to": Platform.DEVTO,
}


class Group(BaseModel):
    """A group of fields: unknown ones are refused, and one that is null counts as left out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: item for key, item in value.items() if item is not None}


def refuse(found: object, expected: str) -> PydanticCustomError:
    """The error for a value of the right type that does not fit; `expected` completes "expected …"."""
    return PydanticCustomError("does_not_fit", "{expected}", {"expected": expected, "found": found})


def _named(value: Any) -> Any:
    """A plain text where a group with a name is expected is its name."""
    return {"name": value} if isinstance(value, str) else value


def _zone(value: str) -> str:
    if value in _zones():
        return value
    close = get_close_matches(value, _zones(), n=1, cutoff=0.6)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise refuse(value, f"an IANA time zone such as 'Europe/Berlin'{hint}")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refuse(value, "a language tag such as 'en', 'de' or 'pt-BR'")
    return value


def _link(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\.?[^\s]*", value):
        raise refuse(value, "an address that starts with https:// or http://")
    return value


def _platform(value: Any) -> Any:
    if isinstance(value, Platform) or not isinstance(value, str):
        return value
    key = value.strip().lower().replace("_", "-").replace(" ", "-")
    if key not in PLATFORM_NAMES:
        close = get_close_matches(key, PLATFORM_NAMES, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise refuse(value, f"one of {', '.join(PLATFORM_NAMES)}{hint}")
    return PLATFORM_NAMES[key]


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refuse(value, "a date such as 2027-01-31") from None


def _target(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if is_number or (isinstance(value, str) and value.strip()):
        return value
    raise refuse(value, "a number or text")


def _tag(value: str) -> str:
    bare = value.removeprefix("#")
    if not _TAG.fullmatch(bare):
        raise refuse(value, "a hashtag of letters, digits and underscores, such as '#BuildInPublic'")
    return bare


Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""One line: a name, a phrase, a short sentence."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
"""A few sentences, or paragraphs."""
TimeZone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
Link = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_link)]
PlatformName = Annotated[
    Platform,
    BeforeValidator(_platform),
    WithJsonSchema({"type": "string", "enum": [*PLATFORM_NAMES, *(platform.value for platform in Platform)]}),
]
Target = Annotated[int | float | str, BeforeValidator(_target)]
Day = Annotated[date, BeforeValidator(_day)]
Hashtag = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_tag)]
"""Kept without the number sign."""
PerWeek = Annotated[int, Field(strict=True, ge=1, le=100)]
Lines = Annotated[list[Line], Field(max_length=50)]
Texts = Annotated[list[Text], Field(max_length=50)]
NamedInShort = BeforeValidator(_named)
