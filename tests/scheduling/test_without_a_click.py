"""Where the organization lets posts out without a person, the worker gives them their times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from aipromote import clock
from aipromote.brand import actions as brand
from aipromote.brand.states import ApprovalMode
from aipromote.channels import actions as channels
from aipromote.channels.models import SocialAccount
from aipromote.content import actions as content_actions
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.content import AutoApprovalRules
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.publishing import holds
from aipromote.publishing import queries as posts
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions, queries
from aipromote.scheduling.actions.planning import Result
from aipromote.scheduling.jobs import PLACE_POSTS, WaitingPieces
from aipromote.worker import HANDLERS
from factories import content, organizations, strategy
from factories.organizations import Startup

CLAIM = "We are 40 % faster than every other bakery."


@pytest.fixture(autouse=True)
def dial(tmp_path: Path) -> Iterator[clock.Dial]:
    """It is the Sunday before the plan begins."""
    yield clock.Dial.create(tmp_path / "dial", start=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    clock.use(None)


@pytest.fixture(autouse=True)
def _follow(dial: clock.Dial, tmp_path: Path) -> None:
    clock.use(tmp_path / "dial")


async def _connect(database: Database, startup: Startup, platform: Platform = Platform.TWITTER) -> UUID:
    account = SocialAccount(
        organization_id=startup.id,
        id=new_id(),
        platform=platform,
        connector="sandbox",
        server="http://127.0.0.1:9",
        handle="kornblume",
        account_id="1",
    )
    account.access_token = "token"
    async with database.transaction(startup.id) as session:
        session.add(account)
    return account.id


async def _startup(database: Database, *, approval: str = "auto", connected: bool = True) -> Startup:
    startup = await organizations.organization(database, approval=approval)
    await strategy.active(database, startup)
    if connected:
        await _connect(database, startup)
    return startup


async def _generated(database: Database, startup: Startup, count: int = 1, **changes: Any) -> list[ContentPiece]:
    """Pieces as generation leaves them: approved by the product, where it may."""
    rows = [await content.piece(database, startup, **changes) for _ in range(count)]
    async with database.transaction(startup.id) as session:
        ids = [row.id for row in rows]
        await content_actions.auto_approve_if_allowed(session, organization_id=startup.id, piece_ids=ids)
    return rows


async def _owed(database: Database) -> list[WaitingPieces]:
    async with database.transaction() as session:
        return [due.pointer for due in await queries.pending_placements(session, limit=100)]


async def _work(database: Database) -> None:
    """What the worker does with everything that is owed, once."""
    async with aiohttp.ClientSession() as http:
        for pointer in await _owed(database):
            assert await HANDLERS[PLACE_POSTS](pointer, database=database, http=http) == Done()


async def _posts(database: Database, startup: Startup, piece: ContentPiece) -> list[PostStatus]:
    async with database.transaction(startup.id) as session:
        rows = await posts.posts_of_piece(session, organization_id=startup.id, piece_id=piece.id)
        return [row.status for row in rows]


async def _status(database: Database, startup: Startup, piece: ContentPiece) -> ContentStatus:
    async with database.transaction(startup.id) as session:
        return (await pieces.piece(session, organization_id=startup.id, piece_id=piece.id)).status


async def _rule(database: Database, startup: Startup, **changes: Any) -> None:
    async with database.transaction(startup.id) as session:
        await brand.edit_rules(session, startup.owner, organization_id=startup.id, **changes)


async def test_a_founder_who_opted_in_gets_posts_scheduled_without_a_click(database: Database) -> None:
    startup = await _startup(database)
    rows = await _generated(database, startup, 3)
    assert await _owed(database) == [WaitingPieces(organization_id=startup.id, newest=rows[-1].id)]
    await _work(database)
    for row in rows:
        assert await _posts(database, startup, row) == [PostStatus.SCHEDULED]
        assert await _status(database, startup, row) is ContentStatus.SCHEDULED
    assert await _owed(database) == []


async def test_a_second_run_changes_nothing_and_two_at_once_schedule_each_piece_once(database: Database) -> None:
    startup = await _startup(database)
    (piece,) = await _generated(database, startup)
    (pointer,) = await _owed(database)
    async with aiohttp.ClientSession() as http:
        runs = [HANDLERS[PLACE_POSTS](pointer, database=database, http=http) for _ in range(3)]
        assert await asyncio.gather(*runs) == [Done()] * 3
        assert await HANDLERS[PLACE_POSTS](pointer, database=database, http=http) == Done()
    assert await _posts(database, startup, piece) == [PostStatus.SCHEDULED]


async def test_where_a_person_approves_nothing_is_owed(database: Database) -> None:
    startup = await _startup(database, approval="manual")
    (waiting,) = await _generated(database, startup)
    clicked = await content.approved(database, startup)
    await _work(database)
    assert await _owed(database) == []
    assert [await _posts(database, startup, row) for row in (waiting, clicked)] == [[], []]


async def test_what_a_person_approved_waits_for_their_click_also_in_an_organization_that_opted_in(
    database: Database,
) -> None:
    startup = await _startup(database)
    await content.approved(database, startup)
    assert await _owed(database) == []


async def test_a_piece_with_a_blocking_finding_stays(database: Database) -> None:
    startup = await _startup(database)
    (bad,) = await _generated(database, startup, body=CLAIM, hook="")
    assert await _owed(database) == []
    assert await _status(database, startup, bad) is ContentStatus.PENDING_REVIEW


async def test_a_phrase_forbidden_since_the_approval_holds_the_piece_back(database: Database) -> None:
    startup = await _startup(database)
    (bad,) = await _generated(database, startup, body="Our bread is divine.", hook="")
    (good,) = await _generated(database, startup)
    await _rule(database, startup, forbidden_phrases=["divine"])
    await _work(database)
    assert await _posts(database, startup, bad) == []
    assert await _posts(database, startup, good) == [PostStatus.SCHEDULED]
    async with database.transaction(startup.id) as session:
        result = await actions.place_waiting(session, organization_id=startup.id)
    assert [held.piece_id for held in result.held_back] == [bad.id]


async def test_with_conditions_only_what_fits_them_is_scheduled(database: Database) -> None:
    startup = await _startup(database)
    condition = {"field": "confidence", "operator": "at_least", "value": 0.5}
    rules = AutoApprovalRules.model_validate({"enabled": True, "requires_all": True, "conditions": [condition]})
    await _rule(database, startup, approval_mode=ApprovalMode.CONDITIONAL, auto_approval_rules=rules)
    (sure,) = await _generated(database, startup, confidence=0.9)
    (unsure,) = await _generated(database, startup, confidence=0.2)
    await _work(database)
    assert [await _posts(database, startup, row) for row in (sure, unsure)] == [[PostStatus.SCHEDULED], []]


async def test_pieces_wait_for_the_account_of_their_platform_and_go_when_it_comes(database: Database) -> None:
    startup = await _startup(database, connected=False)
    (piece,) = await _generated(database, startup)
    await _connect(database, startup, Platform.LINKEDIN)
    assert await _owed(database) == []
    account_id = await _connect(database, startup)
    assert len(await _owed(database)) == 1
    async with database.transaction(startup.id) as session:
        await channels.disconnect(session, startup.owner, organization_id=startup.id, account_id=account_id)
    assert await _owed(database) == []
    assert await _posts(database, startup, piece) == []


async def test_a_piece_that_needs_a_picture_and_has_none_is_not_owed(database: Database) -> None:
    startup = await _startup(database)
    await _connect(database, startup, Platform.INSTAGRAM)
    await _generated(database, startup, platform=Platform.INSTAGRAM)
    assert await _owed(database) == []


async def test_with_a_card_it_goes_out_and_then_keeps_the_card_that_it_was_approved_with(database: Database) -> None:
    startup = await _startup(database)
    await _connect(database, startup, Platform.INSTAGRAM)
    row = await content.piece(database, startup, platform=Platform.INSTAGRAM)
    mine = {"organization_id": startup.id, "piece_id": row.id}
    async with database.transaction(startup.id) as session:
        await content_actions.add_card(session, startup.owner, **mine, based_on=1)
        await content_actions.auto_approve_if_allowed(session, organization_id=startup.id, piece_ids=[row.id])
    await _work(database)
    assert await _posts(database, startup, row) == [PostStatus.SCHEDULED]
    async with database.transaction(startup.id) as session:
        with pytest.raises(Conflict, match="Cancel its posts first"):
            await content_actions.add_card(session, startup.owner, **mine, based_on=2)


async def test_a_piece_whose_day_has_passed_for_the_audience_is_left_alone(
    database: Database, dial: clock.Dial
) -> None:
    startup = await _startup(database)
    await _generated(database, startup)
    dial.jump(datetime(2026, 11, 23, 22, 59, tzinfo=UTC))  # a minute before midnight in Berlin
    assert len(await _owed(database)) == 1
    dial.jump(datetime(2026, 11, 23, 23, 1, tzinfo=UTC))
    assert await _owed(database) == []
    async with database.transaction(startup.id) as session:
        assert await queries.waiting(session, organization_id=startup.id) == []


async def test_what_was_approved_before_a_hold_is_left_to_a_person_and_what_comes_later_is_not(
    database: Database,
) -> None:
    startup = await _startup(database)
    (before,) = await _generated(database, startup)
    async with database.transaction(startup.id) as session:
        await holds.hold(session, organizations=[startup.id], reason="Restored.", known_until=clock.now())
    (during,) = await _generated(database, startup)
    assert await _owed(database) == []
    async with database.transaction(startup.id) as session:
        assert await actions.place_waiting(session, organization_id=startup.id) == Result()
        await holds.release(session, startup.owner, organization_id=startup.id)
    await _work(database)
    assert await _owed(database) == []
    assert [await _posts(database, startup, row) for row in (before, during)] == [[], [PostStatus.SCHEDULED]]


async def test_what_a_person_cancelled_is_not_scheduled_again(database: Database) -> None:
    startup = await _startup(database)
    (piece,) = await _generated(database, startup)
    await _work(database)
    async with database.transaction(startup.id) as session:
        (post,) = await posts.posts_of_piece(session, organization_id=startup.id, piece_id=piece.id)
        await actions.cancel(session, startup.owner, organization_id=startup.id, post_id=post.id)
    assert await _status(database, startup, piece) is ContentStatus.APPROVED
    await _work(database)
    assert await _posts(database, startup, piece) == [PostStatus.CANCELLED]


async def test_pieces_of_a_plan_that_was_replaced_are_not_scheduled(database: Database) -> None:
    startup = await _startup(database)
    await _generated(database, startup)
    assert len(await _owed(database)) == 1
    await strategy.active(database, startup)
    assert await _owed(database) == []
    async with database.transaction(startup.id) as session:
        assert await queries.waiting(session, organization_id=startup.id) == []


async def test_an_opt_in_that_was_taken_back_stops_the_scheduling_by_anybody_until_a_person_approves(
    database: Database,
) -> None:
    startup = await _startup(database)
    (piece,) = await _generated(database, startup)
    (pointer,) = await _owed(database)
    await _rule(database, startup, approval_mode=ApprovalMode.MANUAL)
    assert await _owed(database) == []
    async with aiohttp.ClientSession() as http:
        assert await HANDLERS[PLACE_POSTS](pointer, database=database, http=http) == Done()
    mine: dict[str, Any] = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        refused = await actions.schedule_approved(session, startup.owner, **mine, piece_ids=[piece.id])
    assert [held.reason for held in refused.held_back] == ["Nobody has approved this text."]
    async with database.transaction(startup.id) as session:
        done = await actions.approve_and_schedule(session, startup.owner, **mine, piece_ids=[piece.id])
        approval = await pieces.approval_for(session, **mine, piece_id=piece.id, revision=1)
    assert len(done.scheduled) == 1
    assert approval is not None
    assert approval.user_id == startup.owner.user_id


async def test_new_pieces_make_a_new_job_and_other_organizations_have_their_own(
    database: Database, dial: clock.Dial
) -> None:
    first, second = await _startup(database), await _startup(database)
    await _generated(database, first)
    before = await _owed(database)
    dial.jump(clock.now() + timedelta(seconds=1))
    await _generated(database, first)
    await _generated(database, second)
    after = await _owed(database)
    assert {pointer.organization_id for pointer in after} == {first.id, second.id}
    assert len({pointer.job_id for pointer in (*before, *after)}) == 3


async def test_a_job_for_an_organization_that_is_gone_is_let_go(database: Database) -> None:
    pointer = WaitingPieces(organization_id=new_id(), newest=new_id())
    async with aiohttp.ClientSession() as http:
        assert isinstance(await HANDLERS[PLACE_POSTS](pointer, database=database, http=http), Cancel)


async def test_many_organizations_are_owed_without_seeing_more_than_asked_for(database: Database) -> None:
    for _ in range(3):
        await _generated(database, await _startup(database))
    async with database.transaction() as session:
        assert len(await queries.pending_placements(session, limit=2)) == 2
