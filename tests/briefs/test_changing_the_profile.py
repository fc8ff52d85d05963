"""The brief of an organization changes part by part, and the brand rules stay in step with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.brand import actions as brand
from aipromote.brand import queries as rules
from aipromote.briefs import profile
from aipromote.db.database import Database
from aipromote.documents.brief import BriefError, Problem, validate_brief
from aipromote.errors import StaleRevision
from factories import organizations
from factories.organizations import Startup

VOICE = {"tone": "warm", "words_to_avoid": ["cheap"], "hashtags": {"allowed": ["bread"]}}
PATHS = ("brand.tone", "brand.voice")


async def _adopted(database: Database) -> Startup:
    startup = await organizations.organization(database, brand=VOICE)
    async with database.transaction(startup.id) as session:
        brief = startup.organization.brief
        await brand.adopt_brief(session, startup.owner, organization_id=startup.id, brief=brief)
    return startup


async def test_rules_that_were_changed_alone_count_and_come_back_into_the_brief(database: Database) -> None:
    startup = await _adopted(database)
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        await brand.edit_rules(session, startup.owner, **mine, forbidden_phrases=["pricey"])
        _, values = await profile.profile(session, **mine)
        assert values["brand"]["words_to_avoid"] == ["pricey"]
        changed = await profile.change_part(
            session,
            startup.owner,
            **mine,
            paths=PATHS,
            values={"brand": {"tone": "dry"}},
            seen=profile.mark_of(values, PATHS),
        )
        row = await rules.rules_row(session, **mine)
    assert changed.brief.brand.words_to_avoid == ["pricey"]
    assert (changed.brief.brand.tone, row.tone, row.forbidden_phrases) == ("dry", "dry", ["pricey"])


async def test_what_somebody_else_saved_there_is_not_overwritten_unseen(database: Database) -> None:
    startup = await _adopted(database)
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        _, values = await profile.profile(session, **mine)
        seen = profile.mark_of(values, PATHS)
        await brand.edit_rules(session, startup.owner, **mine, tone="loud")
        with pytest.raises(StaleRevision):
            await profile.change_part(
                session, startup.owner, **mine, paths=PATHS, values={"brand": {"tone": "dry"}}, seen=seen
            )


async def test_a_brief_that_would_not_fit_changes_nothing(database: Database) -> None:
    startup = await _adopted(database)
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        _, values = await profile.profile(session, **mine)
        with pytest.raises(BriefError) as refused:
            await profile.change_part(
                session, startup.owner, **mine, paths=("name",), values={}, seen=profile.mark_of(values, ("name",))
            )
    assert refused.value.problems == (Problem("name", "is missing; expected a name"),)


async def test_a_whole_brief_makes_its_proof_points_facts_and_leaves_approval_alone(database: Database) -> None:
    startup = await _adopted(database)
    mine = {"organization_id": startup.id}
    other = organizations.brief(
        approval="auto", proof_points=[{"statement": "9 ovens run", "source": "Us"}], brand={"tone": "brisk"}
    )
    async with database.transaction(startup.id) as session:
        version = startup.organization.brief_version
        changed = await profile.replace(session, startup.owner, **mine, brief=other, version=version)
        row = await rules.rules_row(session, **mine)
        facts = {fact.statement for fact in await rules.facts(session, **mine)}
    assert (row.approval_mode, changed.brief.approval, row.tone) == ("MANUAL", "manual", "brisk")
    assert row.forbidden_phrases == []
    assert facts == {"We baked 12,000 loaves in 2025", "9 ovens run"}


@given(tone=st.sampled_from(["", "dry", "warm"]), words=st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
def test_a_mark_tells_values_apart_and_an_empty_one_from_none_not(tone: str, words: list[str]) -> None:
    paths = ("brand.tone", "brand.words_to_use")
    values = {"name": "x", "brand": {"tone": tone, "words_to_use": words}}
    left_out = {"brand": {key: value for key, value in values["brand"].items() if value}}
    assert profile.mark_of(values, paths) == profile.mark_of(left_out, paths)
    other = {"brand": {"tone": tone + "!", "words_to_use": words}}
    assert profile.mark_of(values, paths) != profile.mark_of(other, paths)
    validate_brief({"name": "x", "description": "y", **left_out}, source="here")
