"""What a language pack holds: the words that connect the brief's own sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Theme(StrEnum):
    """What a post is about; each has its pillar."""

    PROBLEM = "problem"
    PRODUCT = "product"
    PROOF = "proof"
    AUDIENCE = "audience"
    PEOPLE = "people"


class Kind(StrEnum):
    """Which part of the brief a sentence comes from."""

    PAIN = "pain"
    JOB = "job"
    DIFFERENCE = "difference"
    USP = "usp"
    PROOF = "proof"
    WHAT = "what"
    PERSONA = "persona"
    FOUNDER = "founder"
    PRICE = "price"


Lines = tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """The connecting words of one language. `{name}` is the startup's name; other places are named per field."""

    code: str
    pillars: Mapping[Theme, tuple[str, str]]
    """Name and description of each pillar."""
    openers: Mapping[Kind, Lines] = field(default_factory=dict)
    """First lines that may stand before a sentence of that kind."""
    bridges: Mapping[Kind, Lines] = field(default_factory=dict)
    """Sentences that may follow one of that kind."""
    lists: Mapping[Kind, Lines] = field(default_factory=dict)
    """Headings of a list of sentences of that kind."""
    contrasts: Lines = ()
    """How it is today (`{before}`) and with the product (`{after}`), as two lines."""
    cards: Lines = ()
    """`{who}`, `{problem}` and `{answer}` as three lines."""
    asks: Mapping[Theme, Lines] = field(default_factory=dict)
    """Closing questions. Real ones: no "comment YES"."""
    early_asks: Lines = ()
    """Closing lines of a startup that is still finding out."""
    more: Lines = ()
    """Invitations to follow `{url}`."""
    price: Lines = ()
    """How `{price}` is told."""
    image: str = "{lead}"
    """What a picture should show, from `{lead}`."""
    video: str = "{lead}"
    """What a short video should show, from `{lead}` and `{support}`."""
    everyone: str = "{name}"
    """The segment of a brief that names none."""
