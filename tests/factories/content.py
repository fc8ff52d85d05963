"""Pieces."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from aipromote.content import actions, queries
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.content import PostDraft
from aipromote.documents.vocabulary import Platform
from aipromote.strategy import queries as strategies
from factories import strategy as plans
from factories.organizations import Startup


def post_draft(**changes: Any) -> PostDraft:
    values: dict[str, Any] = {
        "platform": Platform.TWITTER,
        "body": f"Rye keeps longer than wheat. Ask us why. {_word(uuid4())}.",
        "hook": "Rye keeps longer than wheat.",
        "cta": "Ask us why.",
        "pillar": "Bread",
        "theme": "Rye",
        "confidence": 0.4,
        "generated_by": "tests/1",
    }
    return PostDraft.model_validate(values | changes)


def _word(key: UUID) -> str:
    """A word of its own for each key, without digits: a number in a text would need a proof."""
    return key.hex.translate(str.maketrans("0123456789", "ghijklmnop"))


async def piece(
    database: Database,
    startup: Startup,
    *,
    planned_for: date = plans.START,
    slot_key: str | None = None,
    **draft: Any,
) -> ContentPiece:
    """A piece that waits for review, in the active strategy (which is made, if there is none)."""
    async with database.transaction(startup.id) as session:
        strategy = await strategies.active(session, organization_id=startup.id)
    if strategy is None:
        strategy = await plans.active(database, startup)
    async with database.transaction(startup.id) as session:
        return await actions.draft(
            session,
            organization_id=startup.id,
            strategy_id=strategy.id,
            slot_key=slot_key or uuid4().hex,
            draft=post_draft(**draft),
            planned_for=planned_for,
        )


async def approved(database: Database, startup: Startup, **changes: Any) -> ContentPiece:
    """A piece that its organization's owner approved."""
    row = await piece(database, startup, **changes)
    async with database.transaction(startup.id) as session:
        await actions.approve(
            session, startup.owner, organization_id=startup.id, piece_id=row.id, revision=row.revision
        )
        return await queries.piece(session, organization_id=startup.id, piece_id=row.id)
