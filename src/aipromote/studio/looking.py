"""Who looks, at which organization, in which transaction: one per request, read-only unless the settings say else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.accounts.queries import actor_of
from aipromote.db.database import Database
from aipromote.db.retrying import sqlstate
from aipromote.errors import AipromoteError
from aipromote.http import cookies, signing

ORGANIZATION = "aipromote_studio_organization"
"""The cookie that names the chosen organization."""
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """An organization that may be chosen."""

    organization_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a request of the Studio may see."""

    administrator: User
    organization_id: UUID | None
    may_write: bool

    @property
    def actor(self) -> Actor:
        """Under whose name the audit trail has it."""
        return actor_of(self.administrator)


async def choices(session: AsyncSession, *, administrator: UUID, named: str = "") -> list[Choice]:
    """Organizations by name, at most `MAX_SHOWN`; none for somebody who is no administrator."""
    rows = await session.execute(
        text("SELECT organization_id, name FROM doors.organizations_for(:administrator, :named, :how_many)"),
        {"administrator": administrator, "named": named, "how_many": MAX_SHOWN},
    )
    return [Choice(row.organization_id, row.name) for row in rows]


def chosen(request: Request, *, administrator: UUID) -> UUID | None:
    """The organization that this administrator chose; None for a cookie of somebody else's making.

    Choosing leaves a line in the audit trail, so a cookie that was written by hand does not choose.
    """
    value, _, signature = request.cookies.get(ORGANIZATION, "").partition(".")
    if not value or not signing.fits(_purpose(administrator), value, signature):
        return None
    return UUID(value)


def keep_choice(response: Response, organization_id: UUID, *, administrator: UUID) -> None:
    """Until the browser closes."""
    signature = signing.sign(_purpose(administrator), str(organization_id))
    cookies.put(response, ORGANIZATION, f"{organization_id}.{signature}")


def _purpose(administrator: UUID) -> str:
    return f"studio choice of {administrator}"


class Transaction(BaseHTTPMiddleware):
    """Gives each request of the Studio its session, which commits before the answer leaves."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """One request. An answer that is an error takes everything back."""
        look: Look = request.state.look
        database: Database = request.state.database
        tenants = [look.organization_id] if look.organization_id is not None else []
        async with database.transaction(*tenants, read_only=not look.may_write) as session:
            request.state.session = session
            response = await _answer(request, call_next)
            if response.status_code >= 400:  # noqa: PLR2004 -- HTTP's first error
                await session.rollback()
            return response


async def _answer(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """What the library answers; where an address or a form asks for what cannot be, that in words."""
    try:
        return await call_next(request)
    except AipromoteError as error:
        return PlainTextResponse(error.message, status_code=error.status)
    except StatementError as error:
        if isinstance(error, DBAPIError) and (error.connection_invalidated or not _is_about_a_value(error)):
            raise
        return PlainTextResponse("There can be no such row. Go back and choose another one.", status_code=400)


def _is_about_a_value(error: DBAPIError) -> bool:
    """PostgreSQL's class of errors 22, or the driver's own refusal, which has none."""
    return (sqlstate(error) or "22").startswith("22")
