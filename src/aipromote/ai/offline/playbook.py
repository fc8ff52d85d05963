"""Which pillars, in which shares, on which days: the plan's arithmetic, by stage, category, goals and priors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from aipromote.ai.offline.material import LEADS, Atom
from aipromote.ai.offline.pack import Kind, Theme
from aipromote.ai.offline.priors import Band, prior
from aipromote.documents.brief import Brief
from aipromote.documents.strategy import DAYS, PostingWindow
from aipromote.documents.vocabulary import Platform, Stage

_FEWEST = 3
_PER_SENTENCE = 10.0
_WEEKDAYS = range(7)
_ORDER = (Theme.PROBLEM, Theme.PRODUCT, Theme.PROOF, Theme.AUDIENCE, Theme.PEOPLE)
# The younger the startup, the more it talks about the problem and the people; the older, the more it can show.
_BY_STAGE = {
    Stage.IDEA: (35, 15, 5, 25, 20),
    Stage.PRE_SEED: (30, 20, 10, 20, 20),
    Stage.SEED: (25, 25, 20, 15, 15),
    Stage.SERIES_A: (20, 25, 30, 15, 10),
    Stage.SERIES_B: (20, 25, 30, 15, 10),
    Stage.GROWTH: (15, 25, 35, 15, 10),
}
_TILTS = (
    # Words of the goals or the category, in all packs' languages, and what they make weightier.
    # Goals: who wants customers shows the product and its proofs; who wants to be known talks about problem and people.
    (r"sign.?up|trial|demo|revenue|sales|order|subscri|abo\b|abos\b|umsatz|bestell|venta|pedido|devis|vend|client|kund|request",
     {Theme.PRODUCT: 1.3, Theme.PROOF: 1.3}),
    (r"follow|reach|aware|communit|reichweite|seguidor|alcance|abonn|notori|wishlist",
     {Theme.PROBLEM: 1.3, Theme.PEOPLE: 1.3}),
    (r"hiring|applica|bewerb|contrata|candidat|recrut|talent", {Theme.PEOPLE: 1.6}),
    (r"feedback|interview|beta\b|pilot|umfrage|entrevista|entretien", {Theme.AUDIENCE: 1.4, Theme.PROBLEM: 1.2}),
    (r"invest|funding|fundrais|spende|donat|donaci|doaç|don\b|dons\b", {Theme.PROOF: 1.4, Theme.PEOPLE: 1.2}),
    (r"retention|churn|bindung|retenci|fidél|reten", {Theme.AUDIENCE: 1.3, Theme.PRODUCT: 1.2}),
    # Categories: what is made by hand lives from its makers; where trust is bought, proofs count.
    (r"bak|bäck|food|craft|fashion|café|restaurant|handwerk|comida|artesan|moda|boulang|répar|artisan|padaria|music|músi|game|spiel",
     {Theme.PEOPLE: 1.5}),
    (r"develop|api\b|infra|software|entwickl|desarroll|logiciel|desenvolv", {Theme.PRODUCT: 1.3}),
    (r"fintech|bank|insur|versicher|segur|assur|health|gesund|salud|santé|saúde|legal|recht|jurídic|juridi",
     {Theme.PROOF: 1.3, Theme.PROBLEM: 1.1}),
    (r"educat|bildung|educac|éducat|educaç|nonprofit|non-profit|gemeinn|ong\b|associat|climat|klima|public sector",
     {Theme.PEOPLE: 1.2, Theme.AUDIENCE: 1.2}),
    (r"logist|b2b|industr|énerg|energ|landwirt|farm|agric", {Theme.PROBLEM: 1.2, Theme.AUDIENCE: 1.2}),
)  # fmt: skip


def pillar_shares(brief: Brief, material: Mapping[Kind, Sequence[Atom]]) -> dict[Theme, int]:
    """The themes to have as pillars (three to five) with their shares in whole percent."""
    stage = brief.stage or Stage.PRE_SEED
    weights = dict(zip(_ORDER, map(float, _BY_STAGE[stage]), strict=True))
    words = " ".join((brief.category or "", *(kpi.metric for kpi in brief.goals.kpis))).casefold()
    for pattern, factors in _TILTS:
        if re.search(pattern, words):
            weights.update({theme: weights[theme] * factor for theme, factor in factors.items()})
    chosen = [theme for theme in _ORDER if any(kind in material for kind in LEADS[theme])]
    for theme in (Theme.PRODUCT, Theme.AUDIENCE, Theme.PEOPLE):
        if len(chosen) < _FEWEST and theme not in chosen:
            chosen.append(theme)
    # A theme with one sentence to tell would repeat it for ninety days: what there is to say bounds its share.
    said = {theme: sum(len(material.get(kind, ())) for kind in LEADS[theme]) or 1 for theme in chosen}
    bounded = [min(weights[theme], _PER_SENTENCE * said[theme]) for theme in chosen]
    return dict(zip(chosen, apportioned(bounded, total=100), strict=True))


def apportioned(weights: Sequence[float], *, total: int) -> list[int]:
    """Whole numbers that are as the weights are and add up to `total` (largest remainder), each at least 1.

    Needs `total` of at least as many as there are weights.
    """
    spare = total - len(weights)
    exact = [weight / sum(weights) * spare for weight in weights]
    parts = [int(part) for part in exact]
    largest = sorted(range(len(weights)), key=lambda at: (parts[at] - exact[at], at))
    for at in largest[: spare - sum(parts)]:
        parts[at] += 1
    return [part + 1 for part in parts]


def posts_per_week(brief: Brief) -> dict[Platform, int]:
    """The brief's frequency, or the priors' start. With fewer posts than platforms, the first ones get them."""
    wish = brief.goals.frequency
    platforms = brief.goals.platforms
    if wish.posts_per_week is None:
        return {platform: wish.per_platform.get(platform, prior(platform).frequency.start) for platform in platforms}
    given = {platform: wish.per_platform[platform] for platform in platforms if platform in wish.per_platform}
    rest = wish.posts_per_week - sum(given.values())
    open_ = [platform for platform in platforms if platform not in given][:rest]
    if open_:
        given.update(zip(open_, apportioned([prior(p).frequency.start for p in open_], total=rest), strict=True))
    elif rest and given:
        # All are set and the whole is larger: the whole is what was promised, so the first platform takes the rest.
        given[next(iter(given))] += rest
    return {platform: given[platform] for platform in platforms if platform in given}


def windows(platform: Platform, weekly: int, *, time_zone: str) -> list[PostingWindow]:
    """One window for each post of the week, best first: a different weekday each, until the week is full."""
    bands = prior(platform).windows
    ranked = [*_spread(bands.primary), *_spread(bands.secondary)]
    first = bands.primary[0]
    ranked += [(day, first) for day in (*_WEEKDAYS,) if day not in bands.avoid_days]
    ranked += [(day, first) for day in bands.avoid_days]
    by_day: dict[int, Band] = {}
    for day, band in ranked:
        by_day.setdefault(day, band)
    days = list(by_day)
    return [_window(platform, days[at % len(days)], by_day, time_zone) for at in range(weekly)]


def _spread(bands: Sequence[Band]) -> list[tuple[int, Band]]:
    """Every other day first, so that few posts do not crowd on neighbouring days."""
    return [(day, band) for band in bands for day in (*band.days[::2], *band.days[1::2])]


def _window(platform: Platform, day: int, by_day: Mapping[int, Band], time_zone: str) -> PostingWindow:
    band = by_day[day]
    return PostingWindow(platform=platform, weekday=day, from_=band.from_, to=band.to, time_zone=time_zone)


def dates(start: date, weekdays: Sequence[int]) -> list[date]:
    """The days of the ninety from `start` that fall on these weekdays; a weekday that is listed twice counts twice."""
    days = (start + timedelta(days=offset) for offset in range(DAYS))
    return [day for day in days for weekday in weekdays if day.weekday() == weekday]


class RoundRobin:
    """Smooth weighted round robin over names: whoever is furthest behind its share comes next."""

    def __init__(self, shares: Mapping[str, int]) -> None:
        self._shares = dict(shares)
        self._credit = dict.fromkeys(shares, 0)

    def next(self) -> str:
        """The name whose turn it is."""
        for name, share in self._shares.items():
            self._credit[name] += share
        turn = max(self._credit, key=lambda name: self._credit[name])
        self._credit[turn] -= sum(self._shares.values())
        return turn
