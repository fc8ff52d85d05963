"""Posts are ordered on the content page, followed, and stopped."""

from __future__ import annotations

import re

import pytest
import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote.ai import actions as ai
from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestKind
from aipromote.content.generation import write_pieces
from aipromote.db.database import Database
from content.test_orders import Clerk


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def newest(database: Database, made: seeds.Seeded) -> GenerationRequest:
    async with database.transaction(made.organization_id) as session:
        found = await requests.latest(session, organization_id=made.organization_id, kind=RequestKind.CONTENT)
    assert found is not None
    return found


async def test_the_form_offers_what_the_plan_has_and_leads_to_the_progress(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    seen = await browser.open("/content")
    assert re.findall(r'name="pillar" value="([^"]+)"', seen.text) == ["Bread", "Bakers", "Grain"]
    assert re.findall(r'name="platform" value="([^"]+)"', seen.text) == ["TWITTER"]
    seen = await browser.send("/content/generate", {"pillar": "Bread", "weeks": "3"})
    assert "Waiting for a worker" in seen.words
    assert "Stop writing" in seen.words
    asked = await newest(database, seeded)
    assert (asked.wanted.pillars, asked.wanted.platforms) == (("Bread",), ())
    listed = await browser.open("/content")
    assert "Posts are being written." in listed.words
    assert f'action="/progress/{asked.id}/cancel"' in listed.text
    assert f'hx-get="/content?watched={asked.id}"' in listed.text


async def test_an_order_is_stopped_from_its_page(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    await browser.open("/content")
    await browser.send("/content/generate", {"weeks": "2"})
    asked = await newest(database, seeded)
    seen = await browser.send(f"/progress/{asked.id}/cancel")
    assert "Stopped. 0 posts are written" in seen.words
    seen = await browser.open(f"/progress/{asked.id}")
    assert "Stopped by Ada Brot" in seen.words
    assert "did not work" not in seen.words
    assert 'http-equiv="refresh"' not in seen.text
    seen = await browser.send(f"/progress/{asked.id}/cancel")
    assert "ended already" in seen.words


async def test_places_that_got_no_post_are_counted_and_explained(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/content")
    await browser.send("/content/generate", {"weeks": "2"})
    asked = await newest(database, seeded)

    class Sparse(Clerk):
        async def posts(self, *given: object, **named: object) -> list:
            return (await super().posts(*given, **named))[:1]

    pointer = RequestPointer(organization_id=seeded.organization_id, request_id=asked.id, attempts=0)
    await write_pieces(pointer, database=database, writer=Sparse())
    asked = await newest(database, seeded)
    empty = (asked.total_count or 0) - asked.done_count
    assert empty > 0
    watching = await browser.open(f"/content?watched={asked.id}")
    assert "posts are written and wait for your review" in watching.words or "1 post is written" in watching.words
    assert 'hx-trigger="every' not in watching.text
    assert "waits for your review" not in (await browser.open("/content")).words
    seen = await browser.open(f"/progress/{asked.id}")
    assert f"{empty} places got no post: the brief gives nothing new to say about them." in seen.words


async def test_what_cannot_be_ordered_is_said_on_the_page(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/content")
    assert "no pillar Cake" in (await browser.send("/content/generate", {"pillar": "Cake"})).words
    assert "no such platform" in (await browser.send("/content/generate", {"platform": "PAPER"})).words
    assert (await browser.send("/content/generate", {"weeks": "900"})).status == 422


async def test_a_failed_order_still_says_why(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    await browser.open("/content")
    await browser.send("/content/generate", {"weeks": "2"})
    asked = await newest(database, seeded)
    async with database.transaction(seeded.organization_id) as session:
        mine = {"organization_id": seeded.organization_id, "request_id": asked.id}
        taken = await ai.claim(session, **mine, seconds=60)
        assert taken is not None
        await ai.fail(session, **mine, attempt=taken.attempts, message="No ink.")
    seen = await browser.open(f"/progress/{asked.id}")
    assert "This did not work" in seen.words
    assert "No ink." in seen.words
    assert "Nothing was changed or published." in seen.words
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(
            update(GenerationRequest).where(GenerationRequest.id == asked.id).values(done_count=2, total_count=9)
        )
    seen = await browser.open(f"/progress/{asked.id}")
    assert "2 texts are written and stay. Nothing was published." in seen.words
    assert "Nothing was changed" not in seen.words
