"""Taking a file in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.assets import queries, storage
from aipromote.assets.examining import Examined
from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.assets.storage import Stored
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.errors import Conflict, InvalidInput, NotFound
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

MAX_BYTES = 100 * 1024 * 1024
MAX_ALT_TEXT = 2000
_LEARNT = frozenset({"width", "height", "duration_seconds", "alt_text"})
_MAX_NAME = 255
_MAX_PLACE = 200
_MAX_TEXT = 8000
_PASSAGE = 1500
_ALONE = sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 41))")
"""One at a time for a file: its bytes are named by what they are, so two uploads and a deletion can meet."""


async def store(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    name: str,
    content: bytes,
    mime_type: str,
    type: AssetType,  # noqa: A002 -- the word of the data model
) -> Asset:
    """Keep a file. The same bytes again are the same asset. Raises InvalidInput for an empty or too large one."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if not 0 < len(content) <= MAX_BYTES:
        raise InvalidInput(f"A file must have between 1 byte and {MAX_BYTES // 1024**2} MB.", field="content")
    stored = await storage.keep(content, organization_id=organization_id, mime_type=mime_type)
    facts = {"type": type, "mime_type": mime_type}
    return await _written(session, actor, stored, organization_id=organization_id, name=name, facts=facts)


async def take_in(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, examined: Examined, alt_text: str = ""
) -> Asset:
    """Keep a file that was examined, and stored for this organization. The same bytes again are the same asset."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    facts = dict(examined.facts)
    if words := alt_text.strip():
        facts["alt_text"] = words[:MAX_ALT_TEXT]
    return await _written(
        session, actor, examined.stored, organization_id=organization_id, name=examined.name, facts=facts
    )


async def _written(
    session: AsyncSession,
    actor: Actor,
    stored: Stored,
    *,
    organization_id: UUID,
    name: str,
    facts: Mapping[str, Any],
) -> Asset:
    """The row of what was stored. One that is there already keeps its name, and learns what was not known of it."""
    # Whoever deletes the same bytes at this moment is done with it, or waits: see `forget`.
    await session.execute(_ALONE, {"key": stored.key})
    if not await storage.is_there(stored.key, bucket=stored.bucket):
        raise Conflict("Somebody has just deleted this very file. Choose it once more.")
    keep = insert(Asset).values(
        organization_id=organization_id,
        filename=_safe(name),
        original_name=name[-500:],
        size=stored.size,
        storage_key=stored.key,
        bucket=stored.bucket,
        checksum=stored.checksum,
        **facts,
    )
    learnt = {column: keep.excluded[column] for column in facts.keys() & _LEARNT}
    again = keep.on_conflict_do_update(
        index_elements=["organization_id", "storage_key"],
        set_={"last_used_at": clock.now(), "bucket": stored.bucket, **learnt},
    )
    asset: Asset | None = await session.scalar(again.returning(Asset), execution_options={"populate_existing": True})
    assert asset is not None, "an upsert returns its row"
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="asset.stored",
        subject="assets",
        subject_id=asset.id,
        detail=Detail(after={"name": asset.original_name, "type": asset.type, "size": asset.size}),
    )
    return asset


async def remove(session: AsyncSession, actor: Actor, *, organization_id: UUID, asset: Asset) -> None:
    """Delete the row of a file that nothing uses. Its bytes go with `forget`, once this is committed.

    Raises NotFound where the organization has no such file.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    this = (Asset.organization_id == organization_id, Asset.id == asset.id)
    if await session.scalar(delete(Asset).where(*this).returning(Asset.id)) is None:
        raise NotFound("There is no such file.")
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="asset.removed",
        subject="assets",
        subject_id=asset.id,
        detail=Detail(before={"name": asset.original_name, "type": asset.type, "size": asset.size}),
    )
    await session.flush()


async def forget(session: AsyncSession, *, organization_id: UUID, key: str, bucket: str) -> bool:
    """Delete the bytes of a file whose row is gone. Not where a row has them again; then it answers False."""
    await session.execute(_ALONE, {"key": key})
    again = select(Asset.id).where(Asset.organization_id == organization_id, Asset.storage_key == key)
    if await session.scalar(again) is not None:
        return False
    await storage.remove(key, bucket=bucket)
    return True


async def keep_text(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    asset_id: UUID,
    passages: Sequence[tuple[str, str]],
) -> int:
    """Keep the text of a file (the place of each passage, and its words) in place of what was kept before.

    Passages of one place are put together up to some paragraphs. Returns how many rows there are. Raises NotFound.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    asset = await queries.asset(session, organization_id=organization_id, asset_id=asset_id)
    of_this = (AssetText.organization_id == organization_id, AssetText.asset_id == asset.id)
    await session.execute(delete(AssetText).where(*of_this))
    rows = [
        {"organization_id": organization_id, "asset_id": asset.id, "position": position, "place": place, "text": text}
        for position, (place, text) in enumerate(_put_together(passages), start=1)
    ]
    if rows:
        await session.execute(insert(AssetText), rows)
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="asset.read",
        subject="assets",
        subject_id=asset.id,
        detail=Detail(after={"passages": len(rows)}),
    )
    return len(rows)


def _put_together(passages: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one place in one text, as long as it stays within what one looks at at once."""
    found: list[tuple[str, str]] = []
    for place, text in passages:
        if not text.strip():
            continue
        short = place[:_MAX_PLACE]
        if found and found[-1][0] == short and len(found[-1][1]) + len(text) < _PASSAGE:
            found[-1] = (short, f"{found[-1][1]}\n\n{text}")
        else:
            found.append((short, text[:_MAX_TEXT]))
    return found


def _safe(name: str) -> str:
    """A name that is harmless as a file name anywhere: its last part, letters, digits, dots, dashes and underscores."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[^\w.-]+", "-", last).strip(".-")[-_MAX_NAME:] or "file"
