"""The words of a letter: sentences instead of a log, and quotes that do not end within a word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aipromote.analytics.queries import results
from aipromote.coach.findings import what_came_of_it, what_went_out
from aipromote.coach.queries import Material, simulated_weeks
from aipromote.coach.week import Week
from aipromote.coach.words import beginning, listed
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.states import PostStatus
from factories import analytics, organizations

MONDAY = date(2026, 3, 9)


def test_a_long_opening_ends_with_a_word_and_an_ellipsis() -> None:
    assert beginning("It wakes exactly the person", 15) == "It wakes…"
    assert beginning("It wakes", 15) == "It wakes"


def test_things_are_listed_as_people_do() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


async def test_counters_of_the_same_posts_share_a_sentence_and_missing_ones_are_not_zero(database: Database) -> None:
    startup = await organizations.organization(database)
    week = Week(MONDAY, ZoneInfo("Europe/Berlin"))
    at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id)
        first = await analytics.post(session, account, at=at, text="One.")
        await analytics.measure(session, first, account, slots=(86_400,), likes=4, comments=1, shares=2)
        other = await analytics.post(session, account, at=at, text="Two.")
        await analytics.measure(session, other, account, slots=(86_400,), likes=3, comments=0)
        found = await results(session, organization_id=startup.id, start=week.start, end=week.end)
    lines = what_came_of_it(Material(week=week, posts={}, published=found, recent=[]))
    assert [line.text for line in lines[:2]] == [
        "LinkedIn (@kiln): 7 likes and 1 comment over 2 posts (simulated).",
        "LinkedIn (@kiln): 2 shares over 1 post (simulated).",
    ]
    assert [insight.metric for insight in lines[0].insights] == ["likes.sum", "comments.sum"]


async def test_a_week_with_posts_in_the_sandbox_is_known_as_simulated_by_the_clocks_of_the_startup(
    database: Database,
) -> None:
    startup = await organizations.organization(database, time_zone="Europe/Berlin")
    other = await organizations.organization(database, name="Other")
    async with database.transaction(startup.id) as session:
        sand = await analytics.account(session, startup.id, handle="sand")
        real = await analytics.account(session, startup.id, handle="real", connector="bluesky")
        await analytics.post(session, sand, at=datetime(2026, 3, 8, 23, 30, tzinfo=UTC))  # already Monday in Berlin
        await analytics.post(session, real, at=datetime(2026, 3, 17, 9, tzinfo=UTC))
    async with database.transaction(startup.id) as session:
        weeks = [MONDAY + timedelta(days=days) for days in (-7, 0, 7, 14)]
        assert await simulated_weeks(session, organization_id=startup.id, weeks=weeks) == {MONDAY}
        assert await simulated_weeks(session, organization_id=startup.id, weeks=[]) == frozenset()
    async with database.transaction(other.id) as session:
        assert await simulated_weeks(session, organization_id=other.id, weeks=weeks) == frozenset()
        assert await simulated_weeks(session, organization_id=startup.id, weeks=weeks) == frozenset()


async def test_what_went_out_is_told_in_three_sentences(database: Database) -> None:
    startup = await organizations.organization(database)
    week = Week(MONDAY, ZoneInfo("Europe/Berlin"))
    at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    async with database.transaction(startup.id) as session:
        linkedin = await analytics.account(session, startup.id)
        x = await analytics.account(session, startup.id, platform=Platform.TWITTER)
        for account, pillar in ((linkedin, "Craft"), (linkedin, "People"), (x, "Craft")):
            await analytics.post(session, account, at=at, pillar=pillar)
        found = await results(session, organization_id=startup.id, start=week.start, end=week.end)
    out = {PostStatus.PUBLISHED: [one.post_id for one in found]}
    lines = what_went_out(Material(week=week, posts=out, published=found, recent=[]))
    assert lines[0].text == "3 posts went out."
    assert sorted(line.text.split(":")[0] for line in lines[1:]) == ["By network", "By pillar"]
    assert "2 on LinkedIn" in lines[1].text
    assert "1 on X" in lines[1].text
    assert "2 about “Craft”" in lines[2].text
    assert [len(line.insights) for line in lines] == [1, 2, 2]
