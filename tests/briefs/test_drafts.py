"""A brief is written bit by bit: saved, decided on, finished, forgotten. Nobody sees another's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.assets import queries as assets
from aipromote.briefs import actions, queries, steps
from aipromote.briefs.errors import SavedElsewhere
from aipromote.briefs.models import BriefDraft
from aipromote.db.database import Database
from aipromote.documents.brief import BriefError
from aipromote.documents.brief.file import read_brief
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.reading.finding import find
from aipromote.reading.passages import Passage, Reading
from factories import accounts

_READ = Reading(
    source="https://crumb.example/",
    form="page",
    passages=[
        Passage(kind="meta", text="Crumb", place="og:site_name of the page", name="og:site_name"),
        Passage(kind="meta", text="Crumb bakes rye bread in Graz.", place="description", name="description"),
        Passage(kind="heading", text="Bread that remembers", place="heading", level=1),
        Passage(kind="text", text="More than 300 customers eat it.", place="text"),
    ],
)


async def _person(database: Database) -> Actor:
    return await accounts.person(database)


async def _draft(database: Database, user: UUID) -> UUID:
    async with database.transaction() as session:
        return (await actions.open_draft(session, user_id=user)).id


async def _save(database: Database, user: UUID, draft: UUID, values: dict[str, Any], *, version: int, step: str) -> int:
    async with database.transaction() as session:
        kept = await actions.save_step(session, user_id=user, draft_id=draft, step=step, values=values, version=version)
        return kept.steps.root[step].version


async def test_a_step_may_be_partial_and_wrong_and_is_there_the_next_day(database: Database) -> None:
    ada = await _person(database)
    draft = await _draft(database, ada.user_id)
    await _save(database, ada.user_id, draft, {"name": "Crumb", "stage": "sed"}, version=0, step="basics")
    async with database.transaction() as session:
        (found,) = await queries.drafts(session, user_id=ada.user_id)
        assert found.steps.root["basics"].values == {"name": "Crumb", "stage": "sed"}
        whole = steps.whole({key: saved.values for key, saved in found.steps.root.items()})
    problems = steps.problems_of(whole)
    assert [one.field for one in problems["basics"]] == ["description", "stage"]
    assert set(problems) == {"basics"}


async def test_of_two_windows_the_second_is_told_and_nothing_is_lost(database: Database) -> None:
    ada = await _person(database)
    draft = await _draft(database, ada.user_id)
    assert await _save(database, ada.user_id, draft, {"name": "First"}, version=0, step="basics") == 1
    with pytest.raises(SavedElsewhere):
        await _save(database, ada.user_id, draft, {"name": "Second"}, version=0, step="basics")
    assert await _save(database, ada.user_id, draft, {"positioning": {"usp": "x"}}, version=0, step="proof") == 1
    async with database.transaction() as session:
        found = await queries.draft(session, user_id=ada.user_id, draft_id=draft)
    assert found.steps.root["basics"].values == {"name": "First"}
    assert await _save(database, ada.user_id, draft, {"name": "Second"}, version=1, step="basics") == 2


async def test_nobody_sees_or_changes_the_draft_of_another(database: Database) -> None:
    ada, eve = await _person(database), await _person(database)
    draft = await _draft(database, ada.user_id)
    async with database.transaction() as session:
        assert await queries.drafts(session, user_id=eve.user_id) == []
        with pytest.raises(NotFound):
            await queries.draft(session, user_id=eve.user_id, draft_id=draft)
    with pytest.raises(NotFound):
        await _save(database, eve.user_id, draft, {"name": "Mine"}, version=0, step="basics")


async def test_a_query_that_forgets_whose_sees_nothing(database: Database) -> None:
    """The policy, not the condition: what a mistake in a statement would show."""
    ada, eve = await _person(database), await _person(database)
    draft = await _draft(database, ada.user_id)
    async with database.transaction() as session:
        assert list(await session.scalars(select(BriefDraft))) == []
        await queries.see_as(session, user_id=eve.user_id)
        assert list(await session.scalars(select(BriefDraft))) == []
        changed = await session.execute(update(BriefDraft).values(version=7))
        assert changed.rowcount == 0
        await queries.see_as(session, user_id=ada.user_id)
        assert [one.id for one in await session.scalars(select(BriefDraft))] == [draft]
    async with database.transaction() as session:
        assert list(await session.scalars(select(BriefDraft))) == [], "the name ends with its transaction"


async def test_suggestions_fill_what_is_empty_and_never_what_was_typed(database: Database) -> None:
    ada = await _person(database)
    draft = await _draft(database, ada.user_id)
    await _save(database, ada.user_id, draft, {"name": "Krume"}, version=0, step="basics")
    found = find([_READ])
    async with database.transaction() as session:
        kept = await actions.propose(session, user_id=ada.user_id, draft_id=draft, found=found, readings=[_READ])
        assert kept.steps.root["basics"].values == {"name": "Krume"}, "a suggestion alone changes nothing"
        ids = {one.suggestion.path: one.suggestion.id for one in kept.findings}
        shown = [one.suggestion.id for one in kept.findings]
        wanted = [ids["name"], ids["description"], ids["proof_points"]]
        kept = await actions.decide(session, user_id=ada.user_id, draft_id=draft, shown=shown, accepted=wanted)
    assert kept.steps.root["basics"].values == {"name": "Krume", "description": "Crumb bakes rye bread in Graz."}
    assert kept.steps.root["basics"].version == 2
    (proof,) = kept.steps.root["proof"].values["proof_points"]
    assert proof == {"kind": "metric", "statement": "More than 300 customers eat it.", "source": _READ.source}
    decided = {one.suggestion.path: one.decision for one in kept.findings}
    assert decided["description"] == "accepted"
    assert decided["name"] == decided["tagline"] == "rejected"
    async with database.transaction() as session:
        again = await actions.propose(session, user_id=ada.user_id, draft_id=draft, found=found, readings=[_READ])
    assert not [one for one in again.findings if one.decision == "open"], "what was decided is not asked again"


async def test_a_finished_draft_becomes_an_organization_with_what_was_read(database: Database) -> None:
    ada = await _person(database)
    draft = await _draft(database, ada.user_id)
    async with database.transaction() as session:
        await actions.propose(session, user_id=ada.user_id, draft_id=draft, found=[], readings=[_READ])
    with pytest.raises(BriefError):
        async with database.transaction() as session:
            await actions.finish(session, ada, draft_id=draft)
    values = {"name": "Crumb", "description": "Crumb bakes rye bread in Graz."}
    await _save(database, ada.user_id, draft, values, version=0, step="basics")
    async with database.transaction() as session:
        organization, asked = await actions.finish(session, ada, draft_id=draft)
    assert organization.brief.name == "Crumb"
    assert asked.organization_id == organization.id
    async with database.transaction(organization.id) as session:
        files = {one.original_name: one for one in await assets.assets(session, organization_id=organization.id)}
        assert set(files) == {"brief.yaml", "crumb.example/.txt"}
        texts = await assets.texts(session, organization_id=organization.id, asset_id=files["crumb.example/.txt"].id)
        assert "More than 300 customers eat it." in texts[-1].text
        matches = "SELECT count(*) FROM asset_texts WHERE search @@ websearch_to_tsquery('simple', 'customers')"
        assert await session.scalar(text(matches)) == 1
        assert await queries.drafts(session, user_id=ada.user_id) == []


async def test_only_a_person_finishes(database: Database) -> None:
    ada = await _person(database)
    draft = await _draft(database, ada.user_id)
    async with database.transaction() as session:
        with pytest.raises(NotAllowed):
            await actions.finish(session, Actor("a key", ada.user_id, ada.user_id), draft_id=draft)


async def test_a_draft_that_nobody_touched_for_ninety_days_goes(database: Database) -> None:
    ada = await _person(database)
    old, young = await _draft(database, ada.user_id), await _draft(database, ada.user_id)
    async with database.transaction() as session:
        await queries.see_as(session, user_id=ada.user_id)
        over = update(BriefDraft).where(BriefDraft.id == old).values(expires_at=clock.now() - timedelta(seconds=1))
        await session.execute(over)
        assert [one.id for one in await queries.drafts(session, user_id=ada.user_id)] == [young]
        with pytest.raises(NotFound):
            await queries.draft(session, user_id=ada.user_id, draft_id=old)
    async with database.transaction() as session:
        assert await actions.purge(session) == 1
        assert await actions.purge(session) == 0
        assert [one.id for one in await queries.drafts(session, user_id=ada.user_id)] == [young]


async def test_nobody_fills_the_table_with_drafts(database: Database) -> None:
    ada = await _person(database)
    for _ in range(actions.MAX_DRAFTS):
        await _draft(database, ada.user_id)
    with pytest.raises(InvalidInput, match="Finish or drop one"):
        await _draft(database, ada.user_id)


def test_every_field_of_a_brief_is_asked_for_in_one_step() -> None:
    """Whatever a whole brief says can be laid into the steps and comes out again."""

    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.yaml")):
        brief = read_brief(path.read_bytes(), source=path.name)
        values = brief.model_dump(mode="json", exclude_defaults=True)
        assert steps.brief_of(steps.whole(steps.split(values))) == brief, path.name
    fields = {
        problem for step in steps.STEPS for question in step.questions for problem in [question.path.split(".")[0]]
    }
    assert fields == set(type(brief).model_fields)
