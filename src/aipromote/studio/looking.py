"""Who looks, at which organization, in which transaction: one per request, read-only unless the settings say else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.accounts.queries import actor_of
from aipromote.db.database import Database

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


def chosen(request: Request) -> UUID | None:
    """The organization that the cookie names. The policies show nothing for one that does not exist."""
    try:
        return UUID(request.cookies.get(ORGANIZATION, ""))
    except ValueError:
        return None


class Transaction(BaseHTTPMiddleware):
    """Gives each request of the Studio its session, which commits before the answer leaves."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """One request. An answer that is an error takes everything back."""
        look: Look = request.state.look
        database: Database = request.state.database
        tenants = [look.organization_id] if look.organization_id is not None else []
        async with database.transaction(*tenants, read_only=not look.may_write) as session:
            request.state.session = session
            response = await call_next(request)
            if response.status_code >= 400:  # noqa: PLR2004 -- HTTP's first error
                await session.rollback()
            return response
