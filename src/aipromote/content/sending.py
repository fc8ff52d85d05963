"""What will be sent of a piece's files, and what its network would say against them, before anything is scheduled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets import renditions, sniffing
from aipromote.assets.apart import Unreadable
from aipromote.assets.models import Asset
from aipromote.assets.renditions import Sendable
from aipromote.connectors import registry
from aipromote.connectors.contract import Media, Part
from aipromote.connectors.protocols import Connector
from aipromote.content.models import ContentPiece


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one file: what is sent, or why nothing can be."""

    asset: Asset
    file: Sendable | None
    problem: str = ""

    @property
    def words(self) -> str:
        """What will be sent, in words."""
        if self.file is None:
            return self.problem
        changes = f" ({', '.join(self.file.changes)})" if self.file.changes else ""
        return f"Will be sent as {self.file.words}{changes}."


async def outcomes(
    session: AsyncSession, piece: ContentPiece, *, connector: Connector | None = None
) -> dict[UUID, Outcome]:
    """By asset, for the files that are attached. Pictures that were not made to fit yet are now."""
    ids = [ref.asset_id for ref in piece.media_refs or () if ref.asset_id is not None]
    if not ids:
        return {}
    mine = select(Asset).where(Asset.organization_id == piece.organization_id, Asset.id.in_(ids))
    assets = list(await session.scalars(mine))
    return {asset.id: await outcome(asset, piece, connector=connector) for asset in assets}


async def outcome(asset: Asset, piece: ContentPiece, *, connector: Connector | None = None) -> Outcome:
    """What becomes of this file on the piece's network."""
    by = connector or registry.for_platform(piece.platform)[0]
    try:
        return Outcome(asset, await renditions.sendable(asset, by.capabilities(piece.platform).images))
    except Unreadable as unfit:
        return Outcome(asset, None, unfit.message)
    except FileNotFoundError:
        return Outcome(asset, None, f"The file {asset.original_name} is gone. Attach it again.")
    except OSError as error:
        return Outcome(asset, None, f"The file {asset.original_name} cannot be read ({error.strerror}).")


def problems(piece: ContentPiece, found: Mapping[UUID, Outcome], *, connector: Connector | None = None) -> list[str]:
    """What the network would say against the files together, as far as it is known without their bytes."""
    by = connector or registry.for_platform(piece.platform)[0]
    alt_texts = {ref.asset_id: ref.alt_text or "" for ref in piece.media_refs or ()}
    files = tuple(_media(one.file, alt_texts.get(id_, "")) for id_, one in found.items() if one.file is not None)
    return against_files(by, piece, files)


def against_files(connector: Connector, piece: ContentPiece, files: Sequence[Media]) -> list[str]:
    """Without what it says against the text: that is told elsewhere."""
    texts = piece.parts or [piece.body]
    bare = Part(texts[0], title=piece.title)
    known = set(connector.problems(piece.platform, bare))
    found = connector.problems(piece.platform, Part(texts[0], title=piece.title, media=tuple(files)))
    return [one for one in found if one not in known]


def _media(file: Sendable, alt_text: str) -> Media:
    async def nothing(_offset: int, _length: int | None) -> AsyncIterator[bytes]:
        raise NotImplementedError("only the facts of a file are compared here")
        yield b""

    return Media(
        file.mime_type, file.size, nothing, alt_text, file.name,
        width=file.width, height=file.height, seconds=file.seconds,
    )  # fmt: skip


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
