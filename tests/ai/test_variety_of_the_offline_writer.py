"""The offline writer: each post in its own words, built as is usual on its platform."""

import re
from datetime import timedelta
from itertools import combinations

import pytest

from ai.offline_scene import (
    EXAMPLES,
    LIMITS,
    MINIMAL,
    MOST_ALIKE,
    ROOT,
    SET,
    SET_FOLDER,
    START,
    every_example,
    read,
    written,
)
from aipromote.ai.offline.memory import hook, similarity
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Slot
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.vocabulary import Platform


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


@every_example
async def test_the_next_weeks_say_nothing_that_was_said(path):
    brief = read(path)
    _, _, first = await written(brief)
    said = tuple(draft.body for draft in first)
    _, _, later = await written(brief, first=14, days=7, avoid=said)
    assert not {draft.body for draft in later} & set(said)
    assert len({draft.body for draft in later}) == len(later) > 0


async def test_where_nothing_new_can_be_said_there_is_no_draft():
    brief = read(ROOT / "tests/data/minimal-ja.yaml")
    _, slots, drafts = await written(brief, days=90)
    assert len(drafts) < len(slots)
    assert len({draft.body for draft in drafts}) == len(drafts)


async def test_a_later_version_is_not_the_old_plan_again():
    brief = read(ROOT / "examples/pagerlane.yaml")
    one, two = [await OfflineWriter().strategy(brief, facts=[], start=START, version=number) for number in (1, 2)]
    assert one.calendar_skeleton != two.calendar_skeleton
