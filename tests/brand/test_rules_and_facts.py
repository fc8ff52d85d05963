"""Brand rules and facts come from the brief, and are changed by those who may."""

from __future__ import annotations

from datetime import date

import pytest

from aipromote.brand import actions, queries
from aipromote.brand.states import ApprovalMode
from aipromote.connectors import limits
from aipromote.db.database import Database
from aipromote.documents.facts import FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.organizations.states import Role
from factories import organizations

TWITTER = Platform.TWITTER
VOICE = {
    "tone": "warm",
    "words_to_avoid": ["cheap"],
    "hashtags": {"allowed": ["#bread"], "forbidden": ["ad"]},
    "legal_disclaimer": "May contain nuts.",
}


async def _adopted(database: Database, **changes: object) -> organizations.Startup:
    startup = await organizations.organization(database, **changes)
    async with database.transaction(startup.id) as session:
        brief = startup.organization.brief
        await actions.adopt_brief(session, startup.owner, organization_id=startup.id, brief=brief)
    return startup


async def test_the_brief_gives_the_voice_and_the_facts(database: Database) -> None:
    startup = await _adopted(database, brand=VOICE, constraints={"claims_to_avoid": ["healthy"]})
    async with database.transaction(startup.id) as session:
        rules = await queries.rules_row(session, organization_id=startup.id)
        facts = await queries.facts(session, organization_id=startup.id)
    assert (rules.tone, rules.forbidden_phrases, rules.allowed_hashtags) == ("warm", ["cheap"], ["bread"])
    assert (rules.claims_to_avoid, rules.legal_disclaimer) == (["healthy"], "May contain nuts.")
    assert rules.approval_mode is ApprovalMode.MANUAL
    assert [(fact.statement, fact.kind) for fact in facts] == [("We baked 12,000 loaves in 2025", FactKind.METRIC)]
    assert facts[0].id is not None


async def test_adopting_again_doubles_nothing_and_keeps_other_facts(database: Database) -> None:
    startup = await _adopted(database)
    key = startup.id
    async with database.transaction(key) as session:
        await actions.add_fact(session, startup.owner, organization_id=key, statement="We use rye", source="Recipes")
        brief = organizations.brief(approval="auto")
        await actions.adopt_brief(session, startup.owner, organization_id=key, brief=brief)
        facts = await queries.facts(session, organization_id=key)
        rules = await queries.rules_row(session, organization_id=key)
    assert [fact.statement for fact in facts] == ["We baked 12,000 loaves in 2025", "We use rye"]
    assert rules.approval_mode is ApprovalMode.AUTO


async def test_a_fact_told_again_takes_the_newer_source(database: Database) -> None:
    startup = await _adopted(database)
    key = startup.id
    async with database.transaction(key) as session:
        for source in ("Old book", "New book"):
            fact = await actions.add_fact(
                session, startup.owner, organization_id=key, statement=" We use rye ", source=source
            )
        assert (fact.statement, fact.source) == ("We use rye", "New book")
        with pytest.raises(InvalidInput, match="needs a source"):
            await actions.add_fact(session, startup.owner, organization_id=key, statement="We shine", source=" ")


async def test_an_expired_fact_proves_nothing_and_a_removed_one_is_gone(database: Database) -> None:
    startup = await _adopted(database)
    key = startup.id
    async with database.transaction(key) as session:
        (fact,) = await queries.facts(session, organization_id=key)
        assert fact.id is not None
        await actions.expire_fact(session, startup.owner, organization_id=key, fact_id=fact.id)
        session.expire_all()
        (expired,) = await queries.facts(session, organization_id=key)
        assert expired.expires is not None
        assert not expired.holds_on(date(2999, 1, 1))
        await actions.remove_fact(session, startup.owner, organization_id=key, fact_id=fact.id)
        assert await queries.facts(session, organization_id=key) == []
        with pytest.raises(NotFound):
            await actions.remove_fact(session, startup.owner, organization_id=key, fact_id=fact.id)


async def test_only_an_administrator_lets_posts_out_without_approval(database: Database) -> None:
    startup = await _adopted(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        await actions.edit_rules(session, editor, organization_id=startup.id, tone="dry", forbidden_phrases=["buns"])
        with pytest.raises(NotAllowed):
            await actions.edit_rules(session, editor, organization_id=startup.id, approval_mode=ApprovalMode.AUTO)
        with pytest.raises(InvalidInput, match="organization_id2"):
            await actions.edit_rules(session, editor, organization_id=startup.id, organization_id2=1)
        rules = await queries.rules_row(session, organization_id=startup.id)
    assert (rules.tone, rules.forbidden_phrases, rules.approval_mode) == ("dry", ["buns"], ApprovalMode.MANUAL)


async def test_another_organization_s_rules_are_not_found(database: Database) -> None:
    startup, other = await _adopted(database), await _adopted(database)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotFound):
            await queries.rules_row(session, organization_id=other.id)
        assert await queries.facts(session, organization_id=other.id) == []


async def test_a_text_is_checked_against_the_rules_as_they_are_now(database: Database) -> None:
    startup = await _adopted(database, brand={"words_to_avoid": ["cheap"]})
    text = "Cheap buns from Kornblume. We baked 12,000 loaves in 2025."

    async def reasons() -> list[str]:
        async with database.transaction(startup.id) as session:
            found = await queries.findings(
                session, organization_id=startup.id, text=text, platform=TWITTER, limits=limits.of(TWITTER)
            )
        return [f"{finding.severity}: {finding.reason}" for finding in found]

    assert await reasons() == ["block: “Cheap” is on the list of words to avoid"]
    async with database.transaction(startup.id) as session:
        await actions.edit_rules(
            session, startup.owner, organization_id=startup.id, forbidden_phrases=[], claims_to_avoid=["buns"]
        )
    assert await reasons() == ["block: “buns” is a claim to avoid"]


async def test_a_brief_cannot_let_posts_out_for_who_may_not_decide_that(database: Database) -> None:
    startup = await _adopted(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        manual, auto = organizations.brief(), organizations.brief(approval="auto")
        await actions.adopt_brief(session, editor, organization_id=startup.id, brief=manual)
        with pytest.raises(NotAllowed):
            await actions.adopt_brief(session, editor, organization_id=startup.id, brief=auto)


async def test_many_judges_know_what_each_alone_knows(database: Database) -> None:
    first = await _adopted(
        database, brand=VOICE, constraints={"claims_to_avoid": ["healthy"], "rule_packs": ["finance", "health"]}
    )
    second = await _adopted(database, languages=["de"], pricing="from 3 \u20ac")
    async with database.transaction(first.id) as session:
        for statement, ends in (("We use rye", date(2026, 1, 1)), ("Ada bakes", None)):
            await actions.add_fact(
                session, first.owner, organization_id=first.id, statement=statement, source="Recipes", expires_on=ends
            )
    keys = [first.id, second.id]
    async with database.transaction(*keys) as session:
        alone = {key: await queries.judge(session, organization_id=key) for key in keys}
        assert await queries.judges(session, organization_ids=keys) == alone
    assert len(alone[first.id].facts) == 3


async def test_a_startup_without_rules_is_judged_by_its_profile(database: Database) -> None:
    startup = await organizations.organization(database, pricing="free")
    async with database.transaction(startup.id) as session:
        found = await queries.judges(session, organization_ids=[startup.id])
    judge = found[startup.id]
    assert (judge.facts, judge.rules.forbidden_phrases, judge.rules.legal_disclaimer) == ((), (), None)
    assert judge.rules.declared == (startup.organization.name, "free", "Ada Brot")
