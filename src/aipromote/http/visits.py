"""Who asks, for which organization, in which transaction: the dependencies that every page takes.

One request is one transaction. It is opened with the request and committed before the answer leaves (that is what
`scope="function"` does; without it FastAPI commits after the answer was sent), or rolled back when the page raises.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

import aiohttp
from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

import aipromote.accounts.queries as accounts
import aipromote.organizations.queries as organizations
from aipromote import languages
from aipromote.accounts import sessions as browsers
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.db.database import Database, set_tenants
from aipromote.errors import AipromoteError, Conflict, NotAllowed, NotFound, NotSignedIn
from aipromote.http import cookies
from aipromote.organizations.models import Organization
from aipromote.organizations.queries import Place
from aipromote.organizations.states import Role
from aipromote.publishing import holds
from aipromote.publishing.models import PublishingHold

_ORDER = list(Role)
MADE_FOR = "made_for"
"""In the request's state: the organization that its form was made for, in hexadecimal; empty for none."""
_TYPED = 20
"""Characters from which on a field is a text that somebody would miss."""


class NoOrganization(AipromoteError):
    """The person is signed in and belongs to no organization yet."""

    status = 409


class OtherOrganization(Conflict):
    """The form was made for another organization than the browser shows now.

    `made_for` is None where the person belongs there no more; `typed` is what the form says, to be shown again.
    """

    def __init__(self, made_for: Place | None, shown: Place, typed: list[tuple[str, str]]) -> None:
        whose = f"for {made_for.name}" if made_for else "for an organization that you belong to no more"
        super().__init__(f"This form was made {whose}, and this browser has switched to {shown.name} since.")
        self.made_for = made_for
        self.typed = typed


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person's request. `places` are all organizations of that person."""

    session: AsyncSession
    user: User
    places: list[Place]

    @property
    def actor(self) -> Actor:
        """The person, for verbs."""
        return Actor(self.user.name or self.user.email, self.user.id)

    def trying(self) -> AbstractAsyncContextManager[object]:
        """Around a verb whose refusal the page shows instead of failing: takes back what the verb began."""
        return self.session.begin_nested()


@dataclass(frozen=True, slots=True)
class Stay(Visit):
    """A visit to one organization: the transaction sees its rows and no others."""

    organization: Organization
    role: Role
    hold: PublishingHold | None
    """What keeps all posts back, if anything does."""

    @property
    def organization_id(self) -> UUID:
        """For verbs and queries."""
        return self.organization.id

    def may(self, role: Role) -> bool:
        """Whether the person's role includes that one."""
        return _ORDER.index(self.role) <= _ORDER.index(role)


@dataclass(frozen=True, slots=True)
class Operator:
    """An administrator of the instance, who need not belong to any organization. No transaction is open meanwhile."""

    user: User
    zone: str
    """By whose clocks the pages go: the chosen organization's, or UTC."""
    is_member: bool

    @property
    def actor(self) -> Actor:
        """The person, for the log."""
        return accounts.actor_of(self.user)


def database_of(request: Request) -> Database:
    """The process's database."""
    database: Database = request.app.state.database
    return database


def http_of(request: Request) -> aiohttp.ClientSession:
    """The process's client for calls to networks."""
    http: aiohttp.ClientSession = request.app.state.http
    return http


async def _passing(request: Request) -> AsyncIterator[AsyncSession]:
    async with database_of(request).transaction() as session:
        yield session


async def _visiting(request: Request) -> AsyncIterator[Visit]:
    async with database_of(request).transaction() as session:
        user = await signed_in(session, request)
        yield Visit(session, user, await organizations.memberships_of(session, user_id=user.id))


async def _being(request: Request) -> AsyncIterator[Visit]:
    async with database_of(request).transaction() as session:
        try:
            visit: Visit = await _entered(session, request, Role.VIEWER)
        except NoOrganization:
            visit = Visit(session, await signed_in(session, request), [])
        yield visit


def _staying(least: Role) -> Callable[[Request], AsyncIterator[Stay]]:
    async def staying(request: Request) -> AsyncIterator[Stay]:
        async with database_of(request).transaction() as session:
            yield await _entered(session, request, least)

    return staying


@asynccontextmanager
async def entering(request: Request, least: Role) -> AsyncIterator[Stay]:
    """The same for a page that works outside of its transaction in between (reading an address takes seconds)."""
    async with database_of(request).transaction() as session:
        yield await _entered(session, request, least)


async def _reading(request: Request) -> AsyncIterator[Stay]:
    """Who somebody is and may do is asked of the primary, always; what the page shows, of the replica."""
    database = database_of(request)
    async with database.transaction() as session:
        stay = await _entered(session, request, Role.VIEWER)
        if database.replica is None or cookies.has_written(request):
            yield stay
            return
    async with database.reading(stay.organization_id) as session:
        yield replace(stay, session=session)


async def _operating(request: Request) -> Operator:
    async with database_of(request).transaction() as session:
        user = await administrator(session, request)
        places = await organizations.memberships_of(session, user_id=user.id)
        if not places:
            return Operator(user, "UTC", is_member=False)
        place = chosen_place(request, places)
        await set_tenants(session, [place.organization_id])
        zone = await organizations.time_zone(session, organization_id=place.organization_id)
        return Operator(user, zone.key, is_member=True)


async def _entered(session: AsyncSession, request: Request, least: Role) -> Stay:
    user = await signed_in(session, request)
    places = await organizations.memberships_of(session, user_id=user.id)
    place = chosen_place(request, places)
    await _refuse_elsewhere(request, places, place)
    await set_tenants(session, [place.organization_id])
    organization, hold = await holds.with_hold(session, organization_id=place.organization_id)
    stay = Stay(session, user, places, organization, place.role, hold)
    if not stay.may(least):
        raise NotAllowed(f"Your role in {organization.name} does not include this.")
    return stay


async def around(visit: Visit, request: Request) -> Stay | None:
    """The same visit with the frame of an organization around it, for pages about the person; None without one."""
    if not visit.places:
        return None
    place = chosen_place(request, visit.places)
    await set_tenants(visit.session, [place.organization_id])
    organization, hold = await holds.with_hold(visit.session, organization_id=place.organization_id)
    return Stay(visit.session, visit.user, visit.places, organization, place.role, hold)


async def _refuse_elsewhere(request: Request, places: list[Place], place: Place) -> None:
    """Raises OtherOrganization for a form from a page about another organization than the one that is shown now."""
    made_for = request.scope.get("state", {}).get(MADE_FOR, "")
    if not made_for or made_for == place.organization_id.hex:
        return
    form = await request.form()
    typed = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and len(value) > _TYPED]
    meant = next((one for one in places if one.organization_id.hex == made_for), None)
    raise OtherOrganization(meant, place, [(name, value) for name, value in typed if name != "csrf"])


async def signed_in(session: AsyncSession, request: Request) -> User:
    """The person behind the request's session cookie, or NotSignedIn."""
    token = cookies.session_token(request)
    found = await accounts.signed_in(session, token=token) if token else None
    if found is None:
        raise NotSignedIn("You are not signed in.")
    user, row = found
    await browsers.touch(session, row=row)
    languages.use(user.language)
    return user


async def administrator(session: AsyncSession, request: Request) -> User:
    """The signed-in administrator of the instance. Nobody else learns that there is a page: NotFound."""
    user = await signed_in(session, request)
    if user.role is not UserRole.ADMIN:
        raise NotFound("There is no such page.")
    return user


def chosen_place(request: Request, places: list[Place]) -> Place:
    """The organization that the cookie names, if the person belongs to it; otherwise the first one."""
    if not places:
        raise NoOrganization("You belong to no organization yet.")
    named = request.cookies.get(cookies.ORGANIZATION, "")
    return next((place for place in places if str(place.organization_id) == named), places[0])


Passing = Annotated[AsyncSession, Depends(_passing, scope="function")]
"""A transaction for somebody who need not be signed in: sees what belongs to nobody."""
Visiting = Annotated[Visit, Depends(_visiting, scope="function")]
"""A signed-in person, perhaps without an organization."""
Being = Annotated[Visit, Depends(_being, scope="function")]
"""A signed-in person on a page about themselves: a `Stay` for those with an organization, so that it has the frame."""
Viewing = Annotated[Stay, Depends(_staying(Role.VIEWER), scope="function")]
"""A member of an organization."""
Reading = Annotated[Stay, Depends(_reading, scope="function")]
"""A member of an organization, on a page that only shows and may be some seconds old: read from a replica if there is
one. Right after a form of their own people are shown the primary, so that they see what they did."""
Approving = Annotated[Stay, Depends(_staying(Role.APPROVER), scope="function")]
"""A member who may approve."""
Editing = Annotated[Stay, Depends(_staying(Role.EDITOR), scope="function")]
"""A member who may write."""
Administering = Annotated[Stay, Depends(_staying(Role.ADMIN), scope="function")]
"""A member who may connect accounts and accept strategies."""
Operating = Annotated[Operator, Depends(_operating, scope="function")]
"""An administrator of the instance."""
