"""What every writer does, whichever model (or none) is behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from aipromote.connectors.contract import Limits
from aipromote.documents.brief import Brief
from aipromote.documents.content import PieceSource, PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.passages import Passage as Source
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the calendar that wants a post. `index` is the caller's; the draft carries it back.

    `passages` are what the startup knows about its theme, the best first: data to write from, as far as it is true.
    """

    index: int
    date: date
    platform: Platform
    pillar: str
    theme: str = ""
    format: ContentType = ContentType.POST
    passages: tuple[Source, ...] = ()


class Writer(Protocol):
    """Writes strategies and posts. Only facts that it is given may be claimed."""

    name: str

    async def strategy(self, brief: Brief, *, facts: Sequence[Fact], start: date, version: int) -> StrategyDocument:
        """A ninety-day plan from `start`. `version` is the number it will get; a higher one may weigh things anew."""
        ...

    async def posts(
        self,
        brief: Brief,
        strategy: StrategyDocument,
        *,
        facts: Sequence[Fact],
        slots: Sequence[Slot],
        avoid: Sequence[str],
        limits: Mapping[Platform, Limits],
    ) -> list[PostDraft]:
        """At most one draft for each slot, in the order of the slots; `PostDraft.slot` is the slot's index.

        No body repeats another one or one of `avoid`, and each fits `limits`. A slot for which nothing new and true can
        be said gets no draft.
        """
        ...


@dataclass(frozen=True, slots=True)
class WrittenStrategy:
    """A plan, and which of the passages it was written from; None where there were none to name."""

    document: StrategyDocument
    sources: list[PieceSource] | None = None


@runtime_checkable
class ReadingStrategist(Protocol):
    """What a writer may do beside: write a plan from passages, too. One that cannot has the brief and the facts."""

    async def strategy_from(
        self, brief: Brief, *, facts: Sequence[Fact], start: date, version: int, passages: Sequence[Source]
    ) -> WrittenStrategy:
        """As `Writer.strategy`, from what the startup knows besides. `passages` are the best first, and data."""
        ...


@runtime_checkable
class VaryingWriter(Protocol):
    """What a writer may do beside: say one post in other ways. Of one that cannot, further posts are asked for."""

    async def variants(
        self,
        brief: Brief,
        strategy: StrategyDocument,
        *,
        facts: Sequence[Fact],
        slot: Slot,
        said: Sequence[str],
        count: int,
        limits: Limits,
    ) -> list[PostDraft]:
        """At most `count` drafts for the slot, other than each other and than the bodies in `said`, each within limits.

        `PostDraft.rationale` says what is different about it.
        """
        ...


async def variants(
    writer: Writer,
    brief: Brief,
    strategy: StrategyDocument,
    *,
    facts: Sequence[Fact],
    slot: Slot,
    said: Sequence[str],
    count: int,
    limits: Limits,
) -> list[PostDraft]:
    """The writer's own variants, or as many posts for the same slot as it has, each without repeating the others."""
    if isinstance(writer, VaryingWriter):
        return await writer.variants(brief, strategy, facts=facts, slot=slot, said=said, count=count, limits=limits)
    drafts: list[PostDraft] = []
    for _ in range(count):
        avoid = (*said, *(draft.body for draft in drafts))
        by_platform = {slot.platform: limits}
        new = await writer.posts(brief, strategy, facts=facts, slots=[slot], avoid=avoid, limits=by_platform)
        if not new:
            break
        drafts += new[:1]
    return drafts


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is to be rewritten as `task` says in words; `before` and `after` stand around it and stay as they are.

    `at_most` bounds the new words in the network's own counting, where they are to be shorter. In a thread what stands
    between blank lines has to fit by itself.
    """

    text: str
    task: str
    platform: Platform
    limits: Limits
    before: str = ""
    after: str = ""
    at_most: int | None = None
    is_thread: bool = False


@runtime_checkable
class RewritingWriter(Protocol):
    """What a writer may do beside: rewrite a text. Without one it is done by leaving out and moving sentences."""

    name: str

    async def rewrite(self, brief: Brief, *, facts: Sequence[Fact], passage: Passage) -> str:
        """New words for the passage, in its language, which fit and bring in no claim, number, address or account.

        Raises WriterFailed, with why in words, where there are none.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartOfSeries:
    """One part: what it is about (`lead`), in which `role`, and what the parts `before` it said, by their numbers.

    `avoid` are texts that it must not repeat, those of other parts among them.
    """

    series: str
    number: int
    total: int
    role: str
    lead: str
    day: date
    platform: Platform
    limits: Limits
    before: tuple[tuple[int, str], ...] = ()
    avoid: tuple[str, ...] = ()


@runtime_checkable
class SeriesWriter(Protocol):
    """What a writer may do beside: write a part of a series. Without one a part is its sentence and lines of a pack."""

    name: str

    async def part(self, brief: Brief, *, facts: Sequence[Fact], part: PartOfSeries, instead: PostDraft) -> PostDraft:
        """The part, or `instead` (which has no model) where no part can be used, with why.

        `facts` are those that hold on the part's day. Raises WriterFailed where no model can, and the offline writer is
        not to.
        """
        ...
