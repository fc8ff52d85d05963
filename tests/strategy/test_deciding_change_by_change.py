"""People take what they want of a proposal; what comes of it agrees with itself, and who decided is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest

from aipromote.accounts.actor import Actor
from aipromote.db.database import Database
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import Conflict, InvalidInput, NotAllowed, StaleRevision
from aipromote.organizations.states import Role
from aipromote.strategy import actions, queries, reviewing
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.reviewing import Review
from aipromote.strategy.states import ChangeDecision, OriginKind, StrategyStatus
from factories import organizations, strategy
from factories.organizations import Startup

YES, NO = ChangeDecision.ACCEPTED, ChangeDecision.REJECTED


def _another() -> StrategyDocument:
    values = strategy.document().model_dump()
    values["positioning"] = {"brief": "Bread by bicycle.", "primary_message": "Bread that remembers."}
    values["content_pillars"][0]["share"], values["content_pillars"][1]["share"] = 40, 40
    values["channel_plan"][0]["role"] = "secondary"
    return StrategyDocument.model_validate(values)


@pytest.fixture
async def startup(database: Database) -> Startup:
    return await organizations.organization(database)


async def _two(database: Database, startup: Startup) -> tuple[AIStrategy, AIStrategy]:
    """The active version, and a proposal with three groups of changes."""
    return await strategy.active(database, startup), await strategy.proposed(database, startup, plan=_another())


async def _review(database: Database, startup: Startup, row: AIStrategy) -> Review:
    async with database.transaction(startup.id) as session:
        return await reviewing.review(session, organization_id=startup.id, strategy_id=row.id)


async def _decide(
    database: Database,
    startup: Startup,
    row: AIStrategy,
    base: AIStrategy,
    said: Mapping[str, ChangeDecision],
    *,
    actor: Actor | None = None,
) -> Review:
    review = await _review(database, startup, row)
    keys = {one.group.title: one.group.key for one in review.groups}
    decisions = {keys[title]: decision for title, decision in said.items()}
    async with database.transaction(startup.id) as session:
        return await actions.decide(
            session,
            actor or startup.owner,
            organization_id=startup.id,
            strategy_id=row.id,
            base_id=base.id,
            decisions=decisions,
        )


async def _do(database: Database, startup: Startup, verb: Any, actor: Actor | None = None, **values: Any) -> AIStrategy:
    async with database.transaction(startup.id) as session:
        row: AIStrategy = await verb(session, actor or startup.owner, organization_id=startup.id, **values)
        return row


POSITIONING, SHARES, ROLE = "Positioning: in a paragraph", "Shares of the pillars", "X: role"


async def test_what_was_taken_becomes_a_version_of_its_own(
    database: Database, startup: Startup, owner: asyncpg.Connection
) -> None:
    base, row = await _two(database, startup)
    review = await _review(database, startup, row)
    assert [one.group.title for one in review.groups] == [POSITIONING, SHARES, ROLE]
    await _decide(database, startup, row, base, {POSITIONING: YES, SHARES: NO})
    with pytest.raises(Conflict, match="1 change is not decided on yet"):
        await _do(database, startup, actions.conclude, strategy_id=row.id, base_id=base.id)
    await _decide(database, startup, row, base, {ROLE: NO})
    made = await _do(database, startup, actions.conclude, strategy_id=row.id, base_id=base.id)
    assert (made.version, made.status) == (3, StrategyStatus.ACTIVE)
    assert made.positioning.brief == "Bread by bicycle."
    assert [pillar.share for pillar in made.content_pillars] == [50, 30, 20]
    async with database.transaction(startup.id) as session:
        rows = {one.version: one.status for one in await queries.versions(session, organization_id=startup.id)}
        origin = await queries.origin(session, organization_id=startup.id, strategy_id=made.id)
        kept = await queries.decisions(session, organization_id=startup.id, strategy_id=row.id)
    assert rows == {1: "ARCHIVED", 2: "REJECTED", 3: "ACTIVE"}
    assert origin is not None
    assert (origin.parent_id, origin.kind, origin.author) == (base.id, OriginKind.ASSEMBLED, startup.owner.name)
    assert {one.change.path: one.decision for one in kept.values()} == {
        "positioning.brief": YES,
        "content_pillars[Bread].share": NO,
        "content_pillars[Bakers].share": NO,
        "channel_plan[TWITTER].role": NO,
    }
    assert {one.user_id for one in kept.values()} == {startup.owner.user_id}
    said = await owner.fetchval("SELECT detail FROM audit_log WHERE action = 'strategy.assembled'")
    assert '"accepted": 1' in said
    assert '"rejected": 3' in said


async def test_all_of_it_is_the_proposal_itself_and_nothing_of_it_rejects_it(
    database: Database, startup: Startup
) -> None:
    base, row = await _two(database, startup)
    await _decide(database, startup, row, base, dict.fromkeys((POSITIONING, SHARES, ROLE), YES))
    made = await _do(database, startup, actions.conclude, strategy_id=row.id, base_id=base.id)
    assert (made.id, made.status) == (row.id, StrategyStatus.ACTIVE)
    third = await strategy.proposed(database, startup)
    review = await _review(database, startup, third)
    await _decide(database, startup, third, row, {one.group.title: NO for one in review.groups})
    refused = await _do(database, startup, actions.conclude, strategy_id=third.id, base_id=row.id)
    assert (refused.id, refused.status) == (third.id, StrategyStatus.REJECTED)


async def test_who_decides_second_is_told_of_the_first(database: Database, startup: Startup) -> None:
    base, row = await _two(database, startup)
    grace = await organizations.member(database, startup, role=Role.ADMIN)
    await _decide(database, startup, row, base, {SHARES: YES})
    with pytest.raises(Conflict, match=r"Ada.* has accepted “Shares of the pillars” meanwhile. Nothing was decided"):
        await _decide(database, startup, row, base, {ROLE: NO, SHARES: NO}, actor=grace)
    assert [one.decision for one in (await _review(database, startup, row)).groups] == [None, YES, None]
    await _decide(database, startup, row, base, {ROLE: NO, SHARES: YES}, actor=grace)
    await _decide(database, startup, row, base, {SHARES: NO})  # who decided may think again
    assert [one.decision for one in (await _review(database, startup, row)).groups] == [None, NO, NO]


async def test_of_two_who_conclude_at_once_one_is_told(database: Database, startup: Startup) -> None:
    base, row = await _two(database, startup)
    await _decide(database, startup, row, base, {POSITIONING: YES, SHARES: NO, ROLE: NO})
    both = (_do(database, startup, actions.conclude, strategy_id=row.id, base_id=base.id) for _ in range(2))
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AIStrategy", "Conflict"]
    async with database.transaction(startup.id) as session:
        assert len(await queries.versions(session, organization_id=startup.id)) == 3


async def test_a_decision_counts_only_against_the_plan_that_was_seen(database: Database, startup: Startup) -> None:
    base, row = await _two(database, startup)
    await _decide(database, startup, row, base, {SHARES: YES})
    other = await strategy.active(database, startup)
    for verb, values in ((actions.decide, {"decisions": {}}), (actions.conclude, {})):
        with pytest.raises(Conflict, match="Another version became active meanwhile"):
            await _do(database, startup, verb, strategy_id=row.id, base_id=base.id, **values)
    assert {one.decision for one in (await _review(database, startup, row)).groups} == {None}
    with pytest.raises(Conflict, match="not what you saw any more"):
        await _do(database, startup, actions.decide, strategy_id=row.id, base_id=other.id, decisions={"0" * 16: YES})


async def test_twenty_who_accept_at_once_leave_one_active(
    database: Database, startup: Startup, owner: asyncpg.Connection
) -> None:
    rows = [await strategy.proposed(database, startup) for _ in range(20)]
    rivals = [Database.from_settings(f"rival {number}") for number in range(20)]
    try:
        await asyncio.gather(
            *(_do(one, startup, actions.accept, strategy_id=row.id) for one, row in zip(rivals, rows, strict=True))
        )
    finally:
        await asyncio.gather(*(one.close() for one in rivals))
    counts = await owner.fetch("SELECT status::text, count(*) FROM ai_strategies GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in counts] == [("ACTIVE", 1), ("ARCHIVED", 19)]
    assert await owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'strategy.accepted'") == 20


async def test_of_twenty_who_saw_no_plan_one_accepts_and_the_others_are_told(
    database: Database, startup: Startup
) -> None:
    rows = [await strategy.proposed(database, startup) for _ in range(20)]
    rivals = [Database.from_settings(f"rival {number}") for number in range(20)]
    try:
        acts = (
            _do(one, startup, actions.accept, strategy_id=row.id, seen_active=0)
            for one, row in zip(rivals, rows, strict=True)
        )
        results = await asyncio.gather(*acts, return_exceptions=True)
    finally:
        await asyncio.gather(*(one.close() for one in rivals))
    assert sum(isinstance(one, AIStrategy) for one in results) == 1
    assert all("The plan was changed meanwhile" in str(one) for one in results if not isinstance(one, AIStrategy))


async def test_going_back_is_recorded_with_its_reason(
    database: Database, startup: Startup, owner: asyncpg.Connection
) -> None:
    first, second = await strategy.active(database, startup), await strategy.active(database, startup)
    with pytest.raises(InvalidInput, match="why you go back"):
        await _do(database, startup, actions.go_back, strategy_id=first.id, reason=" ")
    open_ = await strategy.proposed(database, startup)
    with pytest.raises(Conflict, match="was never active"):
        await _do(database, startup, actions.go_back, strategy_id=open_.id, reason="Better.")
    with pytest.raises(Conflict, match="version 2 is active"):
        await _do(database, startup, actions.go_back, strategy_id=first.id, reason="Better.", seen_active=1)
    back = await _do(database, startup, actions.go_back, strategy_id=first.id, reason="It read better.", seen_active=2)
    assert (back.id, back.status) == (first.id, StrategyStatus.ACTIVE)
    said = await owner.fetchrow("SELECT subject_id, detail FROM audit_log WHERE action = 'strategy.rolled_back'")
    assert said["subject_id"] == first.id
    assert "It read better." in said["detail"]
    assert f'"version": {second.version}' in said["detail"]


async def test_an_edit_makes_a_version_and_then_changes_it(database: Database, startup: Startup) -> None:
    base, grace = (
        await strategy.active(database, startup),
        await organizations.member(database, startup, role=Role.EDITOR),
    )
    edits = {"positioning.brief": "Bread by bicycle."}
    draft = await _do(database, startup, actions.edit, grace, strategy_id=base.id, edits=edits)
    assert (draft.version, draft.status, draft.positioning.brief) == (2, StrategyStatus.PROPOSED, "Bread by bicycle.")
    more = {"content_pillars[Bread].share": 60}
    again = await _do(database, startup, actions.edit, grace, strategy_id=draft.id, edits=more)
    assert (again.id, again.positioning.brief, again.content_pillars[0].share) == (draft.id, "Bread by bicycle.", 60)
    same = await _do(database, startup, actions.edit, grace, strategy_id=draft.id, edits=more)
    assert same.id == draft.id
    others = await _do(
        database, startup, actions.edit, strategy_id=draft.id, edits={"content_pillars[Bread].share": 70}
    )
    assert others.version == 3  # somebody else's draft stays as it is
    async with database.transaction(startup.id) as session:
        found = await queries.origins(session, organization_id=startup.id)
        was = await queries.strategy(session, organization_id=startup.id, strategy_id=base.id)
    assert {key: (one.parent_id, one.user_id) for key, one in found.items()} == {
        draft.id: (base.id, grace.user_id),
        others.id: (draft.id, startup.owner.user_id),
    }
    assert was.positioning.brief == strategy.document().positioning.brief


async def test_what_was_written_or_decided_on_is_not_edited_where_it_lies(database: Database, startup: Startup) -> None:
    base = await strategy.active(database, startup)
    written = await strategy.proposed(database, startup)
    edits = {"positioning.brief": "Bread by bicycle."}
    draft = await _do(database, startup, actions.edit, strategy_id=written.id, edits=edits)
    assert draft.id != written.id
    await _decide(database, startup, draft, base, {POSITIONING: YES})
    later = await _do(database, startup, actions.edit, strategy_id=draft.id, edits={"positioning.brief": "Rye."})
    assert later.id != draft.id


async def test_an_edit_of_what_was_changed_meanwhile_saves_nothing(database: Database, startup: Startup) -> None:
    base = await strategy.active(database, startup)
    draft = await _do(database, startup, actions.edit, strategy_id=base.id, edits={"positioning.brief": "One."})
    seen = queries.digest(draft)
    await _do(database, startup, actions.edit, strategy_id=draft.id, edits={"positioning.brief": "Two."}, seen=seen)
    with pytest.raises(StaleRevision, match="Nothing was saved"):
        await _do(database, startup, actions.edit, strategy_id=draft.id, edits={"positioning.brief": "3"}, seen=seen)


async def test_a_viewer_neither_edits_nor_decides(database: Database, startup: Startup) -> None:
    base, row = await _two(database, startup)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    for verb, values in (
        (actions.edit, {"edits": {"positioning.brief": "Mine."}}),
        (actions.decide, {"base_id": base.id, "decisions": {}}),
        (actions.conclude, {"base_id": base.id}),
        (actions.go_back, {"reason": "Because."}),
    ):
        with pytest.raises(NotAllowed):
            await _do(
                database,
                startup,
                verb,
                viewer,
                strategy_id=row.id if verb is not actions.go_back else base.id,
                **values,
            )
