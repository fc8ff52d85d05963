"""What the product approved by itself needs a person once a person has to approve every post."""

from __future__ import annotations

import seeds
from site_client import Browser

from aipromote.accounts.actor import SYSTEM
from aipromote.brand import actions as brand
from aipromote.brand.states import ApprovalMode
from aipromote.content import queries as content
from aipromote.db.database import Database
from aipromote.scheduling import actions as scheduling


async def test_the_page_asks_for_an_approval_that_keeps_the_post_and_carries_the_persons_name(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    mine, owner = {"organization_id": made.organization_id}, made.startup.owner
    async with database.transaction(made.organization_id) as session:
        await brand.edit_rules(session, owner, **mine, approval_mode=ApprovalMode.AUTO)
        done = await scheduling.approve_and_schedule(session, SYSTEM, **mine, piece_ids=[made.piece.id])
        assert len(done.scheduled) == 1
    page = f"/pieces/{made.piece.id}"
    assert "AIPromote approved it by itself" not in (await browser.open(page)).words
    async with database.transaction(made.organization_id) as session:
        await brand.edit_rules(session, owner, **mine, approval_mode=ApprovalMode.MANUAL)
    assert "AIPromote approved it by itself" in (await browser.open(page)).words
    assert "AIPromote approved it by itself" not in (await browser.send(f"{page}/approve", {"revision": 1})).words
    async with database.transaction(made.organization_id) as session:
        approval = await content.approval_for(session, **mine, piece_id=made.piece.id, revision=1)
    assert approval is not None
    assert approval.user_id == owner.user_id
