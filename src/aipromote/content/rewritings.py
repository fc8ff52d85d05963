"""Proposing a rewritten text: by the writer where it can, otherwise by the text's own sentences. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.offline.material import holding
from aipromote.ai.writer import RewritingWriter, Writer
from aipromote.ai.writers import listening_to
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.connectors.counting import fits
from aipromote.content import queries
from aipromote.content.rewriting import threads
from aipromote.content.rewriting.adapting import adapted
from aipromote.content.rewriting.hooks import other_hooks
from aipromote.content.rewriting.shortening import shorter
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations import queries as organizations


class Task(StrEnum):
    """What is to be done with a text."""

    SHORTER = "shorter"
    HOOK = "hook"
    ADAPT = "adapt"
    THREAD = "thread"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for. `selection` is a passage of the text; empty means the whole."""

    task: Task
    percent: int = 20
    platform: Platform | None = None
    numbered: bool = False
    selection: str = ""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The text that is proposed. A thread's posts are `parts`; `by` says who rewrote it."""

    body: str
    platform: Platform
    type: ContentType
    parts: tuple[str, ...] = ()
    by: str = "rules, without a model"


_IN_WORDS = {
    Task.SHORTER: "Make it {percent} percent shorter. Keep the first sentence's thought and the call to action.",
    Task.HOOK: "Give it another first line that makes people read on. Leave the rest as it is.",
    Task.ADAPT: "Rewrite it as is usual on {platform}.",
}


async def propose(
    session: AsyncSession, *, organization_id: UUID, piece_id: UUID, body: str, wish: Wish, writer: Writer
) -> Rewritten:
    """The text rewritten. Raises InvalidInput or Conflict, in words, where that cannot be done."""
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    brief = (await organizations.organization(session, organization_id=organization_id)).brief
    known = await brand.facts(session, organization_id=organization_id)
    facts = holding(known, piece.planned_for or clock.now().date())
    platform = wish.platform if wish.task is Task.ADAPT and wish.platform else piece.platform
    if wish.task is Task.THREAD:
        parts = threads.split(body, limits.of(platform), numbered=wish.numbered)
        if len(parts) == 1:
            raise Conflict(f"The text fits into one {platform.label} post; there is nothing to split.")
        return Rewritten("\n\n".join(parts), platform, ContentType.THREAD, tuple(parts))
    if wish.task is Task.JOIN:
        return Rewritten(threads.join(piece.parts or [body]), platform, ContentType.POST)
    passage, before, after = _passage(body, wish)
    kind = ContentType.POST if wish.task is Task.ADAPT else piece.type
    if isinstance(writer, RewritingWriter):
        text = await _by_writer(writer, brief, facts, passage, wish=wish, platform=platform)
        if text and fits(before + text + after, limits.of(platform)):
            return Rewritten(before + text + after, platform, kind, by=writer.name)
    text = _by_rules(passage, brief, facts, wish, platform)
    return Rewritten(before + text + after, platform, kind)


def _passage(body: str, wish: Wish) -> tuple[str, str, str]:
    """What is rewritten, and what stands before and after it."""
    selection = wish.selection.replace("\r\n", "\n").strip()
    if not selection or wish.task is Task.ADAPT:
        return body, "", ""
    before, found, after = body.partition(selection)
    if not found:
        raise InvalidInput("That passage does not stand in the text. Copy it from there.", field="selection")
    return selection, before, after


async def _by_writer(
    writer: RewritingWriter, brief: Brief, facts: tuple[Fact, ...], text: str, *, wish: Wish, platform: Platform
) -> str:
    task = _IN_WORDS[wish.task].format(percent=wish.percent, platform=platform.label)
    with listening_to(writer):  # type: ignore[arg-type]  # it is a Writer as well
        return (
            await writer.rewrite(
                brief, facts=facts, text=text, task=task, platform=platform, limits=limits.of(platform)
            )
        ).strip()


def _by_rules(text: str, brief: Brief, facts: tuple[Fact, ...], wish: Wish, platform: Platform) -> str:
    keep = [brief.brand.legal_disclaimer] if brief.brand.legal_disclaimer else []
    if wish.task is Task.SHORTER:
        return shorter(text, limits.of(platform), percent=wish.percent, keep=keep)
    if wish.task is Task.ADAPT:
        return adapted(text, platform, keep=keep)
    return other_hooks(text, brief=brief, facts=facts)[0]
