"""Lists of pieces: by the day they are planned for, newest first, and the ones that contain some words, best first."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from sqlalchemy import REAL, Select, Uuid, column, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aipromote.content.models import ContentPiece
from aipromote.content.wanted import Wanted
from aipromote.db import paging

__all__ = ["LONGEST_QUERY", "Wanted", "newest", "planned", "search", "search_page", "split"]

LONGEST_QUERY: Final = 500
"""Characters of a search; more are not looked at."""
_PLANNED = paging.Order("content.planned", (ContentPiece.planned_for, ContentPiece.id))
_NEWEST = paging.Order("content.newest", (ContentPiece.id,), descending=True)
_UNSPACED = re.compile("((?<!\\S)-)?([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d]+)")
"""Chinese and Japanese: each character is a word in the index, as the migration of the search column says."""
_LAST_WORD = re.compile(r'(?:^|(?<=\s))[^\s"-][^\s"]*$')


async def planned(
    session: AsyncSession,
    *,
    organization_id: UUID,
    wanted: Wanted | None = None,
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[ContentPiece]:
    """Pieces by the day they are planned for, those without a day last. Raises BadCursor."""
    return await _listed(session, _PLANNED, organization_id=organization_id, wanted=wanted, cursor=cursor, limit=limit)


async def newest(
    session: AsyncSession,
    *,
    organization_id: UUID,
    wanted: Wanted | None = None,
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[ContentPiece]:
    """Pieces, the newest first. Raises BadCursor."""
    return await _listed(session, _NEWEST, organization_id=organization_id, wanted=wanted, cursor=cursor, limit=limit)


async def search(
    session: AsyncSession,
    *,
    organization_id: UUID,
    words: str,
    wanted: Wanted | None = None,
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[ContentPiece]:
    """Pieces that contain these words, the best first; the last word may be unfinished.

    Words in quotes stand next to each other, "or" between words means either, a minus before a word means without it.
    Title counts most, then hook, theme and hashtags, then the text. At most the best 10,000 are looked at. A text
    without any word finds nothing. Raises BadCursor.
    """
    hits, statement = _found(words, organization_id, wanted or Wanted())
    return await paging.slice_of(
        session,
        statement,
        paging.Order("content.search", (hits.c.rank, hits.c.id), descending=True),
        organization_id=organization_id,
        filters={"words": words, **(wanted or Wanted()).as_dict()},
        cursor=cursor,
        limit=limit,
    )


async def search_page(
    session: AsyncSession,
    *,
    organization_id: UUID,
    words: str,
    wanted: Wanted | None = None,
    number: int = 1,
    size: int = paging.DEFAULT,
) -> paging.Page[ContentPiece]:
    """As `search`, by numbered pages with their count. Raises InvalidInput for a page too far down."""
    hits, statement = _found(words, organization_id, wanted or Wanted())
    return await paging.page_of(
        session, statement.order_by(hits.c.rank.desc(), hits.c.id.desc()), number=number, size=size
    )


async def _listed(
    session: AsyncSession,
    order: paging.Order,
    *,
    organization_id: UUID,
    wanted: Wanted | None,
    cursor: str | None,
    limit: int,
) -> paging.Slice[ContentPiece]:
    return await paging.slice_of(
        session,
        (wanted or Wanted()).of(select(ContentPiece), organization_id=organization_id),
        order,
        organization_id=organization_id,
        filters=(wanted or Wanted()).as_dict(),
        cursor=cursor,
        limit=limit,
    )


def _found(words: str, organization_id: UUID, wanted: Wanted) -> tuple[Any, Select[ContentPiece]]:
    """The hits, and for each its piece by its key, whatever PostgreSQL expects.

    Left to choose, it expects one piece in the organization (the policy and the condition name the same tenant, which
    it takes for two selections) and compares all of them with all hits: minutes, with 600,000 pieces. OFFSET 0 stands
    between the two.
    """
    whole, begun = split(words)
    door = func.doors.search_pieces(whole, begun, paging.COUNTED + 1)
    columns: tuple[Any, ...] = (column("organization_id", Uuid()), column("id", Uuid()), column("rank", REAL()))
    hits = door.table_valued(*columns, name="hits")
    same = (ContentPiece.organization_id == hits.c.organization_id) & (ContentPiece.id == hits.c.id)
    one = wanted.of(select(ContentPiece).where(same).correlate(hits), organization_id=organization_id)
    piece = aliased(ContentPiece, one.offset(0).lateral("piece"))
    return hits, select(piece).select_from(hits).join(piece, true())


def split(words: str) -> tuple[str, str]:
    """What was typed, fit for the database, and its last word if that may still go on.

    The last word is whole where a space or a quotation mark follows it, or a minus takes it out. Chinese and Japanese
    characters that stand together are looked for together.
    """
    typed = _together(words[:LONGEST_QUERY].replace("\0", " ").encode("utf-8", "replace").decode().lstrip())
    last = _LAST_WORD.search(typed)
    if last is None or typed.count('"') % 2 == 1 or last.group().lower() == "or":
        return typed, ""
    return typed, last.group()


def _together(typed: str) -> str:
    """Quoted, what is written without spaces and not quoted yet."""
    parts = typed.split('"')
    parts[::2] = [_UNSPACED.sub(r' \1"\2" ', part) for part in parts[::2]]
    return '"'.join(parts)
