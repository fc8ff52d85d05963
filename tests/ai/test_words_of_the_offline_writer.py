"""The words of the offline writer: its language packs, and what it goes by on each platform."""

import re

import pytest

from ai.offline_scene import ROOT, read, written
from aipromote.ai.offline.pack import Kind, Theme
from aipromote.ai.offline.packs import NEUTRAL, PACKS, pack_for
from aipromote.ai.offline.priors import load
from aipromote.documents.brief import Brief
from aipromote.documents.claims import find_claims
from aipromote.documents.vocabulary import Platform


@pytest.mark.parametrize("language", ["ja", "ar"])
async def test_a_language_without_a_pack_gets_only_the_briefs_own_words(language):
    brief = read(ROOT / f"tests/data/minimal-{language}.yaml")
    strategy, _, drafts = await written(brief)
    assert drafts
    texts = [draft.body for draft in drafts] + [pillar.name for pillar in strategy.content_pillars]
    for text in texts:
        assert re.findall(r"[A-Za-z]+", text) == []


async def test_words_to_avoid_do_not_slip_in_from_the_pack():
    parts = {"name": "Acme", "description": "Acme sorts nails.", "brand": {"words_to_avoid": ["plain words", "simple"]}}
    _, _, drafts = await written(Brief.model_validate(parts), days=28)
    assert not any("plain words" in draft.body for draft in drafts)


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
