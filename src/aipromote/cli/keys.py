"""`aipromote keys …`: keys for programs, made in the name of a person of this instance."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import queries as accounts
from aipromote.accounts.actor import Actor
from aipromote.cli.instance import servers
from aipromote.db.database import Database, set_tenants
from aipromote.errors import InvalidInput, NotFound
from aipromote.organizations import keys, queries
from aipromote.organizations.models import ApiKey
from aipromote.organizations.queries import Place
from aipromote.organizations.states import Role

T = TypeVar("T")
Work = Callable[[AsyncSession, Actor, Place], Awaitable[T]]


def create(*, name: str, person: str, organization: str | None, role: str, days: int | None, data: Path | None) -> None:
    """Make a key and print it: on standard output the key alone, so that it can be piped into a secret store."""
    wanted, until = _role(role), _until(days)

    async def work(session: AsyncSession, actor: Actor, place: Place) -> tuple[ApiKey, str]:
        return await keys.create(
            session, actor, organization_id=place.organization_id, name=name, role=wanted, expires_at=until
        )

    with servers(data):
        key, text = asyncio.run(acting(person, organization, work))
    end = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "until it is revoked"
    sys.stderr.write(f"The key {key.prefix} may what a {key.role.lower()} may, {end}. It is shown this once:\n")
    sys.stdout.write(f"{text}\n")


def show(*, person: str, organization: str | None, data: Path | None, as_json: bool) -> None:
    """List the keys of the organization, never the keys themselves."""

    async def work(session: AsyncSession, _actor: Actor, place: Place) -> list[ApiKey]:
        return await queries.api_keys(session, organization_id=place.organization_id)

    with servers(data):
        found = asyncio.run(acting(person, organization, work))
    if as_json:
        sys.stdout.write(json.dumps([_facts(key) for key in found], default=str) + "\n")
    elif found:
        Console(highlight=False).print(_table(found))
    else:
        sys.stdout.write("There are no keys. Make one: aipromote keys create NAME --person EMAIL\n")


def revoke(*, key_id: str, person: str, organization: str | None, data: Path | None) -> None:
    """Take a key back."""
    chosen = _id(key_id)

    async def work(session: AsyncSession, actor: Actor, place: Place) -> ApiKey:
        return await keys.revoke(session, actor, organization_id=place.organization_id, key_id=chosen)

    with servers(data):
        key = asyncio.run(acting(person, organization, work))
    sys.stdout.write(f"The key {key.prefix} ({key.name}) opens nothing any more.\n")


async def acting(person: str, organization: str | None, work: Work[T]) -> T:
    """Do it as this person, in one transaction of their organization."""
    database = Database.from_settings("aipromote command")
    try:
        async with database.transaction() as session:
            user = await accounts.by_email(session, email=person)
            place = _chosen(await queries.memberships_of(session, user_id=user.id), organization)
            await set_tenants(session, [place.organization_id])
            return await work(session, accounts.actor_of(user), place)
    finally:
        await database.close()


def _chosen(places: list[Place], named: str | None) -> Place:
    """The organization by its name or id; the only one where none is named."""
    fitting = [place for place in places if named is None or named in {place.name, str(place.organization_id)}]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise NotFound("This person belongs to no such organization.")
    names = ", ".join(f"{place.name} ({place.organization_id})" for place in fitting)
    raise InvalidInput(f"Say which organization is meant, with --organization: {names}.")


def _until(days: int | None) -> datetime | None:
    try:
        return None if days is None else clock.now() + timedelta(days=days)
    except OverflowError:
        raise InvalidInput(f"{days} days are beyond the calendar. Leave --days out for a key without an end.") from None


def _role(text: str) -> Role:
    try:
        return Role(text.upper())
    except ValueError:
        raise InvalidInput(f"There is no role {text}. Roles: {', '.join(role.lower() for role in Role)}.") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{text} is not the id of a key. `aipromote keys list` shows the ids.") from None


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= clock.now() else "valid"


def _facts(key: ApiKey) -> dict[str, object]:
    names = ("id", "name", "prefix", "role", "user_id", "created_at", "last_used_at", "expires_at", "revoked_at")
    return {name: getattr(key, name) for name in names} | {"state": _state(key)}


def _table(found: list[ApiKey]) -> Table:
    table = Table("id", "name", "key", "role", "state", "last used")
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"
        table.add_row(str(key.id), key.name, key.prefix, key.role.lower(), _state(key), used)
    return table
