"""A card says what the text says, and what is attached is part of what was approved."""

from __future__ import annotations

import io
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aipromote.assets import actions as assets
from aipromote.assets import queries as files
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.content import actions, queries
from aipromote.content.actions.picturing import look_of
from aipromote.content.captions import caption
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.content import MediaRef
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, NotAllowed, NotFound, StaleRevision
from aipromote.organizations.states import Role
from factories import content, organizations


async def _card(database: Database, startup: organizations.Startup, piece_id: UUID, **more) -> ContentPiece:
    async with database.transaction(startup.id) as session:
        return await actions.add_card(
            session, startup.owner, organization_id=startup.id, piece_id=piece_id, **({"based_on": 1} | more)
        )


async def _asset(database: Database, startup: organizations.Startup, piece: ContentPiece) -> Asset:
    (ref,) = [ref for ref in piece.media_refs or [] if ref.asset_id]
    assert ref.asset_id is not None
    async with database.transaction(startup.id) as session:
        return await files.asset(session, organization_id=startup.id, asset_id=ref.asset_id)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Nails get lost.\n\nNot here.", ("", "Nails get lost.")),
        ("This one is familiar to many:\n\nNails get lost.", ("This one is familiar to many", "Nails get lost.")),
        ("What is Acme?\n\nA box.", ("What is Acme?", "A box.")),
        ("#Nails https://acme.example/nails", ("", "")),
        ("Nails #Nails get lost. https://acme.example", ("", "Nails get lost.")),
        ("What you get:\n– Boxes\n– Labels", ("What you get", "Boxes")),
        ("Short one. " + "Long. " * 60, ("", "Short one. " + " ".join(["Long."] * 21))),
    ],
)
def test_the_first_words_of_a_post_stand_on_its_card(body, expected):
    assert caption(body, hashtags=["Nails"]) == expected


@given(st.text(max_size=500))
def test_a_card_never_says_a_word_that_the_text_does_not_say(body):
    kicker, sentence = caption(body)
    said = " ".join(body.split())
    for word in f"{kicker} {sentence}".split():
        assert word in said


async def test_a_card_is_a_new_revision_that_no_approval_covers(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup, platform=Platform.INSTAGRAM, body="Rye keeps longer.\n\nAsk us.")
    changed = await _card(database, startup, piece.id)
    assert (changed.revision, changed.status) == (2, ContentStatus.PENDING_REVIEW)
    asset = await _asset(database, startup, changed)
    assert (asset.width, asset.height, asset.mime_type) == (1080, 1350, "image/png")
    assert asset.alt_text == "Rye keeps longer."
    picture = Image.open(io.BytesIO(await storage.read(asset.storage_key)))
    assert picture.size == (1080, 1350)
    async with database.transaction(startup.id) as session:
        texts = await queries.revisions(session, organization_id=startup.id, piece_id=piece.id)
    assert [text.body for text in texts] == [piece.body, piece.body]


async def test_the_same_card_twice_changes_nothing(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    await _card(database, startup, piece.id)
    again = await _card(database, startup, piece.id, based_on=2)
    assert again.revision == 2
    assert len(again.media_refs or []) == 1


async def test_a_card_of_a_text_that_was_changed_meanwhile_is_not_attached(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    await _card(database, startup, piece.id)
    with pytest.raises(StaleRevision):
        await _card(database, startup, piece.id, based_on=1)


async def test_where_a_network_takes_one_picture_a_second_is_not_attached(database: Database) -> None:
    startup = await organizations.organization(database)
    there = [MediaRef(asset_id=uuid4())]
    piece = await content.piece(database, startup, platform=Platform.DEVTO, media_refs=there)
    with pytest.raises(Conflict, match=r"dev\.to takes 1 pictures"):
        await _card(database, startup, piece.id)


async def test_a_picture_is_taken_away_again(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    asset = await _asset(database, startup, await _card(database, startup, piece.id))
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "piece_id": piece.id, "asset_id": asset.id}
        without = await actions.remove_picture(session, startup.owner, **mine, based_on=2)
        assert (without.media_refs, without.revision) == (None, 3)
        with pytest.raises(NotFound):
            await actions.remove_picture(session, startup.owner, **mine, based_on=3)


async def test_a_viewer_attaches_nothing(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.add_card(session, viewer, organization_id=startup.id, piece_id=piece.id, based_on=1)


async def test_the_colours_are_those_of_the_logo(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        plain = await look_of(session, organization_id=startup.id)
        logo = await assets.store(
            session,
            startup.owner,
            organization_id=startup.id,
            name="logo.png",
            content=b"x",
            mime_type="image/png",
            type=AssetType.LOGO,
        )
        logo.tags = ["brand", "#0F766E", "#FDE68A", "#nonsense"]
        await session.flush()
        look = await look_of(session, organization_id=startup.id)
    assert (look.background, look.accent) == ((15, 118, 110), (253, 230, 138))
    assert plain.background != plain.accent
