"""A version as a form. Only what was changed in it is handed on; everything that follows from that is recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput, StaleRevision
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering
from aipromote.languages import _
from aipromote.strategy import actions, queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.plans import tree, wording
from aipromote.strategy.plans.tree import AUDIENCES, CHANNELS, PILLARS, POSITIONING, SLOTS, WINDOWS
from aipromote.web import words
from aipromote.web.render import page

router = APIRouter()

_LONG = {"brief", "description", "primary_message", "messaging_hierarchy", "value_props", "differentiators",
         "pain_points", "key_messages", "topics", "platforms"}  # fmt: skip
_LISTS = {"messaging_hierarchy", "value_props", "differentiators", "pain_points", "key_messages", "topics", "platforms"}
_NUMBERS = {"share": (0, 100), "posts_per_week": (1, 100)}
_ROLES = ("primary", "secondary", "experimental")
_SPAN = timedelta(days=28)
_PREFIX = "at:"
"""Of the names of fields that are paths of the plan."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `kind` is text, lines, number, date, or choice."""

    path: str
    word: str
    value: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 0
    error: str = ""

    @property
    def name(self) -> str:
        """In the form."""
        return f"{_PREFIX}{self.path}"


@dataclass(frozen=True, slots=True)
class Block:
    """Fields of one part of the plan."""

    title: str
    fields: list[Field]
    path: str = ""


@router.get("/strategy/{strategy_id}/edit")
async def edit_page(
    request: Request, stay: Administering, strategy_id: UUID, since: date | None = None, part: str = ""
) -> Response:
    """The plan's words and numbers, or of them one `part` by its path; with `since`, four weeks from that day."""
    row = await queries.strategy(stay.session, organization_id=stay.organization_id, strategy_id=strategy_id)
    return _form(request, stay, row, since=since, part=part)


@router.post("/strategy/{strategy_id}/edit")
async def edit(
    request: Request,
    stay: Administering,
    strategy_id: UUID,
    seen: Annotated[str, Form()] = "",
    since: Annotated[date | None, Form()] = None,
) -> Response:
    """Save what was changed, and show what that changes of the plan."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    row = await queries.strategy(stay.session, **mine, strategy_id=strategy_id)
    form = await request.form()
    given = {
        name.removeprefix(_PREFIX): value.replace("\r\n", "\n").strip()
        for name, value in form.items()
        if name.startswith(_PREFIX) and isinstance(value, str)
    }
    known = {field.path: field.value for block in _blocks(row, since) for field in block.fields}
    edits = {path: value for path, value in given.items() if known.get(path, "").strip() != value}
    try:
        async with stay.trying():
            made = await actions.edit(
                stay.session, stay.actor, **mine, strategy_id=strategy_id, edits=edits, seen=seen or None
            )
    except (InvalidInput, StaleRevision) as refused:
        await stay.session.refresh(row)
        return _form(request, stay, row, since=since, part=str(form.get("part", "")), given=given, refused=refused)
    if made.id == row.id and not edits:
        return see_other(f"/strategy/{strategy_id}/edit", Notice(_("Nothing was changed."), "careful"))
    return see_other(
        f"/strategy/{made.id}/changes",
        Notice(_("Saved as version %(version)s. It becomes the plan when it is accepted here.", version=made.version)),
    )


def _form(
    request: Request,
    stay: Any,
    row: AIStrategy,
    *,
    since: date | None,
    part: str = "",
    given: Mapping[str, str] | None = None,
    refused: InvalidInput | StaleRevision | None = None,
) -> Response:
    first = min(slot.date for slot in row.calendar_skeleton)
    last = max(slot.date for slot in row.calendar_skeleton)
    spans = [first + _SPAN * number for number in range((last - first) // _SPAN + 1)]
    where = refused.field if refused else None
    every = _blocks(row, since, given or {}, {where: refused.message} if refused and where else {})
    # A part that is not there any more: all of the plan is shown, so that nothing that was typed is out of sight.
    blocks = _only(part, every) if part else every
    return page(
        request,
        "strategy_edit.html",
        stay=stay,
        strategy=row,
        seen=queries.digest(row),
        since=since,
        part=part if part and blocks else "",
        spans=[
            (day, f"{words.day_and_month(day)} – {words.day_and_month(day + _SPAN - timedelta(days=1))}")
            for day in spans
        ],
        blocks=blocks or every,
        refused=refused.message if refused else "",
        status=refused.status if refused else 200,
    )


def _only(part: str, blocks: list[Block]) -> list[Block]:
    """The block with this path, or the one field that has it."""
    return [one for one in blocks if one.path == part] or [
        Block(block.title, [field]) for block in blocks for field in block.fields if field.path == part
    ]


def _blocks(
    row: AIStrategy,
    since: date | None,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Block]:
    found = tree.tree_of(queries.document(row))
    maker = _Maker(found, given or {}, errors or {})
    if since is not None:
        within = sorted(
            key for key in found[SLOTS] if since <= date.fromisoformat(tree.place_of(key)[0]) < since + _SPAN
        )
        return [maker.slot(key) for key in within]
    return [
        Block("Positioning", [maker.field(POSITIONING, tree.WHOLE, name) for name in tree.FIELDS[POSITIONING]]),
        *(maker.named(PILLARS, key) for key in found[PILLARS]),
        *(maker.named(AUDIENCES, key) for key in found[AUDIENCES]),
        *(maker.channel(key) for key in found[CHANNELS]),
    ]


class _Maker:
    """Makes fields of a tree, with what was typed where it was refused."""

    def __init__(self, found: tree.Tree, given: Mapping[str, str], errors: Mapping[str, str]) -> None:
        self._tree, self._given, self._errors = found, given, errors

    def field(self, section: str, key: str, name: str, value: Any = None, **more: Any) -> Field:
        path = tree.path_of(section, key, name)
        value = self._tree[section][key].get(name) if value is None else value
        if name == "platforms":
            value = [wording.platform(one) for one in value]
        text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        kind = "lines" if name in _LONG else "number" if name in _NUMBERS else "text"
        least, most = _NUMBERS.get(name, (0, 0))
        word = wording.WORDS.get(name, name).removeprefix("Positioning: ")
        word = f"{word[:1].upper()}{word[1:]}" + (", one a line" if name in _LISTS else "")
        made: dict[str, Any] = {"kind": kind, "least": least, "most": most, "word": word} | more
        return Field(path=path, value=self._given.get(path, text), error=self._errors.get(path, ""), **made)

    def named(self, section: str, key: str) -> Block:
        others = [name for name in tree.FIELDS[section] if name != "share"]
        fields = [self.field(section, key, "name", key), *(self.field(section, key, one) for one in ("share", *others))]
        return Block(wording.subject(section, key), fields, tree.path_of(section, key, None))

    def channel(self, key: str) -> Block:
        roles = tuple((one, one.capitalize()) for one in _ROLES)
        fields = [
            self.field(CHANNELS, key, "role", kind="choice", choices=roles),
            self.field(CHANNELS, key, "posts_per_week"),
            self.field(CHANNELS, key, "focus"),
        ]
        for window, part in self._tree[WINDOWS].items():
            platform, weekday, _ = tree.place_of(window)
            if platform == key:
                hours = f"{part['hours']['from']}–{part['hours']['to']}"
                fields.append(
                    self.field(WINDOWS, window, "hours", hours, word=f"{wording.DAYS[int(weekday)]}s, from–to")
                )
        return Block(wording.platform(key), fields, tree.path_of(CHANNELS, key, None))

    def slot(self, key: str) -> Block:
        day, platform, _ = tree.place_of(key)
        pillars = tuple((name, name) for name in self._tree[PILLARS])
        platforms = tuple((one, Platform(one).label) for one in self._tree[CHANNELS])
        fields = [
            self.field(SLOTS, key, "date", day, kind="date"),
            self.field(SLOTS, key, "platform", platform, kind="choice", choices=platforms),
            self.field(SLOTS, key, "pillar", kind="choice", choices=pillars),
            self.field(SLOTS, key, "theme", kind="text"),
        ]
        return Block(wording.subject(SLOTS, key), fields)
