"""Asking by words and, where a model for embeddings is set up, by meaning: by words alone where that fails.

A question is embedded before the transaction in which it is answered: nothing in the database waits for a provider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.ai import embedders
from aipromote.ai.embedder import Embedder
from aipromote.ai.errors import ModelsFailed
from aipromote.db import vectors as pgvector
from aipromote.db.database import Database
from aipromote.documents.passages import Passage
from aipromote.errors import SetupError
from aipromote.knowledge.models import PassageVector
from aipromote.knowledge.queries import MOST, Meaning, find, fit

log: structlog.stdlib.BoundLogger = structlog.get_logger()

NOT_YET = "No text of this organization has been embedded with {model} yet."


@dataclass(frozen=True, slots=True)
class Answer:
    """Passages, the best first. `note` says why meaning had no say although a model for it is set up; else empty."""

    passages: list[Passage]
    by_meaning: bool = False
    note: str = ""


async def ask(
    database: Database, *, organization_id: UUID, query: str, limit: int = 10, by_words_since: str = ""
) -> Answer:
    """What the organization knows about this, for somebody who looks; of a provider that fails only the note tells.

    `by_words_since` says why no provider is to be asked: then words alone answer, and the note tells that.
    """
    if by_words_since:
        async with database.transaction(organization_id) as session:
            found = await find(session, organization_id=organization_id, query=query, limit=limit, day=None)
            return Answer(found, note=by_words_since)
    (answer,) = await _answers(database, organization_id, [query], limit=limit, day=None)
    return answer


async def for_writers(
    database: Database, *, organization_id: UUID, queries: Sequence[str], limit: int, day: date
) -> list[list[Passage]]:
    """For each question what a writer may use: without facts that no longer hold on `day`, when the text goes out."""
    answers = await _answers(database, organization_id, queries, limit=MOST, day=day)
    return [[passage for passage in answer.passages if not passage.expired][:limit] for answer in answers]


async def _answers(
    database: Database, organization_id: UUID, queries: Sequence[str], *, limit: int, day: date | None
) -> list[Answer]:
    meanings, note = await _meanings(database, organization_id, queries)
    async with database.transaction(organization_id) as session:
        return [
            await _answer(session, organization_id, query, meanings.get(query), note, limit=limit, day=day)
            for query in queries
        ]


async def _answer(
    session: AsyncSession,
    organization_id: UUID,
    query: str,
    meaning: Meaning | None,
    note: str,
    *,
    limit: int,
    day: date | None,
) -> Answer:
    if meaning is not None:
        try:
            async with session.begin_nested():
                found = await find(
                    session, organization_id=organization_id, query=query, limit=limit, day=day, meaning=meaning
                )
            return Answer(found, by_meaning=True)
        except DBAPIError as problem:
            # A library of pgvector that is gone or of another release. Words need none of it.
            log.warning("passages could not be found by meaning", kind=type(problem.orig).__name__)
            note = "The database could not compare vectors; the log says more."
    return Answer(await find(session, organization_id=organization_id, query=query, limit=limit, day=day), note=note)


async def _meanings(
    database: Database, organization_id: UUID, queries: Sequence[str]
) -> tuple[dict[str, Meaning], str]:
    """Vectors of those questions that have a word in them, and why there are none."""
    asked = list(dict.fromkeys(query for query in queries if any(map(str.isalnum, fit(query)))))
    try:
        embedder = await embedders.current(settings.get(), database=database, organization_id=organization_id)
        if embedder is None or not asked:
            return {}, ""
        if problem := await _unready(database, organization_id, embedder):
            return {}, problem
        made = await embedder.embed([fit(query) for query in asked], kind="query", patient=False)
    except (ModelsFailed, SetupError) as problem:
        log.warning("a question was asked by words alone", organization=str(organization_id), why=problem.message)
        return {}, problem.message
    return {query: Meaning(embedder.name, vector) for query, vector in zip(asked, made, strict=True)}, ""


async def _unready(database: Database, organization_id: UUID, embedder: Embedder) -> str:
    """Why it would be in vain to embed a question, in words; empty where it would not."""
    async with database.transaction(organization_id) as session:
        if not await pgvector.is_there(session):
            return f"This database has no pgvector. {await pgvector.remedy(session)}"
        mine = (PassageVector.organization_id == organization_id, PassageVector.model == embedder.name)
        if await session.scalar(select(PassageVector.id).where(*mine).limit(1)) is None:
            return NOT_YET.format(model=embedder.name)
    return ""
