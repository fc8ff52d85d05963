"""Files that are attached already: described, put in order, taken from the library; and deleting what nothing uses."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets import actions as assets
from aipromote.assets import queries as files
from aipromote.assets import storage
from aipromote.assets.examining import examine
from aipromote.assets.models import Asset
from aipromote.brand import actions as brand
from aipromote.content import actions
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.content.uses import uses_of_files
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput, NotFound, StaleRevision
from assets import pictures
from factories import organizations
from factories.organizations import Startup


async def taken_in(session: AsyncSession, startup: Startup, *, size: int, name: str) -> Asset:
    with tempfile.TemporaryFile() as file:
        file.write(pictures.photograph(size, size))
        examined = await examine(file, name=name, organization_id=startup.id)
    return await assets.take_in(
        session, startup.owner, organization_id=startup.id, examined=examined, alt_text="A loaf"
    )


@pytest.fixture
async def startup(database: Database) -> Startup:
    made = await organizations.organization(database)
    async with database.transaction(made.id) as session:
        await brand.adopt_brief(session, made.owner, organization_id=made.id, brief=made.organization.brief)
    return made


@pytest.fixture
async def session(database: Database, startup: Startup) -> AsyncIterator[AsyncSession]:
    """Inside of the organization; what it does is committed."""
    async with database.transaction(startup.id) as inside:
        yield inside


@pytest.fixture
async def piece(session: AsyncSession, startup: Startup) -> ContentPiece:
    """On Bluesky, with two pictures: revision 3."""
    made = await actions.new_piece(
        session, startup.owner, organization_id=startup.id, platform=Platform.BLUESKY, body="Rye keeps."
    )
    for number, size in enumerate((300, 320), start=1):
        asset = await taken_in(session, startup, size=size, name=f"{number}.jpg")
        made = await actions.attach_known(
            session, startup.owner, organization_id=startup.id, piece_id=made.id, asset_id=asset.id, based_on=number
        )
    return made


def ids(piece: ContentPiece) -> list[UUID]:
    return [ref.asset_id for ref in piece.media_refs or [] if ref.asset_id is not None]


async def test_another_description_is_a_new_revision_that_needs_an_approval(
    session: AsyncSession, startup: Startup, piece: ContentPiece
) -> None:
    mine = {"organization_id": startup.id, "piece_id": piece.id, "asset_id": ids(piece)[0]}
    await actions.approve(session, startup.owner, organization_id=startup.id, piece_id=piece.id, revision=3)
    changed = await actions.describe_picture(session, startup.owner, **mine, alt_text=" Cut  open ", based_on=3)
    assert (changed.revision, changed.status) == (4, ContentStatus.PENDING_REVIEW)
    assert [ref.alt_text for ref in changed.media_refs or []] == ["Cut open", "A loaf"]
    again = await actions.describe_picture(session, startup.owner, **mine, alt_text="Cut open", based_on=4)
    assert again.revision == 4
    with pytest.raises(StaleRevision):
        await actions.describe_picture(session, startup.owner, **mine, alt_text="Whole", based_on=3)
    with pytest.raises(InvalidInput, match="takes"):
        await actions.describe_picture(session, startup.owner, **mine, alt_text="x" * 2001, based_on=4)
    stranger = {**mine, "asset_id": piece.id}
    with pytest.raises(NotFound):
        await actions.describe_picture(session, startup.owner, **stranger, alt_text="Mine", based_on=4)


async def test_files_change_places_and_none_is_lost(
    session: AsyncSession, startup: Startup, piece: ContentPiece
) -> None:
    mine = {"organization_id": startup.id, "piece_id": piece.id}
    first, second = ids(piece)
    changed = await actions.arrange_pictures(session, startup.owner, **mine, order=[second, first], based_on=3)
    assert (ids(changed), changed.revision) == ([second, first], 4)
    for order in ([first], [first, first], [first, second, piece.id]):
        with pytest.raises(Conflict):
            await actions.arrange_pictures(session, startup.owner, **mine, order=order, based_on=4)


async def test_a_file_is_deleted_only_where_nothing_uses_it(
    session: AsyncSession, startup: Startup, piece: ContentPiece
) -> None:
    used = ids(piece)[0]
    unused = await taken_in(session, startup, size=340, name="unused.jpg")
    place = {"key": unused.storage_key, "bucket": unused.bucket}
    mine = {"organization_id": startup.id}
    assert await uses_of_files(session, **mine, asset_ids=[used, unused.id]) == {used: [piece.id]}
    with pytest.raises(Conflict, match="attached to a post"):
        await actions.remove_file(session, startup.owner, **mine, asset_id=used)
    await actions.remove_file(session, startup.owner, **mine, asset_id=unused.id)
    assert await assets.forget(session, **mine, **place)
    assert not await storage.is_there(**place)
    with pytest.raises(NotFound):
        await files.asset(session, **mine, asset_id=unused.id)


async def test_bytes_that_came_back_meanwhile_are_kept(session: AsyncSession, startup: Startup) -> None:
    asset = await taken_in(session, startup, size=360, name="again.jpg")
    place = {"key": asset.storage_key, "bucket": asset.bucket}
    await actions.remove_file(session, startup.owner, organization_id=startup.id, asset_id=asset.id)
    await taken_in(session, startup, size=360, name="again.jpg")
    assert not await assets.forget(session, organization_id=startup.id, **place)
    assert await storage.is_there(**place)


async def test_files_are_found_by_name_page_by_page(session: AsyncSession, startup: Startup) -> None:
    for number in range(3):
        await taken_in(session, startup, size=380 + number, name=f"100%_rye-{number}.jpg")
    await taken_in(session, startup, size=390, name="wheat.jpg")
    mine = {"organization_id": startup.id, "words": "100%_RYE", "limit": 2}
    first = await files.listed(session, **mine)
    second = await files.listed(session, **mine, cursor=first.following)
    names = [one.original_name for one in (*first.rows, *second.rows)]
    assert names == ["100%_rye-2.jpg", "100%_rye-1.jpg", "100%_rye-0.jpg"]
    assert second.following is None
