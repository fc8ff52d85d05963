"""Posts that may not go out, as a person reads of them: gathered by account and reason, with the way to repair it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipromote.publishing.risks import Risk
from aipromote.web import words
from aipromote.web.cards import Card


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One or several posts of an account, and what stands against all of them; in the order of their times."""

    cards: Sequence[Card]
    risks: Sequence[Risk]

    @property
    def first(self) -> Card:
        """The post that is due first."""
        return self.cards[0]

    @property
    def repair(self) -> tuple[str, str]:
        """Where the first thing is repaired, and the words on the button that leads there."""
        path = self.risks[0].path
        return path, words.label_of(path)


def gathered(cards: Sequence[Card], *, is_held: bool) -> list[AtRisk]:
    """Those at risk, posts of one account with the same risks together. A hold is told of at the top of the page."""
    groups: dict[object, tuple[list[Card], list[Risk]]] = {}
    for card in cards:
        if not card.is_at_risk or card.forecast is None or card.post is None:
            continue
        risks = [risk for risk in card.forecast.risks if not (is_held and risk.kind == "held")]
        if risks:
            about = (card.post.social_account_id, tuple((risk.kind, risk.reason) for risk in risks))
            groups.setdefault(about, ([], risks))[0].append(card)
    return [AtRisk(own, risks) for own, risks in groups.values()]
