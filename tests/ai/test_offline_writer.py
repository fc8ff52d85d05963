"""The offline writer: only true things, each in its own words, always within the limits."""

import re
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipromote.ai.offline.memory import hook, similarity
from aipromote.ai.offline.pack import Kind, Theme
from aipromote.ai.offline.packs import NEUTRAL, PACKS, pack_for
from aipromote.ai.offline.priors import load
from aipromote.ai.offline.writing import OfflineWriter, confidence
from aipromote.ai.writer import Slot, Writer
from aipromote.brand.check import check, rules_of
from aipromote.connectors import limits
from aipromote.connectors.contract import Counting, Limits
from aipromote.connectors.counting import fits
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.brief.file import read_brief
from aipromote.documents.claims import find_claims
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import ContentType, Platform

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
MINIMAL = sorted((ROOT / "tests/data").glob("minimal-*.yaml"))
SET_FOLDER = ROOT / "src/aipromote/evaluation/set"
SET = sorted(SET_FOLDER.glob("*.yaml"))
LIMITS = {platform: limits.of(platform) for platform in Platform}
START = date(2026, 11, 23)
MOST_ALIKE = 0.6
"""No two posts of two weeks share more of their trigrams, in any of the examples."""

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
every_brief = pytest.mark.parametrize("path", [*EXAMPLES, *MINIMAL], ids=lambda path: path.stem)


def read(path: Path) -> Brief:
    return read_brief(path.read_bytes(), source=path.name)


async def written(
    brief: Brief, *, days: int = 14, first: int = 0, avoid: tuple[str, ...] = (), facts: list[Fact] | None = None
) -> tuple[StrategyDocument, list[Slot], list[PostDraft]]:
    writer: Writer = OfflineWriter()
    known = facts_of(brief) if facts is None else facts
    strategy = await writer.strategy(brief, facts=known, start=START, version=1)
    window = range(first, first + days)
    slots = [
        Slot(index, slot.date, slot.platform, slot.pillar, slot.theme, slot.format)
        for index, slot in enumerate(strategy.calendar_skeleton)
        if (slot.date - START).days in window
    ]
    drafts = await writer.posts(brief, strategy, facts=known, slots=slots, avoid=avoid, limits=LIMITS)
    return strategy, slots, drafts


def within(draft: PostDraft, bounds: Limits) -> bool:
    return all(fits(part, bounds) for part in draft.parts or [draft.body])


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


@every_example
async def test_posts_of_two_weeks_are_not_alike(path):
    _, _, drafts = await written(read(path))
    pairs = combinations((draft.body for draft in drafts), 2)
    assert max(similarity(one, other) for one, other in pairs) < MOST_ALIKE


@pytest.mark.parametrize("path", [*EXAMPLES, *MINIMAL, *SET], ids=lambda path: path.stem)
async def test_no_two_posts_of_a_plan_are_alike_however_little_there_is_to_say(path):
    _, slots, drafts = await written(read(path), days=30)
    assert 0 < len(drafts) <= len(slots)
    pairs = combinations((draft.body for draft in drafts), 2)
    assert max((similarity(one, other) for one, other in pairs), default=0) < MOST_ALIKE


async def test_a_post_does_not_say_the_same_sentence_twice():
    _, _, drafts = await written(read(SET_FOLDER / "nulls.yaml"), days=90)
    sentence = "Quietroom rents soundproof booths by the hour in train stations."
    assert drafts
    assert all(draft.body.count(sentence) <= 1 for draft in drafts)


async def test_first_lines_repeat_only_where_there_is_nothing_else():
    _, _, drafts = await written(read(SET_FOLDER / "saas-es.yaml"))
    lines = [hook(draft.body) for draft in drafts]
    assert len(set(lines)) >= 0.85 * len(lines)


async def test_platforms_get_posts_that_are_built_as_is_usual_there():
    """Forums get no links, channels get cards, feeds get one-liners."""
    brief = read(ROOT / "examples/pagerlane.yaml")
    strategy = await OfflineWriter().strategy(brief, facts=facts_of(brief), start=START, version=1)
    slots = [
        Slot(at, START + timedelta(days=at // 3), platform, pillar.name)
        for at, (platform, pillar) in enumerate(
            [
                (platform, pillar)
                for pillar in strategy.content_pillars
                for platform in (Platform.REDDIT, Platform.TELEGRAM, Platform.BLUESKY) * 3
            ]
        )
    ]
    drafts = await OfflineWriter().posts(brief, strategy, facts=facts_of(brief), slots=slots, avoid=[], limits=LIMITS)
    by_platform = {platform: [one.body for one in drafts if one.platform is platform] for platform in Platform}
    assert not any("https://" in body for body in by_platform[Platform.REDDIT])
    assert any("https://" in body for body in by_platform[Platform.TELEGRAM])
    assert any("\nOur answer: " in body for body in by_platform[Platform.TELEGRAM])
    assert not any("\nOur answer: " in body for body in by_platform[Platform.REDDIT])
    assert any(len(body.split("\n\n")) <= 2 for body in by_platform[Platform.BLUESKY])


async def test_a_problem_is_answered_by_what_has_to_do_with_it():
    parts = {
        "name": "Acme",
        "description": "Acme sorts nails.",
        "icp": {"pain_points": ["Invoices pile up"]},
        "positioning": {"differentiators": ["Works in the cellar", "Reads every invoice"]},
        "goals": {"platforms": ["telegram", "linkedin"]},
    }
    _, _, drafts = await written(Brief.model_validate(parts), days=60)
    answers = [found for draft in drafts for found in re.findall(r": Invoices pile up\.\n(\S.*)", draft.body)]
    assert answers
    assert all("Reads every invoice" in answer for answer in answers)


async def test_a_description_that_claims_something_is_not_told_while_there_is_anything_else():
    parts = {
        "name": "Acme",
        "description": "Acme is the fastest sorter of nails.",
        "icp": {"pain_points": ["Nails get lost"]},
    }
    _, _, drafts = await written(Brief.model_validate(parts), days=30)
    assert drafts
    assert not any("fastest" in draft.body for draft in drafts)


@every_example
async def test_the_next_weeks_say_nothing_that_was_said(path):
    brief = read(path)
    _, _, first = await written(brief)
    said = tuple(draft.body for draft in first)
    _, _, later = await written(brief, first=14, days=7, avoid=said)
    assert not {draft.body for draft in later} & set(said)
    assert len({draft.body for draft in later}) == len(later) > 0


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


@pytest.mark.parametrize("language", ["ja", "ar"])
async def test_a_language_without_a_pack_gets_only_the_briefs_own_words(language):
    brief = read(ROOT / f"tests/data/minimal-{language}.yaml")
    strategy, _, drafts = await written(brief)
    assert drafts
    texts = [draft.body for draft in drafts] + [pillar.name for pillar in strategy.content_pillars]
    for text in texts:
        assert re.findall(r"[A-Za-z]+", text) == []


async def test_where_nothing_new_can_be_said_there_is_no_draft():
    brief = read(ROOT / "tests/data/minimal-ja.yaml")
    _, slots, drafts = await written(brief, days=90)
    assert len(drafts) < len(slots)
    assert len({draft.body for draft in drafts}) == len(drafts)


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


async def test_words_to_avoid_do_not_slip_in_from_the_pack():
    parts = {"name": "Acme", "description": "Acme sorts nails.", "brand": {"words_to_avoid": ["plain words", "simple"]}}
    _, _, drafts = await written(Brief.model_validate(parts), days=28)
    assert not any("plain words" in draft.body for draft in drafts)


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


async def test_a_later_version_is_not_the_old_plan_again():
    brief = read(ROOT / "examples/pagerlane.yaml")
    one, two = [await OfflineWriter().strategy(brief, facts=[], start=START, version=number) for number in (1, 2)]
    assert one.calendar_skeleton != two.calendar_skeleton


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


def test_five_languages_have_a_pack_and_all_others_the_neutral_one():
    assert set(PACKS) == {"en", "es", "de", "fr", "pt"}
    assert pack_for("pt-BR") is PACKS["pt"]
    assert pack_for("ja") is NEUTRAL


@pytest.mark.parametrize("code", sorted(PACKS))
def test_a_pack_has_words_for_every_theme_and_kind(code):
    pack = PACKS[code]
    assert set(pack.pillars) == set(pack.asks) == set(Theme)
    assert set(pack.bridges) == set(Kind) - {Kind.PRICE}
    assert all(len(asks) >= 3 for asks in pack.asks.values())
    assert pack.early_asks
    assert pack.price
    assert all("{url}" in line for line in pack.more)


@pytest.mark.parametrize("code", sorted(PACKS))
def test_the_words_of_a_pack_claim_nothing(code):
    pack = PACKS[code]
    groups = [
        *pack.openers.values(),
        *pack.bridges.values(),
        *pack.lists.values(),
        *pack.asks.values(),
        pack.contrasts,
        pack.cards,
    ]
    for line in [text for group in (*groups, pack.early_asks, pack.more, pack.price) for text in group]:
        assert find_claims(line.replace("{name}", "Acme"), language=code, spoken_for=["Acme"]) == []


def test_every_platform_has_a_prior_whose_studies_are_named():
    priors = load()
    assert set(priors.platforms) == set(Platform)
    for prior in priors.platforms.values():
        assert set(prior.windows.studies) | set(prior.hours_by_study) <= set(priors.studies)
        assert prior.frequency.low <= prior.frequency.start <= prior.frequency.high
