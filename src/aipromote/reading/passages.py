"""What was read: passages, each with its place, so that whatever is taken from them can be shown where it stands."""

from __future__ import annotations

from typing import Annotated, Literal

import regex
from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["title", "meta", "heading", "text", "item", "quote", "link", "alternate", "image", "colour", "data"]
MAX_PASSAGE = 4000
MAX_PASSAGES = 4000
MAX_TEXT = 400_000
"""Characters that are kept of one page or file."""

# Characters that are not seen: zero-width ones, marks of direction, tags. Text can be smuggled past a reader in them.
_UNSEEN = dict.fromkeys(
    [
        *(0x00AD, 0x034F, 0x061C, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE0F),
        *range(0xE0000, 0xE0080),
    ]
)
_CONTROL = regex.compile(r"[[\p{Cc}\p{Cs}\p{Co}]--[\s]]", regex.VERSION1)


class Passage(BaseModel):
    """One piece of text. `name` says more by kind: the property of a meta element or of data, the target of a link."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    text: Annotated[str, Field(max_length=MAX_PASSAGE)]
    place: Annotated[str, Field(max_length=200)]
    """For people: "heading", "page 3", "slide 2"."""
    name: Annotated[str, Field(max_length=2000)] = ""
    level: Annotated[int, Field(ge=0, le=6)] = 0
    """Of a heading: 1 is the highest."""
    under: Annotated[str, Field(max_length=300)] = ""
    """The heading above; of data, what it is to the thing around it."""
    group: int = 0
    """Data with the same number describe one thing."""


class Reading(BaseModel):
    """All that was read of one page or file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(max_length=2000)]
    """The address, or the file's name."""
    form: Literal["page", "pdf", "docx", "pptx", "markdown", "text"]
    language: Annotated[str, Field(max_length=40)] = ""
    """As a page declares it."""
    passages: Annotated[list[Passage], Field(max_length=MAX_PASSAGES)] = []
    is_cut: bool = False
    """Whether there was more than is kept."""

    def of(self, *kinds: Kind, name: str | None = None) -> list[Passage]:
        """The passages of these kinds (with that name), in order."""
        return [one for one in self.passages if one.kind in kinds and (name is None or one.name == name)]

    @property
    def text(self) -> str:
        """What a person would read of it, as Markdown: headings and paragraphs, without what only machines see."""
        seen = [_written(one) for one in self.passages if one.kind in {"title", "heading", "text", "item", "quote"}]
        return "\n\n".join(dict.fromkeys(seen))


def _written(passage: Passage) -> str:
    if passage.kind == "heading":
        return f"{'#' * max(1, passage.level)} {passage.text}"
    return {"item": "- ", "quote": "> "}.get(passage.kind, "") + passage.text


def clean(text: str) -> str:
    """One line of visible text: no unseen characters, no control characters, single spaces."""
    return " ".join(_CONTROL.sub("", text.translate(_UNSEEN)).split())


class Collector:
    """Gathers passages within the limits; knows the heading that the next one stands under."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.is_cut = False
        self.under = ""
        """The heading that stands above what comes next."""
        self._length = 0

    def add(
        self, kind: Kind, text: str, *, place: str, name: str = "", level: int = 0, group: int = 0, under: str = ""
    ) -> None:
        """Keep a passage, if there is something to see in it."""
        text = clean(text)
        if not text:
            return
        if self._length + len(text) > MAX_TEXT or len(self.passages) >= MAX_PASSAGES:
            self.is_cut = True
            return
        self._length += len(text)
        if kind == "heading":
            self.under = text[:300]
        if kind in {"text", "item", "quote"}:
            under = self.under
        if len(text) > MAX_PASSAGE:
            self.is_cut = True
        passage = Passage(
            kind=kind,
            text=text[:MAX_PASSAGE],
            place=place[:200],
            name=name[:2000],
            level=level,
            under=under,
            group=group,
        )
        self.passages.append(passage)
