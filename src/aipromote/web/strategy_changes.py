"""Two versions side by side, of a proposal with accept and reject for each change; and going back to an earlier one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.actions as content
from aipromote.documents.content import PieceSource
from aipromote.errors import InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing
from aipromote.languages import _, lazy, ngettext
from aipromote.scheduling import actions as scheduling
from aipromote.strategy import actions, queries, reviewing
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.plans import wording
from aipromote.strategy.plans.changes import Change, diff
from aipromote.strategy.plans.groups import groups
from aipromote.strategy.plans.tree import AUDIENCES, CHANNELS, PILLARS, POSITIONING, SLOTS, WINDOWS
from aipromote.strategy.reviewing import Review, Reviewed
from aipromote.strategy.states import ChangeDecision, StrategyStatus
from aipromote.web.render import page

router = APIRouter()

_HEADINGS = {
    POSITIONING: lazy("Positioning"),
    AUDIENCES: lazy("Audiences"),
    PILLARS: lazy("Pillars"),
    CHANNELS: lazy("Networks"),
    WINDOWS: lazy("Posting windows"),
    SLOTS: lazy("Calendar"),
}
_SHOWN = 6
"""So many changes of a group are open at first."""
_BRIEF = 40
_WORD = re.compile(r"\s+|[^\s]+")
_LONG_WORD = re.compile(r"\w{5,}")
_EVIDENCE, _IN_COMMON = 2, 2
"""Passages that are shown under a change, and how many long words of each have to be in what is new."""
_ALL = {"accept_all": ChangeDecision.ACCEPTED, "reject_all": ChangeDecision.REJECTED}


@dataclass(frozen=True, slots=True)
class Line:
    """A change as it is shown: before and after, with the words marked that differ."""

    change: Change
    before: Markup
    after: Markup
    texts: tuple[str, str]
    """Both without marks."""


@dataclass(frozen=True, slots=True)
class Card:
    """A group of changes, its lines, and what was decided."""

    reviewed: Reviewed
    lines: list[Line]
    evidence: Sequence[PieceSource] = ()
    """Passages that the version was written from and that have words in common with what is new."""

    @property
    def is_short(self) -> bool:
        """Whether its values fit on one line each, before and after."""
        return all(len(text) <= _BRIEF and "\n" not in text for line in self.lines for text in line.texts)

    @property
    def is_long(self) -> bool:
        """Whether its lines are folded at first."""
        return len(self.lines) > _SHOWN

    @property
    def counts(self) -> str:
        """`12 added, 9 removed, 3 changed`."""
        kinds = [line.change.kind for line in self.lines]
        found = {kind: kinds.count(kind) for kind in ("added", "removed", "changed")}
        return ", ".join(f"{count} {kind}" for kind, count in found.items() if count)


@router.get("/strategy/{strategy_id}/changes")
async def changes_page(request: Request, stay: Viewing, strategy_id: UUID, against: int = 0) -> Response:
    """What this version changes: of the active one, or of the version asked for."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    review = await reviewing.review(stay.session, **mine, strategy_id=strategy_id)
    other = review.base
    decidable = review.proposal.status is StrategyStatus.PROPOSED and bool(review.groups)
    if against and (other is None or other.version != against):
        other = await queries.by_version(stay.session, **mine, version=against)
        review, decidable = _compared(other, review.proposal), False
    return page(
        request,
        "strategy_changes.html",
        stay=stay,
        proposal=review.proposal,
        base=other,
        versions=await queries.versions(stay.session, **mine),
        sections=list(_sections(review.groups, review.proposal.sources or ())),
        total=sum(len(one.group.changes) for one in review.groups),
        decidable=decidable,
        open_count=sum(one.decision is None for one in review.groups),
        origin=await queries.origin(stay.session, **mine, strategy_id=strategy_id),
    )


@router.post("/strategy/{strategy_id}/changes")
async def decide(
    request: Request, stay: Administering, strategy_id: UUID, base: Annotated[UUID, Form()], act: Annotated[str, Form()]
) -> Response:
    """Store what was chosen; with `conclude`, `accept_all` or `reject_all`, end it with that."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "strategy_id": strategy_id, "base_id": base}
    review = await reviewing.review(stay.session, organization_id=stay.organization_id, strategy_id=strategy_id)
    form = await request.form()
    chosen = _chosen(form, "change-")
    at_once = dict.fromkeys(_HEADINGS, _ALL[act]) if act in _ALL else _chosen(form, "all-")
    for one in review.groups:
        section = one.group.changes[0].section
        if section in at_once and one.decision is None:
            chosen.setdefault(one.group.key, at_once[section])
    review = await actions.decide(stay.session, stay.actor, **mine, decisions=chosen)
    if act == "save":
        left = sum(one.decision is None for one in review.groups)
        text = _("Saved. Everything is decided on.")
        if left:
            text = ngettext("Saved. %(num)s still to decide on.", "Saved. %(num)s still to decide on.", left)
        return see_other(f"/strategy/{strategy_id}/changes", Notice(text))
    made = await actions.conclude(stay.session, stay.actor, **mine)
    if made.status is StrategyStatus.REJECTED:
        return see_other("/strategy", Notice(_("The proposal is rejected. What was active stays active.")))
    return await became_active(stay, made)


@router.post("/strategy/{strategy_id}/rollback")
async def go_back(
    stay: Administering,
    strategy_id: UUID,
    reason: Annotated[str, Form()] = "",
    active: Annotated[int | None, Form()] = None,
) -> Response:
    """Go back to this version."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "strategy_id": strategy_id}
    made = await actions.go_back(stay.session, stay.actor, **mine, reason=reason, seen_active=active)
    return await became_active(stay, made)


async def became_active(stay: Stay, made: AIStrategy) -> Response:
    """After a version became the plan: texts follow it, and a person sees what does not by itself."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    await scheduling.follow_plan(stay.session, stay.actor, **mine)
    if await scheduling.replan(stay.session, stay.actor, **mine, preview=True):
        return see_other("/strategy/replan", Notice(_("Version %(version)s is the plan now.", version=made.version)))
    asked = await content.request_pieces(stay.session, stay.actor, **mine)
    return see_other(f"/progress/{asked.id}")


def _compared(other: AIStrategy, shown: AIStrategy) -> Review:
    before, after = queries.document(other), queries.document(shown)
    return Review(shown, other, [Reviewed(group, None) for group in groups(before, after, diff(before, after))])


def _chosen(form: Any, prefix: str) -> dict[str, ChangeDecision]:
    found = {}
    for name, value in form.items():
        if name.startswith(prefix) and value:
            if value not in set(ChangeDecision):
                raise InvalidInput("A change is accepted or rejected.", field=name)
            found[name.removeprefix(prefix)] = ChangeDecision(value)
    return found


def _sections(reviewed: Sequence[Reviewed], sources: Sequence[PieceSource]) -> Iterator[tuple[str, str, list[Card]]]:
    """The groups under the heading of the first of their changes."""
    cards: dict[str, list[Card]] = {}
    for one in reviewed:
        lines = [_line(change) for change in one.group.changes]
        cards.setdefault(one.group.changes[0].section, []).append(Card(one, lines, _evidence(lines, sources)))
    for section, heading in _HEADINGS.items():
        if section in cards:
            yield section, str(heading), cards[section]


def _evidence(lines: Sequence[Line], sources: Sequence[PieceSource]) -> list[PieceSource]:
    """The passages closest to the new words, if any are close."""
    new = {word for line in lines for word in _long_words(line.texts[1])} - {
        word for line in lines for word in _long_words(line.texts[0])
    }
    ranked = sorted(((len(new & _long_words(one.quote)), one) for one in sources), key=lambda pair: -pair[0])
    return [one for common, one in ranked[:_EVIDENCE] if common >= _IN_COMMON]


def _long_words(text: str) -> set[str]:
    return {word.casefold() for word in _LONG_WORD.findall(text)}


def _line(change: Change) -> Line:
    before = wording.spoken(change.section, change.field, change.before)
    after = wording.spoken(change.section, change.field, change.after)
    return Line(change, *marked(before, after), (before, after))


def marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts, escaped, with the words that differ marked; whole texts where little is alike."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if not old or not new or matcher.ratio() < 0.4:  # noqa: PLR2004 -- below it marks are confetti
        return _tagged("del", before), _tagged("ins", after)
    left, right = [], []
    for kind, i, j, k, m in matcher.get_opcodes():
        was, now = "".join(old[i:j]), "".join(new[k:m])
        left.append(escape(was) if kind == "equal" else _tagged("del", was))
        right.append(escape(now) if kind == "equal" else _tagged("ins", now))
    return Markup("").join(left), Markup("").join(right)


def _tagged(tag: str, text: str) -> Markup:
    """Marked for the eye, and in words for those who hear the page."""
    if not text:
        return Markup("")
    told = {"del": (_("removed:"), _("end of what is removed")), "ins": (_("new:"), _("end of what is new"))}[tag]
    hidden = Markup('<span class="hidden-words"> {} </span>')
    return Markup("<{0}>{2}{1}{3}</{0}>").format(
        Markup(tag),  # noqa: S704 -- "del" or "ins"
        text,
        hidden.format(told[0]),
        hidden.format(told[1]),
    )
