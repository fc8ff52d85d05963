"""Each number of a weekly summary comes from stored rows, and can be computed from them again."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
import asyncpg
import pytest
from sqlalchemy import select

from aipromote import clock
from aipromote.accounts.actor import SYSTEM
from aipromote.coach import actions, handlers, queries
from aipromote.coach.jobs import EndedWeek
from aipromote.coach.models import WeeklySummary
from aipromote.coach.week import Week
from aipromote.db.database import Database
from aipromote.documents.learning import KeyInsight, RecommendationStatus
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, NotAllowed, NotFound
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.notifications.models import Notification
from aipromote.organizations.states import Role
from aipromote.publishing.states import PostStatus
from factories import analytics, organizations
from factories.organizations import Startup

MONDAY = date(2026, 3, 9)
FIRST = datetime(2026, 3, 9, 9, tzinfo=UTC)
SLOTS = (86_400, 259_200)

# How each metric is computed from its own rows, in SQL that shares nothing with the code under test.
RECOMPUTE = {
    r"posts\..*": "SELECT count(*) FROM scheduled_posts WHERE id = ANY($1)",
    r"(?P<column>\w+)\.sum": "SELECT sum({column}) FROM analytics WHERE id = ANY($1)",
    r"engagement_rate\.(mean.*|one_day\..*\.(these|others))": """
        SELECT avg((coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(saves, 0))::float
                   / impressions) FROM analytics WHERE id = ANY($1)""",
    r"reactions\.top": """
        SELECT coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(saves, 0)
          FROM analytics WHERE id = ANY($1)""",
}


@dataclass
class Office:
    database: Database
    http: aiohttp.ClientSession
    startup: Startup

    @property
    def id(self) -> UUID:
        return self.startup.id

    async def write(self, monday: date = MONDAY):
        pointer = EndedWeek(organization_id=self.id, week_start=monday)
        return await handlers.write_summary(pointer, database=self.database, http=self.http)

    async def summary(self, monday: date = MONDAY) -> WeeklySummary:
        async with self.database.transaction(self.id) as session:
            found = await queries.summary(session, organization_id=self.id, week_start=monday)
        assert found is not None
        return found

    async def accept(self, actor, monday: date = MONDAY) -> WeeklySummary:
        async with self.database.transaction(self.id) as session:
            return await actions.accept(session, actor, organization_id=self.id, week_start=monday)


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    clock.Dial.create(tmp_path / "dial", start=FIRST + timedelta(days=8))
    clock.use(tmp_path / "dial")
    startup = await organizations.organization(database, name="Kornblume")
    async with aiohttp.ClientSession() as http:
        yield Office(database, http, startup)
    clock.use(None)


async def busy_month(office: Office, *, effect: float = 0.0, seed: int = 1) -> None:
    """Four weeks of posts on two accounts; on one of them questions get `effect` more likes per impression."""
    draws = random.Random(seed)
    async with office.database.transaction(office.id) as session:
        linkedin = await analytics.account(session, office.id, handle="kiln")
        x = await analytics.account(session, office.id, platform=Platform.TWITTER, handle="kiln", connector="bluesky")
        for number in range(28):
            at = FIRST + timedelta(days=number % 7, weeks=-(number // 7))
            question = number % 2 == 0
            text = "Why clay?" if question else "Clay remembers."
            for account in (linkedin, x):
                post = await analytics.post(
                    session, account, at=at, text=text, pillar=draws.choice(["Craft", "People"])
                )
                impressions = draws.randint(500, 5000)
                boost = effect if question and account is linkedin else 0.0
                likes = round(impressions * (draws.uniform(0.02, 0.03) + boost))
                counters = {"impressions": impressions, "likes": likes, "comments": draws.randint(0, 9)}
                if account is linkedin:
                    counters["clicks"] = draws.randint(0, 40)
                await analytics.measure(session, post, account, slots=SLOTS, **counters)
        for status in (PostStatus.FAILED, PostStatus.MISSED):
            await analytics.post(session, x, at=FIRST, status=status)
        await analytics.post(session, x, at=FIRST + timedelta(hours=3))  # never measured


async def recomputed(owner: asyncpg.Connection, insight: KeyInsight) -> float:
    wanted = "scheduled_posts" if insight.metric.startswith("posts.") else "analytics"
    ids = [UUID(row.split(":")[1]) for row in insight.rows if row.startswith(f"{wanted}:")]
    for pattern, statement in RECOMPUTE.items():
        if match := re.fullmatch(pattern, insight.metric):
            return float(await owner.fetchval(statement.format(**match.groupdict()), ids))
    raise AssertionError(f"no independent way to compute {insight.metric}")


def digits(text: str) -> list[str]:
    """The numbers in a sentence, without names in quotes, the level of intervals, and Markdown's own signs."""
    text = re.sub(r"“[^”]*”|95 % interval|\[\^\d+\]", "", text.replace("\\", ""))
    return [number.replace(",", "") for number in re.findall(r"[+-]?\d[\d,]*(?:\.\d+)?", text)]


def written(insight: KeyInsight) -> set[str]:
    """All the ways in which an insight's numbers may be printed."""
    values = [insight.value, insight.sample, *(insight.interval or ())]
    ways = {f"{value:.0f}" for value in (insight.value, insight.sample)}
    return ways | {f"{100 * v:.2f}" for v in values} | {f"{100 * v:+.2f}" for v in values}


async def test_every_key_insight_can_be_computed_again_from_its_rows(office: Office, owner: asyncpg.Connection) -> None:
    await busy_month(office, effect=0.03)
    assert await office.write() == Done()
    summary = await office.summary()
    by_metric = {}
    for insight in summary.key_insights:
        if insight.metric.endswith(".difference"):
            base = insight.metric.removesuffix("difference")
            these, others = by_metric[base + "these"], by_metric[base + "others"]
            expected = await recomputed(owner, these) - await recomputed(owner, others)
            assert sorted(insight.rows) == sorted([*these.rows, *others.rows])
        else:
            expected = await recomputed(owner, insight)
        assert insight.value == pytest.approx(expected), insight.metric
        assert insight.rows, insight.metric
        by_metric[insight.metric] = insight
    assert {"posts.published", "posts.failed", "posts.missed", "posts.unmeasured", "impressions.sum"} <= set(by_metric)


async def test_every_number_of_the_letter_is_one_of_the_insight_that_its_note_names(office: Office) -> None:
    await busy_month(office, effect=0.03)
    await office.write()
    summary = await office.summary()
    body, notes = summary.report_md.split("## Notes")
    bullets = [line for line in body.splitlines() if line.startswith("- ")]
    assert len(bullets) > 12
    for bullet in bullets:
        cited = [summary.key_insights[int(number) - 1] for number in re.findall(r"\[\^(\d+)\]", bullet)]
        assert cited, bullet
        allowed = set().union(*(written(insight) for insight in cited))
        assert set(digits(bullet)) <= allowed, bullet
    rest = [line for line in body.splitlines()[1:] if not line.startswith("- ")]
    assert digits(" ".join(rest)) == [], "a number without a note"
    for number, insight in enumerate(summary.key_insights, start=1):
        assert f"[^{number}]: `{insight.metric}` from `{insight.rows[0]}`" in notes


async def test_the_columns_agree_with_independent_sums(office: Office, owner: asyncpg.Connection) -> None:
    await busy_month(office)
    await office.write()
    summary = await office.summary()
    week = "published_at >= '2026-03-08 23:00+00' AND published_at < '2026-03-15 23:00+00'"  # Berlin's midnights
    newest = f"""
        SELECT DISTINCT ON (a.scheduled_post_id) a.* FROM analytics a JOIN scheduled_posts p
            ON p.id = a.scheduled_post_id AND p.{week} ORDER BY a.scheduled_post_id, a.measured_at DESC"""
    assert summary.total_posts == await owner.fetchval(f"SELECT count(*) FROM scheduled_posts WHERE {week}") == 15
    rate = await owner.fetchval(
        f"SELECT avg((likes + comments)::float / impressions) FROM ({newest}) n WHERE impressions > 0"
    )
    assert summary.avg_engagement == pytest.approx(rate)
    top = await owner.fetchval(f"SELECT scheduled_post_id FROM ({newest}) n ORDER BY likes + comments DESC LIMIT 1")
    assert summary.top_performer_id == top
    assert summary.week_end == date(2026, 3, 15)


async def test_a_real_difference_becomes_advice_with_its_evidence(office: Office) -> None:
    await busy_month(office, effect=0.03)
    await office.write()
    summary = await office.summary()
    (advice,) = summary.recommendations
    assert advice.change == "On LinkedIn (@kiln), plan more posts that begin with a question."
    assert advice.status is RecommendationStatus.PROPOSED
    assert [len(one.rows) for one in advice.evidence] == [14, 14, 28]
    gap = advice.evidence[-1].value
    assert 0.02 < gap < 0.04
    assert "if the coming weeks are like the last four" in advice.predicted_effect
    insight = next(one for one in summary.key_insights if one.metric.endswith("hook.question.difference"))
    assert insight.interval[0] > 0


async def test_noise_leads_to_no_advice_and_the_letter_says_so(office: Office) -> None:
    await busy_month(office)
    await office.write()
    summary = await office.summary()
    assert summary.recommendations == []
    assert "no difference was sure enough" in summary.report_md


async def test_few_posts_allow_no_conclusion_and_the_letter_says_so(office: Office) -> None:
    async with office.database.transaction(office.id) as session:
        account = await analytics.account(session, office.id)
        for hours, likes in ((0, 5), (30, 50)):
            post = await analytics.post(session, account, at=FIRST + timedelta(hours=hours))
            await analytics.measure(session, post, account, impressions=1000, likes=likes)
    await office.write()
    summary = await office.summary()
    assert "too few to conclude anything" in summary.report_md
    assert "a guess would not be advice" in summary.report_md.replace("\n", " ")
    assert summary.recommendations == []
    assert all(one.interval is None for one in summary.key_insights)


async def test_simulated_numbers_are_called_simulated(office: Office) -> None:
    await busy_month(office)
    await office.write()
    lines = (await office.summary()).report_md.splitlines()
    sandbox = [line for line in lines if "LinkedIn (@kiln):" in line]
    real = [line for line in lines if "X (@kiln):" in line]
    assert sandbox
    assert real
    assert all("(simulated)" in line for line in sandbox)
    assert not any("simulated" in line for line in real)


async def test_a_letter_of_nothing_but_the_sandbox_says_so_at_the_top(office: Office) -> None:
    async with office.database.transaction(office.id) as session:
        account = await analytics.account(session, office.id)
        await analytics.post(session, account, at=FIRST)
    await office.write()
    assert "**All audience numbers in this letter are simulated:**" in (await office.summary()).report_md


async def test_rates_of_different_networks_are_never_set_against_each_other(office: Office) -> None:
    await busy_month(office, effect=0.2)
    await office.write()
    summary = await office.summary()
    for insight in summary.key_insights:
        if "one_day" in insight.metric:
            assert insight.sample <= 28, "only the posts of one account"


async def test_a_week_is_written_once_and_its_owner_told_once(office: Office) -> None:
    await busy_month(office)
    assert await office.write() == Done()
    first = await office.summary()
    assert await office.write() == Done()
    assert (await office.summary()).id == first.id
    async with office.database.transaction(office.id) as session:
        (told,) = (await session.scalars(select(Notification))).all()
    assert told.template == "summary-ready"
    assert told.data.path == "/summaries/2026-03-09"


async def test_the_same_rows_make_the_same_letter(office: Office, owner: asyncpg.Connection) -> None:
    await busy_month(office, effect=0.004)
    await office.write()
    first = await office.summary()
    await owner.execute("DELETE FROM weekly_summaries")
    await office.write()
    again = await office.summary()
    assert (again.report_md, again.recommendations) == (first.report_md, first.recommendations)


async def test_ended_weeks_with_posts_are_owed_until_they_are_written(office: Office) -> None:
    await busy_month(office)
    async with office.database.transaction() as session:
        owed = [one.pointer.week_start for one in await queries.pending_summaries(session, limit=10)]
    assert MONDAY in owed
    for monday in owed:
        await office.write(monday)
    async with office.database.transaction() as session:
        assert await queries.pending_summaries(session, limit=10) == []
    async with office.database.transaction(office.id) as session:
        listed = await queries.summaries(session, organization_id=office.id)
        latest, _is_simulated = await queries.newest(session, organization_id=office.id)
    assert [one.week_start for one in listed] == sorted(owed, reverse=True)
    assert latest.week_start == MONDAY


async def test_a_week_that_is_not_over_is_let_go(office: Office) -> None:
    assert isinstance(await office.write(MONDAY + timedelta(days=7)), Cancel)


async def test_an_organization_that_is_gone_is_let_go(office: Office) -> None:
    pointer = EndedWeek(organization_id=UUID(int=1), week_start=MONDAY)
    assert isinstance(await handlers.write_summary(pointer, database=office.database, http=office.http), Cancel)


async def test_a_person_accepts_the_advice_once(office: Office) -> None:
    await busy_month(office, effect=0.03)
    await office.write()
    with pytest.raises(NotAllowed, match="Only a person"):
        await office.accept(SYSTEM)
    viewer = await organizations.member(office.database, office.startup, role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        await office.accept(viewer)
    summary = await office.accept(office.startup.owner)
    assert summary.accepted
    assert summary.accepted_at is not None
    assert [one.status for one in (await office.summary()).recommendations] == [RecommendationStatus.ACCEPTED]
    with pytest.raises(Conflict):
        await office.accept(office.startup.owner)
    with pytest.raises(NotFound):
        await office.accept(office.startup.owner, MONDAY - timedelta(days=700))


async def test_text_from_outside_cannot_form_markdown(office: Office) -> None:
    async with office.database.transaction(office.id) as session:
        account = await analytics.account(session, office.id, handle="a](http://evil) <b>")
        post = await analytics.post(session, account, at=FIRST, text="[x](javascript:y) **z**", pillar="`p`")
        await analytics.measure(session, post, account, impressions=100, likes=3)
    await office.write()
    body = (await office.summary()).report_md.split("## Notes")[0]
    assert "](" not in body.replace("\\](", "")
    assert "<b>" not in body.replace("\\<b", "")


def test_a_week_follows_the_clocks_of_its_zone() -> None:
    week = Week(date(2026, 3, 23), ZoneInfo("Europe/Berlin"))
    assert week.end - week.start == timedelta(days=7) - timedelta(hours=1)
    assert week.start == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert week.back(1).monday == date(2026, 3, 16)
