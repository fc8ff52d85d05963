"""An approval covers one revision, is given by a person, and stands against what the check finds."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import update

from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.brand import actions as brand
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions, queries
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.states import ContentStatus, Decision
from aipromote.db.database import Database
from aipromote.documents.content import AutoApprovalRules
from aipromote.errors import Conflict, InvalidInput, NotAllowed, StaleRevision
from aipromote.organizations.states import Role
from aipromote.strategy import queries as strategies
from factories import content, organizations

CLAIM = "We are 40 % faster than every other bakery."


async def _approve(
    database: Database, startup: organizations.Startup, piece: ContentPiece, *, actor: Actor | None = None, **more
) -> Approval:
    async with database.transaction(startup.id) as session:
        return await actions.approve(
            session,
            actor or startup.owner,
            organization_id=startup.id,
            piece_id=piece.id,
            **({"revision": piece.revision} | more),
        )


async def _read(database: Database, startup: organizations.Startup, piece_id: UUID) -> ContentPiece:
    async with database.transaction(startup.id) as session:
        return await queries.piece(session, organization_id=startup.id, piece_id=piece_id)


async def _covering(database: Database, startup: organizations.Startup, piece_id: UUID, revision: int):
    async with database.transaction(startup.id) as session:
        return await queries.approval_for(session, organization_id=startup.id, piece_id=piece_id, revision=revision)


async def test_an_approval_names_who_and_when_and_is_given_once(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    first, second = await _approve(database, startup, piece), await _approve(database, startup, piece)
    assert first.id == second.id
    assert (first.decided_by, first.user_id, first.decision) == ("Ada", startup.owner.user_id, Decision.APPROVED)
    assert (await _read(database, startup, piece.id)).status is ContentStatus.APPROVED


async def test_an_edited_piece_needs_a_new_approval(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    async with database.transaction(startup.id) as session:
        edited = await actions.edit(
            session, startup.owner, organization_id=startup.id, piece_id=piece.id, body="Rye keeps. #Rye", based_on=1
        )
    assert (edited.revision, edited.status, edited.hashtags) == (2, ContentStatus.PENDING_REVIEW, ["Rye"])
    assert edited.hook is None, "the hook is not in the new text"
    assert await _covering(database, startup, piece.id, 1) is not None
    assert await _covering(database, startup, piece.id, 2) is None


async def test_an_approval_of_a_text_that_changed_meanwhile_is_refused(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    async with database.transaction(startup.id) as session:
        await actions.edit(
            session, startup.owner, organization_id=startup.id, piece_id=piece.id, body="Other words.", based_on=1
        )
    with pytest.raises(StaleRevision):
        await _approve(database, startup, piece, revision=1)


async def test_a_blocking_finding_stands_against_approval_until_a_person_overrides_it(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, body=CLAIM)
    with pytest.raises(Conflict, match="or give a reason"):
        await _approve(database, startup, piece)
    approval = await _approve(database, startup, piece, override_reason=" Measured in our own lab. ")
    assert approval.override_reason == "Measured in our own lab."


async def test_an_override_says_what_it_sets_aside(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, body=CLAIM)
    approval = await _approve(database, startup, piece, override_reason="Measured.")
    assert approval.set_aside
    assert all(key.startswith("claim/") for key in approval.set_aside)


async def test_what_blocks_since_the_approval_can_be_set_aside_anew_with_a_reason(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, body=CLAIM)
    first = await _approve(database, startup, piece, override_reason="Measured.")
    known = set(first.set_aside or ())
    word = CLAIM.split(maxsplit=1)[0]
    async with database.transaction(startup.id) as session:
        await session.execute(update(BrandRule).values(forbidden_phrases=[word]))
    unchanged = await _approve(database, startup, piece)
    assert unchanged.override_reason == "Measured."
    anew = await _approve(database, startup, piece, override_reason="It is our word.")
    assert anew.override_reason == "It is our word."
    assert set(anew.set_aside or ()) - known == {f"phrase/words_to_avoid/1/{word.casefold()}"}


async def test_a_reason_without_a_finding_overrides_nothing(database: Database) -> None:
    startup = await organizations.organization(database)
    approval = await _approve(database, startup, await content.piece(database, startup), override_reason="Just so.")
    assert approval.override_reason is None


async def test_neither_the_product_nor_a_viewer_approves(database: Database) -> None:
    startup = await organizations.organization(database)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    piece = await content.piece(database, startup)
    for actor in (SYSTEM, viewer):
        with pytest.raises(NotAllowed):
            await _approve(database, startup, piece, actor=actor)


async def test_changes_asked_for_take_an_approval_back_and_it_can_be_given_again(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    async with database.transaction(startup.id) as session:
        with pytest.raises(InvalidInput):
            await actions.ask_changes(
                session, startup.owner, organization_id=startup.id, piece_id=piece.id, revision=1, note=" "
            )
        asked = await actions.ask_changes(
            session, startup.owner, organization_id=startup.id, piece_id=piece.id, revision=1, note="Warmer, please."
        )
    assert asked.status is ContentStatus.DRAFT
    assert await _covering(database, startup, piece.id, 1) is None
    with pytest.raises(Conflict, match="draft"):
        await _approve(database, startup, piece)
    async with database.transaction(startup.id) as session:
        await actions.submit(session, startup.owner, organization_id=startup.id, piece_id=piece.id)
    await _approve(database, startup, piece)
    assert await _covering(database, startup, piece.id, 1) is not None
    async with database.transaction(startup.id) as session:
        history = await queries.decisions(session, organization_id=startup.id, piece_id=piece.id)
    assert [row.decision for row in history] == [Decision.APPROVED, Decision.CHANGES_ASKED]


async def test_of_many_pieces_those_with_findings_are_held_back_with_the_reason(database: Database) -> None:
    startup = await organizations.organization(database)
    good, bad = await content.piece(database, startup), await content.piece(database, startup, body=CLAIM)
    async with database.transaction(startup.id) as session:
        held_back = await actions.approve_many(
            session, startup.owner, organization_id=startup.id, piece_ids=[good.id, bad.id]
        )
    assert held_back.keys() == {bad.id}
    assert "40 %" in held_back[bad.id]


async def test_a_title_is_judged_and_its_claims_counted_as_those_of_the_text(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, body="Rye keeps.", title=CLAIM)
    with pytest.raises(Conflict, match=r"In the title, .*40 %"):
        await _approve(database, startup, piece)
    rules = {"enabled": True, "conditions": [{"field": "claims", "operator": "at_most", "value": 0}]}
    async with database.transaction(startup.id) as session:
        await brand.add_fact(session, startup.owner, organization_id=startup.id, statement=CLAIM, source="Report")
        await brand.edit_rules(
            session,
            startup.owner,
            organization_id=startup.id,
            approval_mode=ApprovalMode.CONDITIONAL,
            auto_approval_rules=AutoApprovalRules.model_validate(rules),
        )
    told = "The rules for approval without a person do not cover this post."
    assert await _auto(database, startup, piece) == {piece.id: told}


async def _auto(database: Database, startup: organizations.Startup, *pieces: ContentPiece) -> dict[UUID, str]:
    async with database.transaction(startup.id) as session:
        return await actions.auto_approve_if_allowed(
            session, organization_id=startup.id, piece_ids=[piece.id for piece in pieces]
        )


async def test_without_a_choice_nothing_is_approved_without_a_person(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    assert await _auto(database, startup, piece) == {piece.id: "A person approves every post here."}
    assert (await _read(database, startup, piece.id)).status is ContentStatus.PENDING_REVIEW


async def test_in_auto_mode_what_is_clean_is_approved_in_the_product_s_name(database: Database) -> None:
    startup = await organizations.organization(database, approval="auto")
    good, bad = await content.piece(database, startup), await content.piece(database, startup, body=CLAIM)
    assert (await _auto(database, startup, good, bad)).keys() == {bad.id}
    approval = await _covering(database, startup, good.id, 1)
    assert (approval.decided_by, approval.user_id) == ("AIPromote", None)


async def test_a_plan_without_auto_approval_overrules_the_choice(database: Database) -> None:
    startup = await organizations.organization(database, plan="free", approval="auto")
    piece = await content.piece(database, startup)
    assert await _auto(database, startup, piece) == {piece.id: "The plan Free lets nothing out without a person."}


@pytest.mark.parametrize(
    ("requires_all", "confidence", "is_let_out"), [(True, 0.8, True), (True, 0.9, False), (False, 0.9, True)]
)
async def test_conditions_decide_which_pieces_go_without_a_person(
    database: Database, requires_all: bool, confidence: float, is_let_out: bool
) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, confidence=0.85)
    rules = AutoApprovalRules.model_validate(
        {
            "enabled": True,
            "requires_all": requires_all,
            "conditions": [
                {"field": "confidence", "operator": "at_least", "value": confidence},
                {"field": "platform", "operator": "in", "value": ["TWITTER", "BLUESKY"]},
            ],
        }
    )
    async with database.transaction(startup.id) as session:
        await brand.edit_rules(
            session,
            startup.owner,
            organization_id=startup.id,
            approval_mode=ApprovalMode.CONDITIONAL,
            auto_approval_rules=rules,
        )
    assert (await _auto(database, startup, piece) == {}) is is_let_out


@pytest.mark.parametrize(
    ("condition", "body", "is_let_out"),
    [
        ({"field": "claims", "operator": "at_most", "value": 0}, "Rye keeps.", True),
        # Proven, and all the same for a person to decide on: the fact stands in the brief of the startup.
        ({"field": "claims", "operator": "at_most", "value": 0}, "12 ovens bake our rye.", False),
        ({"field": "claims", "operator": "at_most", "value": 1}, "12 ovens bake our rye.", True),
        ({"field": "pillar", "operator": "equals", "value": "Bread"}, "Rye keeps.", True),
        ({"field": "pillar", "operator": "not_equals", "value": "Bread"}, "Rye keeps.", False),
        ({"field": "pillars", "operator": "not_equals", "value": "Bread"}, "Rye keeps.", False),
    ],
)
async def test_claims_and_whole_pillars_can_be_left_to_a_person(
    database: Database, condition: dict[str, object], body: str, is_let_out: bool
) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, body=body)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id}
        await brand.add_fact(session, startup.owner, **mine, statement="12 ovens bake our rye.", source="Inventory")
        strategy = await strategies.active(session, **mine)
        assert strategy is not None
        pillar = (await actions.ensure_pillars(session, **mine, strategy=strategy))["Bread"]
        row = await queries.piece(session, **mine, piece_id=piece.id)
        row.pillar_id = pillar.id
        await brand.edit_rules(
            session,
            startup.owner,
            **mine,
            approval_mode=ApprovalMode.CONDITIONAL,
            auto_approval_rules=AutoApprovalRules.model_validate({"enabled": True, "conditions": [condition]}),
        )
    assert (await _auto(database, startup, piece) == {}) is is_let_out
