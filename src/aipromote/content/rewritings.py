"""Proposing a rewritten text: by the writer where it can, otherwise by the text's own sentences. Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.errors import WriterFailed
from aipromote.ai.offline.material import holding
from aipromote.ai.writer import Passage, RewritingWriter, Writer
from aipromote.ai.writers import listening_to
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.connectors.counting import length
from aipromote.content import queries
from aipromote.content.models import ContentPiece
from aipromote.content.rewriting import threads
from aipromote.content.rewriting.adapting import adapted
from aipromote.content.rewriting.hooks import other_hooks
from aipromote.content.rewriting.sentences import sentences
from aipromote.content.rewriting.shortening import check_percent, shorter
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import Conflict, InvalidInput, SetupError
from aipromote.organizations import queries as organizations

MAX_SECONDS = 60.0
"""For all models together: somebody waits for the page."""


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
class Desk:
    """All that rewriting a piece's text needs. `facts` are those that hold on its day."""

    piece: ContentPiece
    brief: Brief
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The text that is proposed. A thread's posts are `parts`; `by` says who rewrote it.

    `note` says why it was not the writer, where it was asked.
    """

    body: str
    platform: Platform
    type: ContentType
    parts: tuple[str, ...] = ()
    by: str = "rules, without a model"
    note: str = ""


_IN_WORDS = {
    Task.SHORTER: (
        "Make the passage at least {percent} percent shorter: at most {at_most} long, as {platform} counts. Keep the "
        "thought of its first sentence and its call to action."
    ),
    Task.HOOK: (
        "The passage is the first line of the post. Write another first line in its place, which makes people read on "
        "and fits what follows."
    ),
    Task.ADAPT: "The passage is a whole post for another network. Rewrite it as is usual on {platform}.",
}


async def desk_for(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> Desk:
    """Load it. Raises NotFound."""
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    brief = (await organizations.organization(session, organization_id=organization_id)).brief
    known = await brand.facts(session, organization_id=organization_id)
    return Desk(piece, brief, holding(known, piece.planned_for or clock.now().date()))


async def propose(desk: Desk, *, body: str, wish: Wish, writer: Writer) -> Rewritten:
    """The text rewritten. May take a minute: hold no transaction meanwhile.

    Raises InvalidInput or Conflict, in words, where that cannot be done.
    """
    piece = desk.piece
    platform = wish.platform if wish.task is Task.ADAPT and wish.platform else piece.platform
    if wish.task is Task.THREAD:
        parts = threads.split(body, limits.of(platform), numbered=wish.numbered)
        if len(parts) == 1:
            raise Conflict(f"The text fits into one {platform.label} post; there is nothing to split.")
        return Rewritten("\n\n".join(parts), platform, ContentType.THREAD, tuple(parts))
    if wish.task is Task.JOIN:
        return Rewritten(threads.join(piece.parts or [body]), platform, ContentType.POST)
    text, before, after = _selected(body, wish)
    kind = ContentType.POST if wish.task is Task.ADAPT else piece.type
    note = ""
    if isinstance(writer, RewritingWriter):
        passage = _passage(text, before, after, wish=wish, platform=platform, kind=kind)
        try:
            new = await _by_writer(writer, desk, passage)
            return Rewritten(passage.before + new + passage.after, platform, kind, by=writer.name)
        except (WriterFailed, SetupError) as problem:
            note = f"This was done by rules, since no language model did it: {problem.message}"
    try:
        new = _by_rules(text, desk, wish, platform)
    except Conflict as refused:
        raise Conflict(" ".join(filter(None, (refused.message, note)))) from refused
    return Rewritten(before + new + after, platform, kind, note=note)


def _selected(body: str, wish: Wish) -> tuple[str, str, str]:
    """What is rewritten, and what stands before and after it."""
    selection = wish.selection.replace("\r\n", "\n").strip()
    if not selection or wish.task is Task.ADAPT:
        return body, "", ""
    before, found, after = body.partition(selection)
    if not found:
        raise InvalidInput("That passage does not stand in the text. Copy it from there.", field="selection")
    return selection, before, after


def _passage(text: str, before: str, after: str, *, wish: Wish, platform: Platform, kind: ContentType) -> Passage:
    """What the writer is asked for. Of a text that is to begin otherwise, only its first sentence."""
    known = limits.of(platform)
    words = {"percent": wish.percent, "platform": platform.label, "at_most": 0}
    asked = Passage(text, "", platform, known, before, after, is_thread=kind is ContentType.THREAD)
    if wish.task is Task.SHORTER:
        check_percent(wish.percent)
        words["at_most"] = most = length(text.strip(), known.counting) * (100 - wish.percent) // 100
        asked = replace(asked, at_most=most)
    if wish.task is Task.HOOK:
        start = len(text) - len(text.lstrip())
        end = start + len(sentences(text)[0].text) if text.strip() else len(text)
        asked = replace(asked, text=text[start:end], before=before + text[:start], after=text[end:] + after)
    return replace(asked, task=_IN_WORDS[wish.task].format(**words))


async def _by_writer(writer: RewritingWriter, desk: Desk, passage: Passage) -> str:
    with listening_to(writer):
        try:
            async with asyncio.timeout(MAX_SECONDS):
                return await writer.rewrite(desk.brief, facts=desk.facts, passage=passage)
        except TimeoutError:
            raise WriterFailed(f"It took longer than {MAX_SECONDS:.0f} seconds.") from None


def _by_rules(text: str, desk: Desk, wish: Wish, platform: Platform) -> str:
    disclaimer = desk.brief.brand.legal_disclaimer
    keep = [disclaimer] if disclaimer else []
    if wish.task is Task.SHORTER:
        return shorter(text, limits.of(platform), percent=wish.percent, keep=keep)
    if wish.task is Task.ADAPT:
        return adapted(text, platform, keep=keep)
    return other_hooks(text, brief=desk.brief, facts=desk.facts)[0]
