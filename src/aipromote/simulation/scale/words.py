"""Words to write texts from: some stand in most texts, many in few, and one in each is nearly its own."""

from __future__ import annotations

import random

PHRASES = 2000
COMMON = "launch"
"""A word that stands in about every fourth text."""

_SYLLABLES = (
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo",
    "zu", "bran", "clei", "drom", "fent", "gral", "hest", "jorn", "kelt", "lins", "morv", "nask", "plen", "quor",
    "rulf", "sterm", "trin", "ulma", "verd", "wisp", "zand",
)  # fmt: skip
_EVERYDAY = (
    "we", "our", "team", "customers", "product", "week", "today", "users", "learn", "build", "ship", "support",
    "pricing", "design",
    "feedback", "market", "data", "time", "growth", "founder", "story", "release", "customer", "idea",
    "problem", "question", "answer", "change", "result", "first", "small", "simple", "better", "fast", "open", "free",
    "new", "roadmap", "bug", "fix", "test", "page", "site", "mail", "call", "demo", "beta", "trial", "plan", "value",
)  # fmt: skip
_SINGLE, _FREQUENT = 6000, 0.55


def syllables() -> list[str]:
    """Parts of the words that hardly any two texts have in common: three of these, chosen for each text."""
    return list(_SYLLABLES)


def phrases(seed: int) -> list[str]:
    """Sentences of five to ten words. Which word comes how often follows a power law, as in real texts."""
    chance = random.Random(seed)  # noqa: S311 -- texts for a load test, the same for the same seed
    rare = ["".join(chance.choices(_SYLLABLES, k=2)) for _ in range(_SINGLE)]
    made = []
    for number in range(PHRASES):
        words = [_word(chance, rare) for _ in range(chance.randint(5, 10))]
        if number % 10 == 0:
            words[0] = COMMON  # three phrases to a text
        made.append(" ".join(words).capitalize() + ".")
    return made


def _word(chance: random.Random, rare: list[str]) -> str:
    if chance.random() < _FREQUENT:
        return _EVERYDAY[int(len(_EVERYDAY) * chance.random() ** 2)]
    return rare[int(len(rare) * chance.random() ** 3)]
