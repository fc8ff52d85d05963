"""Rules of industries, as wordings that need care: what they are, why, and where that can be read. No legal advice.

A pack knows wordings, not meanings: it neither finds every breach nor is every finding one. A person can set it aside.
"""

from __future__ import annotations

from functools import lru_cache

from aipromote.brand.packs import advertising, finance, health
from aipromote.brand.packs.rule import PackRule

PACKS: dict[str, tuple[PackRule, ...]] = {
    "finance": finance.RULES,
    "health": health.RULES,
    "advertising": advertising.RULES,
}


@lru_cache(maxsize=64)
def rules_of_packs(packs: tuple[str, ...], language: str) -> tuple[tuple[PackRule, tuple[str, ...]], ...]:
    """The rules of these packs with their wordings in a language; packs and languages that are not known have none."""
    return tuple((rule, rule.phrases.get(language, ())) for pack in packs for rule in PACKS.get(pack, ()))


__all__ = ["PACKS", "PackRule", "rules_of_packs"]
