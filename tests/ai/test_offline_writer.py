"""The offline writer: only true things, always within the limits."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai.offline_scene import LIMITS, ROOT, START, every_brief, every_example, read, within, written
from aipromote.ai.offline.writing import OfflineWriter, confidence
from aipromote.ai.writer import Slot
from aipromote.brand.check import check, rules_of
from aipromote.connectors.contract import Counting, Limits
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform


@every_example
async def test_every_slot_of_two_weeks_gets_a_post_that_passes_the_brand_check(path):
    brief = read(path)
    _, slots, drafts = await written(brief)
    assert [draft.slot for draft in drafts] == [slot.index for slot in slots]
    for slot, draft in zip(slots, drafts, strict=True):
        found = check(
            draft.body,
            rules=rules_of(brief),
            facts=facts_of(brief),
            platform=draft.platform,
            limits=LIMITS[draft.platform],
            now=slot.date,
            parts=draft.parts,
        )
        assert [finding for finding in found if finding.severity == "block"] == []


async def test_a_description_that_claims_something_is_not_told_while_there_is_anything_else():
    parts = {
        "name": "Acme",
        "description": "Acme is the fastest sorter of nails.",
        "icp": {"pain_points": ["Nails get lost"]},
    }
    _, _, drafts = await written(Brief.model_validate(parts), days=30)
    assert drafts
    assert not any("fastest" in draft.body for draft in drafts)


@every_brief
async def test_the_same_brief_gives_the_same_posts(path):
    assert await written(read(path), days=7) == await written(read(path), days=7)


@every_brief
async def test_a_draft_says_who_wrote_it_and_does_not_boast(path):
    _, _, drafts = await written(read(path), days=7)
    for draft in drafts:
        assert draft.generated_by == "offline-writer/2"
        assert 0.3 <= draft.confidence <= 0.5
        assert draft.rationale
        assert draft.body.startswith(draft.hook)


@every_brief
async def test_the_plan_keeps_to_the_wanted_frequency(path):
    brief = read(path)
    strategy, _, _ = await written(brief, days=1)
    wish = brief.goals.frequency
    if wish.posts_per_week:
        assert strategy.cadence.posts_per_week == wish.posts_per_week
    for platform, weekly in wish.per_platform.items():
        assert strategy.cadence.by_platform[platform] == weekly
    assert {window.time_zone for window in strategy.cadence.windows} == {brief.time_zone}


@every_example
async def test_slots_follow_the_shares_of_the_pillars(path):
    strategy, _, _ = await written(read(path), days=1)
    pillars = [slot.pillar for slot in strategy.calendar_skeleton]
    for pillar in strategy.content_pillars:
        assert abs(pillars.count(pillar.name) / len(pillars) * 100 - pillar.share) < 5


async def test_a_number_without_a_fact_is_not_written():
    parts = {
        "name": "Acme",
        "description": "Acme sorts nails.",
        "positioning": {"differentiators": ["Saves 40% of your time", "Works offline"]},
        "icp": {"pain_points": ["The best nails are gone by 9 am", "Nails get lost"]},
    }
    _, _, drafts = await written(Brief.model_validate(parts), days=28)
    text = "\n".join(draft.body for draft in drafts)
    assert "Works offline" in text
    assert "Nails get lost" in text
    assert "40%" not in text
    assert "best nails" not in text


async def test_a_fact_is_told_only_while_it_holds():
    brief = Brief(name="Acme", description="Acme sorts nails.")
    fact = Fact(statement="12 workshops sort with Acme.", source="CRM", expires=START + timedelta(days=10))
    _, slots, drafts = await written(brief, days=30, facts=[fact])
    dates = {slot.index: slot.date for slot in slots}
    told = [dates[draft.slot] for draft in drafts if "12 workshops" in draft.body and draft.slot is not None]
    assert told
    assert max(told) <= START + timedelta(days=10)


async def test_platforms_that_show_pictures_get_the_words_for_one():
    brief = read(ROOT / "examples/krumenpost.yaml")
    _, _, drafts = await written(brief)
    pictured = [draft for draft in drafts if draft.platform is Platform.INSTAGRAM]
    assert pictured
    assert all(draft.media_refs[0].prompt and draft.media_refs[0].alt_text for draft in pictured)
    assert not any("https://" in draft.body for draft in pictured)


async def test_a_thread_comes_in_parts_and_falls_back_where_there_are_none():
    brief = read(ROOT / "examples/pagerlane.yaml")
    writer = OfflineWriter()
    strategy = await writer.strategy(brief, facts=[], start=START, version=1)
    slot = Slot(7, START, Platform.TWITTER, "The problem", "", ContentType.THREAD)
    (thread,) = await writer.posts(brief, strategy, facts=[], slots=[slot], avoid=[], limits=LIMITS)
    assert thread.type is ContentType.THREAD
    assert thread.parts is not None
    assert thread.body == "\n\n".join(thread.parts)
    short = {Platform.TWITTER: Limits(280, Counting.WEIGHTED)}
    (single,) = await writer.posts(brief, strategy, facts=[], slots=[slot], avoid=[], limits=short)
    assert (single.type, single.parts) == (ContentType.POST, None)


async def test_a_text_that_is_too_long_is_cut_between_words_and_never_in_an_address():
    long = "Acme sorts nails of " + "uncommonly small " * 30 + "size, see https://acme.example/a/very/long/path"
    brief = Brief(name="Acme", description=long)
    _, _, drafts = await written(brief)
    words = set(long.split()) | {"Acme."}
    cut = [draft for draft in drafts if draft.platform is Platform.TWITTER]
    assert cut
    for draft in cut:
        lead = next(line for line in draft.body.split("\n\n") if line.startswith("Acme sorts"))
        assert {word.rstrip("….") for word in lead.split()} <= {word.rstrip(".,") for word in words}
        assert within(draft, LIMITS[Platform.TWITTER])


async def test_a_strategy_whose_pillars_were_renamed_still_gets_posts():
    brief = read(ROOT / "examples/tidewell.yaml")
    writer = OfflineWriter()
    strategy = await writer.strategy(brief, facts=[], start=START, version=1)
    renamed = strategy.content_pillars[0].model_copy(update={"name": "Seagrass"})
    parts = [slot.model_copy(update={"pillar": "Seagrass"}) for slot in strategy.calendar_skeleton]
    changed = strategy.model_copy(
        update={"content_pillars": [renamed, *strategy.content_pillars[1:]], "calendar_skeleton": parts}
    )
    slot = Slot(0, START, Platform.BLUESKY, "Seagrass", "Something of my own")
    (draft,) = await writer.posts(brief, changed, facts=[], slots=[slot], avoid=[], limits=LIMITS)
    assert (draft.pillar, draft.theme) == ("Seagrass", "Something of my own")


def test_confidence_grows_with_the_brief():
    bare = Brief(name="a", description="b")
    assert confidence(bare, []) == 0.3
    full = read(ROOT / "examples/pagerlane.yaml")
    assert confidence(full, facts_of(full)) == 0.5


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=200)
lines = words.map(str.strip).filter(bool)
some = st.lists(lines, max_size=3)
any_brief = st.builds(
    lambda **parts: Brief.model_validate(parts),
    name=lines.map(lambda text: text[:60].strip() or "x"),
    description=st.text(min_size=1, max_size=900).map(str.strip).filter(bool),
    stage=st.sampled_from([None, "idea", "growth"]),
    languages=st.sampled_from([["en"], ["de"], ["es"], ["fr"], ["pt-BR"], ["ja"], ["ar"]]),
    icp=st.fixed_dictionaries({"personas": some, "pain_points": some, "jobs_to_be_done": some}),
    positioning=st.fixed_dictionaries({"usp": st.none() | lines, "differentiators": some}),
    brand=st.fixed_dictionaries({"legal_disclaimer": st.none() | lines}),
    goals=st.fixed_dictionaries(
        {
            "platforms": st.lists(st.sampled_from([platform.value for platform in Platform]), min_size=1, max_size=4),
            "frequency": st.fixed_dictionaries({"posts_per_week": st.none() | st.integers(1, 20)}),
        }
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_brief)
async def test_any_brief_gives_a_valid_plan_and_no_post_over_its_limit(brief):
    strategy, _, drafts = await written(brief, days=4)
    assert sum(pillar.share for pillar in strategy.content_pillars) == 100
    assert StrategyDocument.model_validate(strategy.model_dump(mode="json")) == strategy
    assert len({draft.body for draft in drafts}) == len(drafts)
    for draft in drafts:
        assert within(draft, LIMITS[draft.platform])
        assert brief.brand.legal_disclaimer is None or brief.brand.legal_disclaimer in draft.body
