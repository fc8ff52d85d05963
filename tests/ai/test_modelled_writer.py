"""A model gives ideas and words; what can be computed, measured or proved stays with us."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

import pytest

from ai.model_server import KEY, Call, Filled, ModelServer, Refusal, Status, serving
from aipromote.ai import writers
from aipromote.ai.errors import ModelsFailed
from aipromote.ai.modelled.examining import Examiner
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Slot, Writer
from aipromote.connectors import limits
from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import fits, measure
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import SetupError
from aipromote.settings import Settings
from factories import organizations

MODEL = "anthropic:claude-sonnet-5"
OFFLINE = OfflineWriter.name
START = date(2026, 11, 23)
FACTS = [Fact("We baked 12,000 loaves in 2025", "the ledger"), Fact("40 % less flour is wasted", "x", expires=START)]
BRIEF = organizations.brief(
    url="https://kornblume.example",
    icp={
        "pain_points": ["Bread from the supermarket tastes of nothing."],
        "jobs_to_be_done": ["Eat well at breakfast"],
    },
    brand={"words_to_avoid": ["artisanal"], "hashtags": {"allowed": ["Bread", "Rye"]}},
)
LIMITS = {platform: limits.of(platform) for platform in Platform}


def slot(index: int, platform: Platform = Platform.TWITTER, **values: Any) -> Slot:
    return Slot(index, values.pop("day", START), platform, "Baking", f"Theme {index}", **values)


def ideas(**changes: Any) -> dict[str, Any]:
    """What a model may answer for a strategy."""
    pillars = [
        {"name": name, "weight": weight, "topics": [f"{name}: why", f"{name}: how", f"{name}: who"], "description": "x"}
        for name, weight in (("Grain", 9), ("Craft", 3), ("People", 3))
    ]
    return {
        "brief": "Bread that tastes of grain.", "primary_message": "Old grains, new mornings.",
        "value_props": ["Delivered by bicycle."], "differentiators": ["Old grains only."],
        "audiences": [{"name": "Families", "weight": 4, "key_messages": ["Breakfast is easy."]}],
        "pillars": pillars, "channels": [{"platform": "TWITTER", "focus": "Short thoughts"}],
    } | changes  # fmt: skip


def posts(write: Callable[[int], dict[str, Any]]) -> Callable[[Call], Filled]:
    """Answers each place that is asked for."""

    def answer(call: Call) -> Filled:
        slots = sorted({int(number) for number in re.findall(r'\\"slot\\": (\d+)', call.text)})
        return Filled({"posts": [{"slot": slot, **write(slot)} for slot in slots]})

    return answer


THOUGHTS = (
    ("Have you ever smelled rye in the morning?", "The oven is warm before the street wakes up."),
    ("Spelt is stubborn.", "It wants more water, more rest, and a baker who does not hurry at all."),
    ("A bicycle carries more than you think!", "Rain or shine, our baskets ride through Altona to your kitchen table."),
    ("Why do we mill ourselves?", "Because flour loses its scent within days, like coffee does once it is ground."),
)


def fine(number: int) -> dict[str, Any]:
    hook, body = THOUGHTS[number]
    return {
        "hook": hook, "body": body,
        "cta": "Tell us what you eat for breakfast.", "hashtags": ["Bread", "#Rye", "Foodie"],
        "rationale": "Opens with a smell.", "confidence": 1.0,
    }  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as server:
        yield server


@pytest.fixture
async def writer(database: Database, server: ModelServer) -> Writer:
    return await _writer(database, server, MODEL)


async def _writer(database: Database, server: ModelServer, models: str, **values: object) -> Writer:
    config = Settings.model_validate(server.settings(models, ai_retries=0, **values))
    startup = await organizations.organization(database)
    return await writers.current(config, database=database, organization_id=startup.id)


async def _plan() -> StrategyDocument:
    return await OfflineWriter().strategy(BRIEF, facts=FACTS, start=START, version=1)


async def _posts(
    writer: Writer, *slots: Slot, facts: list[Fact] = FACTS, avoid: tuple[str, ...] = ()
) -> list[PostDraft]:
    return await writer.posts(BRIEF, await _plan(), facts=facts, slots=slots, avoid=avoid, limits=LIMITS)


async def test_a_strategy_has_the_models_ideas_and_our_arithmetic(writer: Writer, server: ModelServer) -> None:
    server.will(Filled(ideas()))
    plan = await writer.strategy(BRIEF, facts=FACTS, start=START, version=1)
    assert writer.name == MODEL
    assert plan.positioning.primary_message == "Old grains, new mornings."
    assert {pillar.name: pillar.share for pillar in plan.content_pillars} == {"Grain": 59, "Craft": 21, "People": 20}
    assert [segment.share for segment in plan.audience_segments] == [100]
    offline = await _plan()
    assert plan.cadence == offline.cadence
    assert [(slot.date, slot.platform) for slot in plan.calendar_skeleton] == [
        (slot.date, slot.platform) for slot in offline.calendar_skeleton
    ]
    assert Counter(slot.pillar for slot in plan.calendar_skeleton).most_common(1)[0][0] == "Grain"
    assert {channel.platform: channel.focus for channel in plan.channel_plan}[Platform.TWITTER] == "Short thoughts"


async def test_a_strategy_never_keeps_a_claim_without_a_fact(writer: Writer, server: ModelServer) -> None:
    boasting = ideas(
        primary_message="The best bread in town, 97 % agree.",
        value_props=["We baked 12,000 loaves.", "Ten times faster than others, guaranteed."],
    )
    boasting["pillars"][1]["topics"] += ["Why 5,000 customers trust us"]
    server.will(Filled(boasting))
    plan = await writer.strategy(BRIEF, facts=FACTS, start=START, version=1)
    assert len(server.calls) == 2, "it went back once"
    assert "97 %" in server.calls[1].text
    assert "no fact backs" in server.calls[1].text
    text = plan.model_dump_json()
    for claim in ("97", "best bread", "guaranteed", "5,000"):
        assert claim not in text, claim
    assert "12,000 loaves" in text
    assert plan.positioning.primary_message == (await _plan()).positioning.primary_message


async def test_posts_are_the_models_and_fit_and_are_labelled(writer: Writer, server: ModelServer) -> None:
    server.will(posts(fine))
    slots = [slot(0), slot(1, Platform.LINKEDIN), slot(2, Platform.BLUESKY), slot(3, Platform.INSTAGRAM)]
    drafts = await _posts(writer, *slots)
    assert [draft.slot for draft in drafts] == [0, 1, 2, 3]
    assert len(server.calls) == 1
    for draft in drafts:
        assert draft.generated_by == MODEL
        assert draft.confidence == 0.8, "a model is never surer of itself than this"
        assert draft.body.startswith(draft.hook)
        assert fits(draft.body, LIMITS[draft.platform])
        assert set(draft.hashtags) <= {"Bread", "Rye"}
    assert drafts[3].media_refs


async def test_a_post_that_is_too_long_goes_back_once_and_is_then_cut(writer: Writer, server: ModelServer) -> None:
    server.will(posts(lambda number: {**fine(number), "body": "grain " * 80}))
    (draft,) = await _posts(writer, slot(0))
    told = re.search(r"It is (\d+) too long as X counts \((\d+) of 280", server.calls[1].text)
    assert told
    assert int(told[1]) == int(told[2]) - 280
    assert len(server.calls) == 2
    assert (draft.generated_by, fits(draft.body, LIMITS[Platform.TWITTER])) == (MODEL, True)
    assert "shortened" in draft.rationale
    assert draft.confidence == 0.7


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("We serve 5,000 families.", "no fact backs"),
        ("The best bread in Hamburg.", "no fact backs"),
        ("An artisanal loaf.", "must not be said"),
        ("Order at https://bread-for-you.example.com now.", "an address that nobody gave"),
        ("Thanks to @famous_chef for the praise.", "an account that nobody gave"),
        ("Write to ada@kornblume.example today.", "an e-mail address"),
        ("40 % less flour is wasted.", "no fact backs"),
    ],
)
async def test_what_may_not_be_said_goes_back_once_and_is_then_replaced(
    writer: Writer, server: ModelServer, said: str, why: str
) -> None:
    later = date(2026, 11, 24)  # a day after the second fact has expired
    server.will(posts(lambda number: {**fine(number), **({"body": said} if number == 1 else {})}))
    drafts = await _posts(writer, slot(0, day=later), slot(1, day=later), slot(2, day=later))
    assert len(server.calls) == 2
    assert "Slot 1: “" in server.calls[1].text
    assert why in server.calls[1].text
    assert [draft.generated_by for draft in drafts] == [MODEL, OFFLINE, MODEL]
    assert f"in place of {MODEL}" in drafts[1].rationale
    assert said not in drafts[1].body


async def test_what_a_fact_says_may_be_said(writer: Writer, server: ModelServer) -> None:
    server.will(posts(lambda number: {**fine(number), "body": "We baked 12,000 loaves. See https://kornblume.example"}))
    (draft,) = await _posts(writer, slot(0))
    assert len(server.calls) == 1
    assert "12,000" in draft.body


async def test_a_mended_post_is_kept(writer: Writer, server: ModelServer) -> None:
    server.will(posts(lambda number: {**fine(number), "body": "The best bread."}), posts(fine))
    (draft,) = await _posts(writer, slot(0))
    assert (draft.generated_by, "best" in draft.body) == (MODEL, False)


async def test_a_thread_is_written_in_parts_that_each_fit(writer: Writer, server: ModelServer) -> None:
    parts = ["The mill turns slowly.", "The dough rests a night. " * 30, "The oven is warm."]
    server.will(posts(lambda number: {**fine(number), "body": "", "parts": parts}))
    (draft,) = await _posts(writer, slot(0, Platform.BLUESKY, format=ContentType.THREAD))
    assert draft.type is ContentType.THREAD
    assert draft.parts is not None
    assert len(draft.parts) == 3
    assert all(fits(part, LIMITS[Platform.BLUESKY]) for part in draft.parts)
    assert draft.body == "\n\n".join(draft.parts)


async def test_nothing_is_said_twice(writer: Writer, server: ModelServer) -> None:
    server.will(posts(lambda _: fine(0)))
    first, second = await _posts(writer, slot(0), slot(1))
    assert (first.generated_by, second.generated_by) == (MODEL, OFFLINE)
    (again,) = await _posts(writer, slot(0), avoid=(first.body,))
    assert again.generated_by == OFFLINE
    assert "too much like another" in server.calls[-1].text


async def test_slots_that_nobody_asked_for_are_left_out(writer: Writer, server: ModelServer) -> None:
    server.will(Filled({"posts": [{"slot": 7, **fine(3)}, {"slot": 0, **fine(0)}, {"slot": 0, **fine(1)}]}))
    (draft,) = await _posts(writer, slot(0))
    assert draft.hook == fine(0)["hook"]


async def test_the_disclaimer_stands_in_every_post(writer: Writer, server: ModelServer) -> None:
    server.will(posts(fine))
    brief = BRIEF.model_copy(
        update={"brand": BRIEF.brand.model_copy(update={"legal_disclaimer": "No risk-free bread."})}
    )
    drafts = await writer.posts(brief, await _plan(), facts=FACTS, slots=[slot(0)], avoid=(), limits=LIMITS)
    assert drafts[0].body.endswith("No risk-free bread.")
    assert drafts[0].generated_by == MODEL


async def test_characters_that_nobody_sees_are_taken_out(writer: Writer, server: ModelServer) -> None:
    server.will(posts(lambda number: {**fine(number), "hook": "Bread\x00 is \u202ewarm", "rationale": "a\x07b"}))
    (draft,) = await _posts(writer, slot(0))
    assert draft.hook == "Bread is warm"
    assert draft.rationale == "ab"


async def test_without_offline_a_failure_is_the_requests(writer: Writer, server: ModelServer) -> None:
    server.will(Status(404))
    with pytest.raises(ModelsFailed, match="AIPROMOTE_AI_MODELS"):
        await _posts(writer, slot(0))
    with pytest.raises(ModelsFailed):
        await writer.strategy(BRIEF, facts=FACTS, start=START, version=1)


async def test_with_offline_at_the_end_the_offline_writer_writes_and_says_why(
    database: Database, server: ModelServer
) -> None:
    writer = await _writer(database, server, f"{MODEL},offline")
    server.will(Refusal())
    plan = await writer.strategy(BRIEF, facts=FACTS, start=START, version=1)
    assert (writer.name, plan) == (OFFLINE, await _plan())
    asked = len(server.calls)
    (draft,) = await _posts(writer, slot(0))
    assert draft.generated_by == OFFLINE
    assert f"{MODEL}: it refused to answer this" in draft.rationale
    assert len(server.calls) == asked, "of one request, what failed is not tried again"


async def test_the_next_models_work_bears_its_name(database: Database, server: ModelServer) -> None:
    writer = await _writer(database, server, f"openai:gpt-5,{MODEL}", ai_openai_key="wrong")
    server.will(posts(fine))
    (draft,) = await _posts(writer, slot(0))
    assert draft.generated_by == MODEL


async def test_what_a_model_is_sent_has_neither_e_mail_addresses_nor_keys(writer: Writer, server: ModelServer) -> None:
    server.will(posts(fine))
    brief = Brief.model_validate(
        BRIEF.model_dump() | {"founders": [{"name": "Ada Brot", "email": "private@kornblume.example", "bio": "Baker."}]}
    )
    await writer.posts(brief, await _plan(), facts=FACTS, slots=[slot(0)], avoid=(), limits=LIMITS)
    assert "Ada Brot" in server.calls[0].text
    assert "private@" not in server.calls[0].text
    assert KEY not in server.calls[0].text


async def test_settings_that_are_not_clear_are_told_to_who_asked(database: Database, server: ModelServer) -> None:
    writer = await _writer(database, server, "gpt-5")
    with pytest.raises(SetupError, match="'gpt-5' is no model"):
        await _posts(writer, slot(0))
    assert (await _writer(database, server, "")).name == OFFLINE


def test_an_address_of_the_startup_itself_may_be_given() -> None:
    examiner = Examiner(BRIEF, FACTS)
    for fine_one in ("See kornblume.example", "https://www.kornblume.example/?utm_source=x", "3 pm, on 24 November"):
        assert examiner.allows(fine_one), fine_one
    for wrong in ("https://kornblume.example.evil.com", "https://kornblume.example/invented", "evil.com"):
        assert not examiner.allows(wrong), wrong


@pytest.mark.parametrize("platform", list(Platform), ids=str)
async def test_every_network_gets_posts_that_it_takes(writer: Writer, server: ModelServer, platform: Platform) -> None:
    server.will(posts(lambda number: {**fine(number), "body": "The mill turns. " * 1200, "title": "Bread " * 50}))
    (draft,) = await _posts(writer, slot(0, platform))
    bounds: Limits = LIMITS[platform]
    assert measure(draft.body, bounds).fits
    assert len(draft.title or "") <= 90


@pytest.mark.parametrize("text", ["Read [https://acme.com](https://acme.com).", "Go to https://[your-site].com/start."])
def test_an_address_that_is_none_is_told_and_breaks_nothing(text: str) -> None:
    assert any("address that nobody gave" in problem for problem in Examiner(BRIEF, FACTS).problems(text))


def test_the_own_address_may_be_written_as_markdown():
    assert Examiner(BRIEF, FACTS).problems(f"Read [{BRIEF.url}]({BRIEF.url}).") == ()


def test_a_brief_whose_address_is_none_holds_up_no_text():
    assert Examiner(BRIEF.model_copy(update={"url": "https://[x].com"}), FACTS).allows("Nails get lost.")
