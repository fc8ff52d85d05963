"""Taking a file in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, settings
from aipromote.accounts.actor import Actor
from aipromote.assets import apart, queries, sniffing, storage
from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.assets.storage import Stored
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.errors import InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.reading.apart import shown_name

MAX_BYTES = 100 * 1024 * 1024
MAX_ALT_TEXT = 2000
_LEARNT = frozenset({"width", "height", "duration_seconds", "alt_text"})
_MAX_NAME = 255
_MAX_PLACE = 200
_MAX_TEXT = 8000
_PASSAGE = 1500


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
    session: AsyncSession, actor: Actor, *, organization_id: UUID, name: str, file: BinaryIO, alt_text: str = ""
) -> Asset:
    """Keep a picture, a video or a document that somebody chose, as its bytes show it; `file` has a descriptor.

    It is measured and streamed: nothing of it is in memory whole. The same bytes again are the same asset. Raises
    InvalidInput with what is wrong with the file and what is taken, and OSError where it cannot be stored.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    shown = shown_name(name)
    mime_type = await asyncio.to_thread(sniffing.media_type, file)
    _refuse_large(file, mime_type, shown)
    facts: dict[str, Any] = {"mime_type": mime_type, "type": AssetType.DOCUMENT}
    if mime_type in sniffing.PICTURES:
        seen = await apart.look(file, name=shown)
        facts |= {"type": AssetType.IMAGE, "width": seen.width, "height": seen.height}
    elif mime_type in sniffing.VIDEOS:
        measured = await apart.measure(file, mime_type)
        facts |= {"type": AssetType.VIDEO, "duration_seconds": measured.seconds}
        if measured.width and measured.height:
            facts |= {"width": measured.width, "height": measured.height}
    if words := alt_text.strip():
        facts["alt_text"] = words[:MAX_ALT_TEXT]
    stored = await storage.keep_file(file, organization_id=organization_id, mime_type=mime_type)
    return await _written(session, actor, stored, organization_id=organization_id, name=shown, facts=facts)


def _refuse_large(file: BinaryIO, mime_type: str, name: str) -> None:
    size = file.seek(0, 2)
    videos = settings.get().video_megabytes * MEGABYTE
    most = videos if mime_type in sniffing.VIDEOS else sniffing.MAX_PICTURE
    most = sniffing.MAX_DOCUMENT if mime_type == sniffing.PDF else most
    if size > most:
        words = f"{name} has {size / MEGABYTE:.0f} MB, and {most // MEGABYTE} MB are taken at most."
        raise InvalidInput(words, field="file")


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
