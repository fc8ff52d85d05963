"""What is done to posts on the calendar: judged, moved, sent, taken back, one or many.

The forms work as they are, and lead back to the calendar. A script that asks for JSON gets the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aipromote import clock
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.errors import AipromoteError, InvalidInput, NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Approving, Stay, Viewing
from aipromote.languages import _, known, ngettext
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions as scheduling
from aipromote.scheduling.judging import PASSED, judge_time, moved_by_clocks
from aipromote.scheduling.slots import instant, wall_clock, within_reach
from aipromote.web import words
from aipromote.web.agenda.spans import day_of

router = APIRouter(prefix="/calendar")

_WAITING = frozenset({PostStatus.SCHEDULED, PostStatus.RETRYING})


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did, in words, and what takes it back (None where nothing does)."""

    said: str
    notes: tuple[str, ...] = ()
    undo: dict[str, str] | None = None


@router.get("/judge")
async def judge(stay: Viewing, key: str, local: datetime) -> Response:
    """What it would mean to drop a card there. Changes nothing."""
    kind, row_id = _parted(key)
    zone = ZoneInfo(stay.organization.time_zone)
    naive = local.replace(tzinfo=None)
    if kind == "piece":
        is_past = naive.date() < wall_clock(clock.now(), zone).date()
        words_of = [known(PASSED)] if is_past else [_("It has no time yet; only its day changes.")]
        return JSONResponse({"at": words.day(naive), "tone": "bad" if is_past else "good", "words": words_of})
    target = await judge_time(stay.session, organization_id=stay.organization_id, post_id=row_id, local=naive)
    said = [target.refusal] if target.refusal else [*target.cautions, *target.notes]
    tone = "bad" if target.refusal else "careful" if target.cautions else "good"
    return JSONResponse({"at": words.at(target.at, zone.key), "tone": tone, "words": [known(one) for one in said]})


@router.post("/move")
async def move(
    request: Request,
    stay: Viewing,
    *,
    key: Annotated[str, Form()],
    local: Annotated[datetime, Form()],
    seen: Annotated[str, Form()] = "",
    second: Annotated[bool, Form()] = False,
    day: Annotated[str, Form()] = "",
) -> Response:
    """Give a post another time, or a piece without a time another day; the verbs ask who may."""
    kind, row_id = _parted(key)
    change = _move_piece if kind == "piece" else _move_post
    try:
        async with stay.trying():
            done = await change(stay, row_id, local.replace(tzinfo=None), seen, second=second)
    except NotFound:
        raise
    except AipromoteError as refused:
        if not _wants_json(request):
            return see_other(_back(day), Notice(known(refused.message), "bad"))
        return JSONResponse({"ok": False, "said": known(refused.message)}, status_code=refused.status)
    if not _wants_json(request):
        return see_other(_back(day), Notice(done.said, details=done.notes))
    return JSONResponse({"ok": True, "said": " ".join([done.said, *done.notes]), "undo": done.undo})


@router.post("/posts/{post_id}/now")
async def publish_now(stay: Approving, post_id: UUID, day: Annotated[str, Form()] = "") -> Response:
    """Send it as soon as a worker is free, also one that failed before."""
    return await _told(
        stay,
        publishing.publish_now(stay.session, stay.actor, organization_id=stay.organization_id, post_id=post_id),
        _("A worker takes it in a moment."),
        day,
    )


@router.post("/posts/{post_id}/cancel")
async def cancel(stay: Approving, post_id: UUID, day: Annotated[str, Form()] = "") -> Response:
    """Take a post out of the calendar."""
    return await _told(
        stay,
        scheduling.cancel(stay.session, stay.actor, organization_id=stay.organization_id, post_id=post_id),
        _("Cancelled. Nothing will be sent."),
        day,
    )


@router.post("/many")
async def change_many(
    stay: Approving,
    *,
    act: Annotated[str, Form()] = "move",
    post: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form()] = 1,
    day: Annotated[str, Form()] = "",
) -> Response:
    """Move the chosen posts by days, or take them out of the calendar."""
    if not post:
        return see_other(_back(day), Notice(_("Nothing was chosen."), "careful"))
    seen = dict(_seen_post(one) for one in post)
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "seen": seen}
    try:
        async with stay.trying():
            if act == "cancel":
                done = await scheduling.cancel_many(stay.session, stay.actor, **mine)
            else:
                done = await scheduling.move_by_days(stay.session, stay.actor, **mine, days=days)
    except InvalidInput as refused:
        return see_other(_back(day), Notice(known(refused.message), "bad"))
    count = len(done.done)
    if act == "cancel":
        text = ngettext("%(num)s post was cancelled.", "%(num)s posts were cancelled.", count)
    else:
        text = ngettext("%(num)s post was moved.", "%(num)s posts were moved.", count)
    reasons = tuple(dict.fromkeys(known(reason) for reason in done.refused.values()))
    return see_other(_back(day), Notice(text, "careful" if reasons else "good", reasons))


async def _move_post(stay: Stay, post_id: UUID, local: datetime, seen: str, *, second: bool) -> Moved:
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "post_id": post_id}
    zone = ZoneInfo(stay.organization.time_zone)
    before = await posts.post(stay.session, **mine)
    was, status = before.scheduled_at, before.status
    expected = _moment(seen) if seen else None
    post = await scheduling.reschedule(stay.session, stay.actor, **mine, local=local, seen=expected, second=second)
    notes = [known(one) for one in moved_by_clocks(local, zone, second=second)]
    if post.scheduled_at != instant(local, zone, second=second):
        notes.append(_("Another post goes out in that minute, so this one leaves a little later."))
    undo = None
    if status in _WAITING and was > clock.now():
        old = wall_clock(was, zone)
        undo = {"local": old.isoformat(), "seen": post.scheduled_at.isoformat()}
        undo["second"] = "true" if instant(old, zone) != was else "false"
    text = _("Moved. Goes out %(when)s.", when=words.at(post.scheduled_at, zone.key))
    return Moved(text, tuple(notes), undo)


async def _move_piece(stay: Stay, piece_id: UUID, local: datetime, seen: str, *, second: bool) -> Moved:
    del second  # a day comes once
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    was = (await pieces.piece(stay.session, **mine)).planned_for
    expected, day = day_of(seen), within_reach(local).date()
    piece = await content.plan_for(stay.session, stay.actor, **mine, day=day, seen=expected)
    undo = {"local": f"{was}T00:00", "seen": str(piece.planned_for), "second": "false"} if was else None
    return Moved(_("Planned for %(day)s.", day=words.day(day)), (), undo)


async def _told(stay: Stay, doing: Any, done: str, day: str) -> Response:
    try:
        async with stay.trying():
            await doing
    except NotFound:
        raise
    except AipromoteError as refused:
        return see_other(_back(day), Notice(known(refused.message), "bad"))
    return see_other(_back(day), Notice(done))


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _back(day: str) -> str:
    """The calendar where the person was; the view is remembered."""
    try:
        known_day: date | None = day_of(day)
    except InvalidInput:
        known_day = None
    return f"/calendar?day={known_day}" if known_day else "/calendar"


def _parted(key: str) -> tuple[str, UUID]:
    kind, _dash, row_id = key.partition("-")
    try:
        if kind in {"post", "piece"}:
            return kind, UUID(row_id)
    except ValueError:
        pass
    raise InvalidInput("That is not a card of the calendar.", field="key")


def _seen_post(chosen: str) -> tuple[UUID, datetime]:
    key, _bar, seen = chosen.partition("|")
    return _parted(f"post-{key}")[1], _moment(seen)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 -- refused below
    if moment.tzinfo is None:
        raise InvalidInput("That is not a time. Open the calendar again.", field="seen")
    return within_reach(moment)
