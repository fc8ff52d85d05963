"""The files of a piece that are there already: words for those who do not see them, their order, one from the library.

Each change is a new revision, to be reviewed: an approval covers what readers get, and that is the files, their order
and their words as much as the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.assets import actions as assets
from aipromote.assets import queries as files
from aipromote.assets.models import Asset
from aipromote.connectors import registry
from aipromote.content import queries, uses
from aipromote.content.actions.picturing import attach, changed, opened
from aipromote.content.models import ContentPiece
from aipromote.errors import Conflict, InvalidInput, NotFound
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role


async def describe_picture(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    asset_id: UUID,
    alt_text: str,
    based_on: int,
) -> ContentPiece:
    """Say what a file shows: a new revision. The same words change nothing, and the file keeps its own for other posts.

    Raises InvalidInput for more than the network takes, StaleRevision, Conflict, NotFound.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    await _attached(session, organization_id=organization_id, piece_id=piece_id, asset_id=asset_id)
    piece = await opened(session, organization_id=organization_id, piece_id=piece_id, based_on=based_on)
    words = " ".join(alt_text.split())
    most = registry.capabilities(piece.platform).max_alt_text or assets.MAX_ALT_TEXT
    if len(words) > most:
        said = f"The description has {len(words):,} characters; {piece.platform.label} takes {most:,}."
        raise InvalidInput(said, field="alt_text")
    refs = [
        ref.model_copy(update={"alt_text": words or None}) if ref.asset_id == asset_id else ref
        for ref in piece.media_refs or []
    ]
    if refs == piece.media_refs:
        return piece
    return await changed(session, actor, piece, refs, action="piece.picture_described", asset=asset_id)


async def arrange_pictures(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    order: Sequence[UUID],
    based_on: int,
) -> ContentPiece:
    """Put the attached files into this order: a new revision. The same order changes nothing.

    Raises Conflict where `order` does not name exactly the files that are attached, StaleRevision, NotFound.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await opened(session, organization_id=organization_id, piece_id=piece_id, based_on=based_on)
    refs = piece.media_refs or []
    attached = {ref.asset_id: ref for ref in refs if ref.asset_id is not None}
    if len(order) != len(attached) or set(order) != attached.keys():
        raise Conflict("Other files are attached by now. Look at them again.")
    wanted = [*(attached[one] for one in order), *(ref for ref in refs if ref.asset_id is None)]
    if wanted == refs or not order:
        return piece
    return await changed(session, actor, piece, wanted, action="piece.pictures_arranged", asset=order[0])


async def attach_known(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, asset_id: UUID, based_on: int
) -> ContentPiece:
    """Attach a file that the organization has already, with its description. As `attach_file` otherwise."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    asset = await files.asset(session, organization_id=organization_id, asset_id=asset_id, lock=True)
    return await attach(session, actor, piece, asset, alt_text="", based_on=based_on)


async def remove_file(session: AsyncSession, actor: Actor, *, organization_id: UUID, asset_id: UUID) -> Asset:
    """Delete a file of the organization that no piece uses; what was read of its text goes with it.

    The caller calls `assets.actions.forget` with what this returns once that is committed. Raises Conflict where it
    is used, NotFound.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    asset = await files.asset(session, organization_id=organization_id, asset_id=asset_id, lock=True)
    used = await uses.uses_of_files(session, organization_id=organization_id, asset_ids=[asset_id])
    if used.get(asset_id):
        raise Conflict(f"{asset.original_name} is attached to a post. Take it away there first.")
    await assets.remove(session, actor, organization_id=organization_id, asset=asset)
    return asset


async def _attached(session: AsyncSession, *, organization_id: UUID, piece_id: UUID, asset_id: UUID) -> None:
    # What was never there is said before what was changed: the asset may be somebody else's.
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    if asset_id not in {ref.asset_id for ref in piece.media_refs or []}:
        raise NotFound("This picture is not attached.")
