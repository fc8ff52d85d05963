"""Who calls: the key in the request's header, and a transaction that sees only that key's organization.

What only reads gets a transaction that can do nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from aipromote.accounts.actor import Actor
from aipromote.db import paging
from aipromote.db.database import Database
from aipromote.errors import NotSignedIn
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
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

    @property
    def actor(self) -> Actor:
        """In whose name something is done: the key's person, with the key's name beside it."""
        return self.holder.actor


@dataclass(frozen=True, slots=True)
class Caller:
    """The same for what opens its transactions itself, because it waits for others in between."""

    database: Database
    holder: keys.Holder

    @property
    def organization_id(self) -> UUID:
        """The key's organization."""
        return self.holder.organization_id


async def _asking(request: Request) -> Caller:
    database = database_of(request)
    holder = await _holder(request, database)
    keys.require_role(holder, Role.VIEWER)
    return Caller(database, holder)


def _calling(least: Role) -> Callable[[Request], AsyncIterator[Call]]:
    async def calling(request: Request) -> AsyncIterator[Call]:
        async with _transaction(request, await admitted(request, least)) as call:
            await call.session.execute(text("SET TRANSACTION READ ONLY"))
            yield call

    return calling


def _acting(least: Role) -> Callable[[Request], AsyncIterator[Call]]:
    async def acting(request: Request) -> AsyncIterator[Call]:
        async with _transaction(request, await admitted(request, least)) as call:
            yield call

    return acting


async def admitted(request: Request, least: Role) -> keys.Holder:
    """Who calls, if the key may that much. Opens no transaction that stays open."""
    holder = await _holder(request, database_of(request))
    keys.require_role(holder, least)
    return holder


@asynccontextmanager
async def acting_again(request: Request, least: Role) -> AsyncIterator[Call]:
    """For what works outside of its transaction first (reading an address takes seconds).

    The key is looked at anew: it may have been revoked meanwhile.
    """
    async with _transaction(request, await admitted(request, least)) as call:
        yield call


@asynccontextmanager
async def _transaction(request: Request, holder: keys.Holder) -> AsyncIterator[Call]:
    async with database_of(request).transaction(holder.organization_id) as session:
        yield Call(session, holder)


async def _holder(request: Request, database: Database) -> keys.Holder:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    shown = key.strip() if scheme.lower() == "bearer" else ""
    try:
        async with database.transaction() as session:  # of its own: the use of a key is noted whatever it asks for
            return await keys.admit(session, text=shown)
    except NotSignedIn:
        attempts: Attempts = request.app.state.attempts
        await attempts.spend(_WRONG_KEYS, "api-key", tries_of(request))
        raise


Reading = Annotated[Call, Depends(_calling(Role.VIEWER), scope="function")]
"""Any key."""
Asking = Annotated[Caller, Depends(_asking)]
"""Any key, without a transaction."""
Administering = Annotated[Call, Depends(_calling(Role.ADMIN), scope="function")]
"""A key of an administrator."""
Overseeing = Annotated[Call, Depends(_calling(Role.APPROVER), scope="function")]
"""A key that may look at what only reviewers see."""
Commenting = Annotated[Call, Depends(_acting(Role.APPROVER), scope="function")]
"""A key that may review: comment and make links, but never approve, which only a person can."""
Editing = Annotated[Call, Depends(_acting(Role.EDITOR), scope="function")]
"""A key that may write, in a transaction that may, too."""
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` or `previous` of an earlier answer.")]
Limit = Annotated[int, Query(ge=1, description=f"Rows in the answer; at most {paging.MOST}.")]
