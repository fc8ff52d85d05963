"""The weekly letter on its page."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import seeds
from site_client import Browser

from aipromote import clock
from aipromote.coach.models import WeeklySummary
from aipromote.db.database import Database
from aipromote.documents.learning import KeyInsight, Recommendation
from aipromote.web.summaries import letter
from aipromote.web.words import monday_of
from factories import analytics

_LETTER = """# Kornblume: the week

- 3 posts went out.[^1] \\<b>no\\</b>

## Notes

[^1]: `posts.published` from `scheduled_posts:1`
"""


async def summed_up(database: Database, made: seeds.Seeded, *, ago: int) -> date:
    """A summary of the week so many weeks ago; its Monday."""
    week = monday_of(clock.now().astimezone(ZoneInfo("Europe/Berlin")).date()) - timedelta(weeks=ago)
    insights = [
        KeyInsight(
            statement="3 posts went out.", metric="posts.published", value=3, sample=3, rows=["scheduled_posts:1"]
        ),
        KeyInsight(statement="Most people liked rye.", metric="reactions.top", value=31, sample=1),
    ]
    async with database.transaction(made.organization_id) as session:
        session.add(
            WeeklySummary(
                organization_id=made.organization_id,
                week_start=week,
                week_end=week + timedelta(days=6),
                report_md=_LETTER,
                key_insights=insights,
                recommendations=[Recommendation(id="r1", change="Bake more rye.", reason="It was liked most.")],
                total_posts=3,
                avg_engagement=0.034,
            )
        )
    return week


def test_a_letter_cannot_bring_markup_or_scripts() -> None:
    shown = letter("<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://tracker.example/p.png)")
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


async def test_a_note_leads_to_the_rows_behind_its_number_and_advice_is_accepted_once(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    week = await summed_up(database, made, ago=1)
    await browser.sign_in(made.email, seeds.PASSWORD)
    seen = await browser.open(f"/summaries/{week}")
    assert '<a href="#note-1" id="ref-1">1</a>' in seen.text
    assert 'id="note-1"' in seen.text
    assert "scheduled_posts:1" in seen.words
    assert "&lt;b&gt;no" in seen.text
    assert "Accepted." in (await browser.send(f"/summaries/{week}/accept")).words
    assert "Accept the advice" not in (await browser.open(f"/summaries/{week}")).words
    assert (await browser.open("/summaries/2020-01-06")).status == 404


async def test_the_notes_stand_in_a_closed_list_that_their_links_open(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    week = await summed_up(database, made, ago=1)
    await browser.sign_in(made.email, seeds.PASSWORD)
    seen = await browser.open(f"/summaries/{week}")
    notes = seen.text.split('<details class="more numbers">')[1]
    assert 'id="note-1"' in notes
    assert notes.index("</table>") < notes.rindex("</details>")


async def test_simulated_numbers_are_called_so_wherever_they_stand(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    at = clock.now() - timedelta(weeks=1)
    async with database.transaction(made.organization_id) as session:
        account = await analytics.account(session, made.organization_id, handle="@sand", connector="sandbox")
        await analytics.post(session, account, at=at, text="Into the sandbox.")
    week = await summed_up(database, made, ago=1)
    await browser.sign_in(made.email, seeds.PASSWORD)
    for path in ("/this-week", "/summaries", f"/summaries/{week}"):
        assert "Simulated" in (await browser.open(path)).words, path
    home = (await browser.open("/this-week")).words
    assert "Engagement, simulated 3.4 %" in home
    assert "Most people liked rye." in home


async def test_real_numbers_are_not_called_simulated(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    async with database.transaction(made.organization_id) as session:
        account = await analytics.account(session, made.organization_id, handle="@real", connector="bluesky")
        await analytics.post(session, account, at=clock.now() - timedelta(weeks=2), text="Out there.")
    week = await summed_up(database, made, ago=2)
    await browser.sign_in(made.email, seeds.PASSWORD)
    for path in ("/summaries", f"/summaries/{week}"):
        assert "Simulated" not in (await browser.open(path)).words, path


async def test_advice_is_rejected_on_its_own(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    week = await summed_up(database, made, ago=1)
    await browser.sign_in(made.email, seeds.PASSWORD)
    await browser.open(f"/summaries/{week}")
    seen = await browser.send(f"/summaries/{week}/reject", {"recommendation": "r1"})
    assert "Rejected. It is left out" in seen.words
    assert "Accept the advice" not in seen.words
    again = await browser.send(f"/summaries/{week}/reject", {"recommendation": "r1"})
    assert "This was decided on already." in again.words
