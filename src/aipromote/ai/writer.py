"""What every writer does, whichever model (or none) is behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from aipromote.connectors.contract import Limits
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the calendar that wants a post. `index` is the caller's; the draft carries it back."""

    index: int
    date: date
    platform: Platform
    pillar: str
    theme: str = ""
    format: ContentType = ContentType.POST


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
