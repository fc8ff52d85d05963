"""The audit trail: who did what and when, for administrators of the organization."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aipromote.audit import queries
from aipromote.audit.models import Entry
from aipromote.audit.queries import Wanted
from aipromote.audit.states import ActorKind
from aipromote.db.database import Database
from aipromote.db.paging import MOST
from aipromote.http.visits import Administering, database_of
from aipromote.languages import _
from aipromote.organizations import queries as organizations
from aipromote.web import acts
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/audit"
_PRODUCT = "product"
MOST_LINES = 100_000
"""Of one CSV file. Who wants more asks for a shorter time."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, as their form has them. What does not fit filters nothing: it is a reading page."""

    person: str
    kind: str
    since: date | None
    until: date | None

    def wanted(self, zone: str) -> Wanted:
        """For the query. Days are those of the organization's zone."""
        is_product = self.person == _PRODUCT
        return Wanted(
            subject=self.kind or None,
            user_id=UUID(self.person) if self.person and not is_product else None,
            by_product=is_product,
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until + timedelta(days=1), zone) if self.until else None,
        )

    @property
    def address(self) -> str:
        """The filters once more, for links."""
        return self.beyond("")

    def beyond(self, cursor: str) -> str:
        """The same, going on behind a cursor."""
        chosen = {"person": self.person, "kind": self.kind, "since": self.since, "until": self.until, "cursor": cursor}
        return urlencode({name: value for name, value in chosen.items() if value})


@router.get(_PAGE)
async def audit_page(
    request: Request,
    stay: Administering,
    *,
    person: str = "",
    kind: str = "",
    since: str = "",
    until: str = "",
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """The newest acts, or those behind the cursor."""
    asked = _asked(person, kind, since, until)
    mine, wanted = stay.organization_id, asked.wanted(stay.organization.time_zone)
    part = await queries.entries(stay.session, organization_id=mine, wanted=wanted, cursor=cursor)
    keys = {key.id: key.name for key in await organizations.api_keys(stay.session, organization_id=mine)}
    return page(
        request,
        "audit.html",
        stay=stay,
        asked=asked,
        entries=[_told(entry, keys) for entry in part.rows],
        preceding=part.preceding,
        following=part.following,
        people=await queries.people(stay.session, organization_id=mine),
        kinds=acts.KINDS,
        product=_PRODUCT,
        most=MOST_LINES,
    )


@router.get(_PAGE + "/download")
async def download(
    request: Request,
    stay: Administering,
    *,
    person: str = "",
    kind: str = "",
    since: str = "",
    until: str = "",
) -> Response:
    """The same as a CSV file, newest first, as it is read: no more than a page of it is ever in memory."""
    wanted = _asked(person, kind, since, until).wanted(stay.organization.time_zone)
    name = re.sub(r"[^A-Za-z0-9]+", "-", stay.organization.name).strip("-").lower() or "organization"
    lines = _lines(database_of(request), stay.organization_id, wanted)
    headers = {"content-disposition": f'attachment; filename="{name}-audit-trail.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(database: Database, organization_id: UUID, wanted: Wanted) -> AsyncIterator[str]:
    """Each piece in a transaction of its own: somebody with a slow line holds no connection."""
    yield _line(["at", "who", "kind", "user_id", "api_key_id", "action", "subject", "subject_id", "detail"])
    cursor, written = None, 0
    while True:
        async with database.transaction(organization_id) as session:
            part = await queries.entries(
                session, organization_id=organization_id, wanted=wanted, cursor=cursor, limit=MOST
            )
        yield "".join(_line(_cells(entry)) for entry in part.rows)
        cursor, written = part.following, written + len(part.rows)
        if cursor is None or written >= MOST_LINES:
            return


def _cells(entry: Entry) -> list[str]:
    return [
        entry.created_at.isoformat(),
        entry.actor_name,
        entry.actor_kind.lower(),
        str(entry.user_id or ""),
        str(entry.api_key_id or ""),
        entry.action,
        entry.subject,
        str(entry.subject_id),
        entry.detail.model_dump_json(exclude_none=True, exclude_defaults=True),
    ]


def _line(cells: list[str]) -> str:
    """A text that a spreadsheet could take for a formula begins with an apostrophe."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return line.getvalue()


def _told(entry: Entry, keys: dict[UUID, str]) -> dict[str, Any]:
    who = {
        ActorKind.PERSON: lambda: entry.actor_name,
        ActorKind.KEY: lambda: _(
            "%(name)s, by the API key “%(key)s”",
            name=entry.actor_name.partition(" (")[0],
            key=keys.get(entry.api_key_id, "?") if entry.api_key_id else "?",
        ),
        ActorKind.PRODUCT: lambda: _("AIPromote by itself"),
    }[entry.actor_kind]()
    return {
        "row": entry,
        "who": who,
        "what": acts.act(entry.action),
        "changes": list(acts.changes(entry.detail)),
        "page": acts.page_of(entry.subject, entry.subject_id),
    }


def _asked(person: str, kind: str, since: str, until: str) -> Asked:
    return Asked(_person(person), kind if kind in acts.KINDS else "", _day(since), _day(until))


def _person(text: str) -> str:
    try:
        return text if text == _PRODUCT else str(UUID(text))
    except ValueError:
        return ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day < date(3000, 1, 1) else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
