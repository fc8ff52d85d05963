"""What an organization knows is found by words: with its sources, in its language, and never another's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.brand import actions as brand
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.passages import Passage, PassageKind
from aipromote.documents.vocabulary import Platform
from aipromote.knowledge import queries
from aipromote.knowledge.asking import for_writers
from factories import analytics, organizations
from factories.organizations import Startup

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


async def _file(database: Database, startup: Startup, *texts: str, name: str = "deck.pdf") -> None:
    async with database.transaction(startup.id) as session:
        asset = Asset(
            organization_id=startup.id, id=new_id(), filename=name, original_name=name, type=AssetType.DOCUMENT,
            mime_type="application/pdf", size=1, storage_key=new_id().hex, bucket="local", checksum=b"\1" * 32,
        )  # fmt: skip
        session.add(asset)
        await session.flush()
        for number, words in enumerate(texts, 1):
            session.add(
                AssetText(
                    organization_id=startup.id, asset_id=asset.id, position=number, place=f"page {number}", text=words
                )
            )


async def _post(database: Database, startup: Startup, words: str, **how: object) -> UUID:
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id, handle=f"k{new_id().hex[-6:]}", **how)
        return (await analytics.post(session, account, at=AT, text=words)).content_piece_id


async def _fact(database: Database, startup: Startup, words: str, ends: date | None) -> None:
    async with database.transaction(startup.id) as session:
        await brand.add_fact(
            session, startup.owner, organization_id=startup.id, statement=words, source="Ledger", expires_on=ends
        )


async def _find(database: Database, startup: Startup, query: str, **how: object) -> list[Passage]:
    async with database.transaction(startup.id) as session:
        return await queries.find(session, organization_id=startup.id, query=query, **how)


async def _texts(database: Database, startup: Startup, query: str, **how: object) -> set[str]:
    return {passage.text for passage in await _find(database, startup, query, **how)}


async def test_profile_facts_files_and_posts_are_found_each_with_its_source(database: Database) -> None:
    startup = await organizations.organization(database)
    await _fact(database, startup, "We baked 12,000 loaves in 2025", None)
    await _file(database, startup, "Nothing here.", "Our loaves rest for two days before the oven.")
    piece_id = await _post(database, startup, "Loaves of rye, delivered before breakfast.")
    found = {passage.kind: passage for passage in await _find(database, startup, "loaves of bread, by bicycle")}
    assert {kind: passage.source for kind, passage in found.items()} == {
        PassageKind.PROFILE: "Brief: description",
        PassageKind.FACT: "Fact, by Ledger",
        PassageKind.FILE: "deck.pdf, page 2",
        PassageKind.POST: "LinkedIn post of 2 November 2026",
    }
    assert found[PassageKind.PROFILE].text == startup.organization.brief.description
    assert found[PassageKind.FILE].text == "Our loaves rest for two days before the oven."
    assert found[PassageKind.POST].reference == piece_id
    assert found[PassageKind.POST].outcome == "not measured"


async def test_a_passage_with_more_of_the_words_comes_first(database: Database) -> None:
    startup = await organizations.organization(database)
    await _file(database, startup, "Rye.", "Rye and wheat rest.", "Rye and wheat rest in old baskets.")
    found = await _find(database, startup, "old baskets for rye and wheat", limit=2)
    assert [passage.text for passage in found] == ["Rye and wheat rest in old baskets.", "Rye and wheat rest."]
    assert found[0].score > found[1].score


@pytest.mark.parametrize(
    ("language", "words", "query"),
    [
        ("en", "Three bakeries opened.", "bakery"),
        ("en", "She was delivering bread.", "delivered"),
        ("de", "Drei alte Häuser am Hafen.", "Haus"),
        ("de", "Wir backen in Bäckereien.", "Bäckerei"),
        ("es", "Dos canciones nuevas.", "canción"),
        ("fr", "Nous livrons les clients.", "livrer un client"),
        ("pt-BR", "Entregamos pães frescos.", "pão fresco"),
        ("en", "Le café ouvre tôt.", "cafe"),
        ("en", "The cafe opens.", "café"),
        ("de", "Die Straße ist lang.", "strasse"),
        ("pl", "Pieczemy chleb żytni.", "zytni"),
        ("en", "Sourdough takes days.", "sour"),
        ("ja", "東京の店でパンを焼く。", "東京"),
        ("ko", "빵을 굽습니다.", "빵을"),
    ],
)
async def test_words_are_found_in_other_forms_without_accents_and_by_their_beginning(
    database: Database, language: str, words: str, query: str
) -> None:
    startup = await organizations.organization(database, languages=[language])
    await _file(database, startup, words)
    await _post(database, startup, words)
    found = await _find(database, startup, query)
    assert {passage.kind for passage in found if passage.text == words} == {PassageKind.FILE, PassageKind.POST}


async def test_words_that_say_nothing_find_nothing(database: Database) -> None:
    startup = await organizations.organization(database)
    await _file(database, startup, "It is what it is, and it was.")
    assert await _find(database, startup, "it is and the of") == []
    german = await organizations.organization(database, name="Roggen", languages=["de"])
    await _file(database, german, "Das ist es, und so war es.")
    assert await _find(database, german, "das ist und es") == []


async def test_drafts_and_archived_pieces_are_no_sources(database: Database, owner: asyncpg.Connection) -> None:
    startup = await organizations.organization(database)
    piece_id = await _post(database, startup, "Sourdough takes three days.")
    assert await _texts(database, startup, "sourdough") == {"Sourdough takes three days."}
    await owner.execute("UPDATE content_pieces SET status = 'ARCHIVED' WHERE id = $1", piece_id)
    assert await _texts(database, startup, "sourdough") == set()


async def test_another_organization_finds_nothing_of_it(database: Database) -> None:
    mine, other = [await organizations.organization(database, name=name) for name in ("Mine", "Other")]
    await _file(database, mine, "Sourdough takes three days.")
    await _post(database, mine, "Sourdough, slowly.")
    assert len(await _find(database, mine, "sourdough")) == 2
    assert await _find(database, other, "sourdough") == []
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT * FROM doors.find_passages('sourdough', 'en', 9)"))).all() == []
    async with database.transaction(other.id) as session:
        found = await session.execute(text("SELECT organization_id FROM doors.find_passages('sourdough', 'en', 9)"))
        assert found.all() == []
    async with database.transaction(mine.id, other.id) as session:
        found = await queries.find(session, organization_id=other.id, query="sourdough")
        assert found == [], "two organizations in one transaction stay apart"


async def test_an_expired_fact_is_marked_and_never_handed_to_a_writer(database: Database) -> None:
    startup = await organizations.organization(database, proof_points=[])
    await _fact(database, startup, "1,200 loaves a week", date(2026, 11, 30))
    await _fact(database, startup, "900 loaves a week", date(2026, 12, 31))
    for day, gone in ((date(2026, 11, 30), set()), (date(2026, 12, 1), {"1,200 loaves a week"})):
        found = await _find(database, startup, "loaves", day=day)
        facts = [passage for passage in found if passage.kind is PassageKind.FACT]
        assert {passage.text for passage in facts if passage.expired} == gone
        (usable,) = await for_writers(database, organization_id=startup.id, queries=["loaves"], limit=9, day=day)
        assert {p.text for p in usable if p.kind is PassageKind.FACT} == {p.text for p in facts} - gone


async def test_a_post_carries_how_it_did_against_the_organizations_own_median(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id)
        elsewhere = await analytics.account(session, startup.id, platform=Platform.BLUESKY, connector="bluesky")
        for number, likes in enumerate((10, 20, 40, 20)):
            post = await analytics.post(session, account, at=AT + timedelta(hours=number), text=f"Rye, {'x' * likes}.")
            await analytics.measure(session, post, account, impressions=likes * 10, likes=likes)
        silent = await analytics.post(session, account, at=AT + timedelta(hours=9), text="Silent rye.")
        await analytics.measure(session, silent, account, impressions=7)
        alone = await analytics.post(session, elsewhere, at=AT, text="Lonely rye.")
        await analytics.measure(session, alone, elsewhere, likes=0)
    found = {passage.text: passage for passage in await _find(database, startup, "rye")}
    best = found[f"Rye, {'x' * 40}."].result
    assert best is not None
    assert (best.engagement, best.usual_engagement, best.compared, best.ratio) == (40, 20, 4, 2.0)
    assert best.usual_impressions == 200
    assert best.words == (
        "400 impressions, 40 reactions; the median of 4 posts on LinkedIn is 20 reactions (2.0 times that) "
        "(simulated audience)"
    )
    reported = found["Silent rye."].result
    assert reported is not None
    assert (reported.engagement, reported.ratio) == (None, None), "missing is not zero"
    assert reported.words.startswith("7 impressions; ")
    zero = found["Lonely rye."]
    assert zero.outcome == "0 reactions", "one post is no median, and sandbox numbers are not mixed with true ones"


async def test_a_long_text_is_cut_to_the_part_that_answers(database: Database) -> None:
    startup = await organizations.organization(database)
    words = "Plain flour. " * 200 + "The oven is older than the house. " + "Plain flour. " * 200
    await _file(database, startup, words)
    (passage,) = await _find(database, startup, "older oven", limit=1)
    assert "The oven is older than the house." in passage.text
    assert len(passage.text) <= 700
    assert passage.text.strip("…") in words


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.one_of(
        st.text(max_size=40),
        st.text(st.sampled_from("ab'\"\\ :*&|!()<>-@#.,/\0é面🥖٣ß\ud800"), max_size=30),
        st.sampled_from(["' OR 1=1 --", "x" * 10_000, "bread " * 2000, "'a' <-> 'b':*", "\\':*", "http://a.b/c?d=e"]),
    ),
    language=st.sampled_from(["en", "de", "pt-BR", "zh", "", "'; DROP TABLE facts", "english"]),
)
async def test_whatever_is_asked_is_only_looked_for(session, query: str, language: str) -> None:
    texts = ["Plain bread, it's \\ & | ' :*", ""]
    how = {"asked": queries.fit(query), "language": language}
    rows = await session.execute(text("SELECT * FROM likenesses(:texts, :asked, :language)"), {"texts": texts, **how})
    assert all(row.place == 1 and row.score >= 0 for row in rows)
    door = await session.execute(text("SELECT * FROM doors.find_passages(:asked, :language, 5)"), how)
    assert door.all() == []


async def test_hostile_questions_get_an_answer(database: Database) -> None:
    startup = await organizations.organization(database)
    await _fact(database, startup, "12,000 loaves", None)
    for query in ("\0loaves\0", "\ud800 loaves", "loaves' --", "“loaves”", "loaves:* & (", "loaves\\"):
        assert await _texts(database, startup, query) == {"12,000 loaves"}, repr(query)
    assert await _find(database, startup, "loaves", limit=0) == []
    assert await _find(database, startup, "") == await _find(database, startup, "⚘ !!!") == []


async def test_a_question_becomes_words_and_their_beginnings(owner: asyncpg.Connection) -> None:
    for language, asked, near in (
        ("en", "The zeppelin moorings", "'moor':* | 'moorings' | 'zeppelin' | 'zeppelin':*"),
        ("de", "Häuser und Bäckerei", "'backerei' | 'backerei':* | 'haus':* | 'hauser'"),
        ("en", "AI", "'ai'"),
        ("en", "bakery", "'baker':* | 'bakery'"),
        ("xx", "the Żytni", "'the' | 'the':* | 'zytni' | 'zytni':*"),
        ("en", "it is", None),
    ):
        assert await owner.fetchval("SELECT near_words($1, $2)::text", asked, language) == near, asked
