"""A picture or video of somebody's own, attached to a piece. What the network does not take is refused at once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.assets import actions as assets
from aipromote.assets import sniffing
from aipromote.assets.examining import Examined
from aipromote.connectors import registry
from aipromote.content import queries, sending
from aipromote.content.actions.picturing import changed, opened
from aipromote.content.models import ContentPiece
from aipromote.documents.content import MediaRef
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role


async def attach_file(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    based_on: int,
    examined: Examined,
    alt_text: str = "",
) -> ContentPiece:
    """Attach a file that was examined: a new revision, to be reviewed. The same file twice changes nothing.

    Raises InvalidInput where the piece's network does not take the file, StaleRevision, Conflict, NotFound.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    # Made to fit before the piece is locked: that takes a moment.
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    mime_type = str(examined.facts["mime_type"])
    if mime_type not in sniffing.PICTURES | sniffing.VIDEOS:
        raise InvalidInput(f"{examined.name} is no picture and no video. {taken(piece)}", field="file")
    asset = await assets.take_in(session, actor, organization_id=organization_id, examined=examined, alt_text=alt_text)
    await session.flush()
    before = await sending.outcomes(session, piece)
    here = await sending.outcome(asset, piece)
    if here.file is None:
        raise InvalidInput(f"{here.problem} {taken(piece)}", field="file")
    if asset.id in before:
        return piece
    reference = MediaRef(asset_id=asset.id, alt_text=alt_text.strip()[: assets.MAX_ALT_TEXT] or asset.alt_text)
    known = set(sending.problems(piece, before))
    new = [one for one in sending.problems(piece, {**before, asset.id: here}) if one not in known]
    if new:
        raise InvalidInput(f"{' '.join(new)} {taken(piece)}", field="file")
    piece = await opened(session, organization_id=organization_id, piece_id=piece_id, based_on=based_on)
    refs = piece.media_refs or []
    if len([ref for ref in refs if ref.asset_id is not None]) >= (most := _most(piece)):
        raise Conflict(f"{piece.platform.label} takes {most or 'no'} files in a post. Take one away first.")
    return await changed(session, actor, piece, [*refs, reference], action="piece.file_attached", asset=asset.id)


def taken(piece: ContentPiece) -> str:
    """What the piece's network takes, in words."""
    can = registry.capabilities(piece.platform)
    said = []
    if can.images and can.max_images:
        kinds = ", ".join(sorted(sniffing.EXTENSIONS.get(one, one).upper() for one in sniffing.PICTURES))
        said.append(f"{can.max_images} picture{'s' if can.max_images > 1 else ''} ({kinds}; made to fit)")
    if can.videos and can.max_videos:
        kinds = ", ".join(sorted(sniffing.EXTENSIONS.get(one, one).upper() for one in can.videos.mime_types))
        length = f", {can.videos.max_seconds:g} s" if can.videos.max_seconds else ""
        megabytes = can.videos.max_bytes // 1024**2
        said.append(f"{can.max_videos} video{'s' if can.max_videos > 1 else ''} ({kinds}{length}, {megabytes} MB)")
    between = " and " if can.mixes_media else " or "
    return f"{piece.platform.label} takes {between.join(said) or 'no files'}."


def _most(piece: ContentPiece) -> int:
    return registry.for_platform(piece.platform)[0].limits(piece.platform).max_media
