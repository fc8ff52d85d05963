"""Who calls: the key in the request's header, and a transaction that can only read that key's organization."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from aipromote.db import paging
from aipromote.db.database import Database
from aipromote.errors import NotSignedIn
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.visits import database_of
from aipromote.organizations import keys
from aipromote.organizations.states import Role

PREFIX = "/api/v1"
_WRONG_KEYS = Allowance(tries=20, seconds=300)
"""For each address. A right key is never counted, and is let in meanwhile."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request with a valid key."""

    session: AsyncSession
    holder: keys.Holder

    @property
    def organization_id(self) -> UUID:
        """The key's organization, and the only one that the transaction sees."""
        return self.holder.organization_id


def _calling(least: Role) -> Callable[[Request], AsyncIterator[Call]]:
    async def calling(request: Request) -> AsyncIterator[Call]:
        database = database_of(request)
        holder = await _holder(request, database)
        keys.require_role(holder, least)
        async with database.transaction(holder.organization_id) as session:
            await session.execute(text("SET TRANSACTION READ ONLY"))
            yield Call(session, holder)

    return calling


async def _holder(request: Request, database: Database) -> keys.Holder:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    shown = key.strip() if scheme.lower() == "bearer" else ""
    try:
        async with database.transaction() as session:  # of its own: the use of a key is noted whatever it asks for
            return await keys.admit(session, text=shown)
    except NotSignedIn:
        attempts: Attempts = request.app.state.attempts
        await attempts.spend(_WRONG_KEYS, "api-key", request.client.host if request.client else "")
        raise


Reading = Annotated[Call, Depends(_calling(Role.VIEWER), scope="function")]
"""Any key."""
Administering = Annotated[Call, Depends(_calling(Role.ADMIN), scope="function")]
"""A key of an administrator."""
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` or `previous` of an earlier answer.")]
Limit = Annotated[int, Query(ge=1, description=f"Rows in the answer; at most {paging.MOST}.")]
