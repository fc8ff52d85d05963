"""The weekly letter on its page."""

from __future__ import annotations

from datetime import timedelta

import seeds
from site_client import Browser

from aipromote import clock
from aipromote.coach.models import WeeklySummary
from aipromote.db.database import Database
from aipromote.documents.learning import KeyInsight, Recommendation
from aipromote.web.summaries import letter
from aipromote.web.words import monday_of

_LETTER = """# Kornblume: the week

- 3 posts went out.[^1] \\<b>no\\</b>

## Notes

[^1]: `posts.published` from `scheduled_posts:1`
"""


def test_a_letter_cannot_bring_markup_or_scripts() -> None:
    shown = letter("<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://tracker.example/p.png)")
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


async def test_a_note_leads_to_the_rows_behind_its_number_and_advice_is_accepted_once(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    week = monday_of(clock.now().date()) - timedelta(days=7)
    insight = KeyInsight(
        statement="3 posts went out.", metric="posts.published", value=3, sample=3, rows=["scheduled_posts:1"]
    )
    advice = Recommendation(id="r1", change="Bake more rye.", reason="It was liked most.")
    async with database.transaction(made.organization_id) as session:
        session.add(
            WeeklySummary(
                organization_id=made.organization_id,
                week_start=week,
                week_end=week + timedelta(days=6),
                report_md=_LETTER,
                key_insights=[insight],
                recommendations=[advice],
                total_posts=3,
            )
        )
    await browser.sign_in(made.email, seeds.PASSWORD)
    seen = await browser.open(f"/summaries/{week}")
    assert '<a href="#note-1" id="ref-1">1</a>' in seen.text
    assert 'id="note-1"' in seen.text
    assert "scheduled_posts:1" in seen.words
    assert "&lt;b&gt;no" in seen.text
    assert "Accepted." in (await browser.send(f"/summaries/{week}/accept")).words
    assert "Accept the advice" not in (await browser.open(f"/summaries/{week}")).words
    assert (await browser.open("/summaries/2020-01-06")).status == 404
