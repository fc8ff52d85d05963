"""The apps that networks know this instance by: from the settings, entered by an administrator, or made by a server.

Settings come first: what stands in the environment cannot be changed on a page. An account goes on with the app through
which it was connected, so a new one that is chosen disconnects nobody as long as the old one is kept.
A secret goes only to the server for which it was given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.channels.models import NetworkApp
from aipromote.connectors import registry
from aipromote.connectors.contract import App
from aipromote.connectors.protocols import Connector, by_oauth, registers
from aipromote.db.sealing import SealBroken, Sealed
from aipromote.errors import SetupError

Place = tuple[str, str]
"""(connector, server)."""

_FIND = text("SELECT * FROM doors.network_apps(CAST(:connectors AS text[]), CAST(:servers AS text[]))")
_SHOWN = 4
_LONG_ENOUGH = 12
"""Of a shorter secret nothing is shown: its end would be too much of it."""


class Source(StrEnum):
    """Where an app comes from."""

    SETTINGS = "settings"
    PAGE = "page"
    SERVER = "server"  # it registered the app by itself


@dataclass(frozen=True, slots=True)
class Known:
    """An app, as it is stored or set. The secret is opened when it is used."""

    connector: str
    server: str
    client_id: str
    source: Source
    redirect_uri: str | None = None
    secret: str = field(default="", repr=False)

    @property
    def app(self) -> App:
        """For connectors."""
        return App(self.client_id, self.secret)

    @property
    def ending(self) -> str:
        """The last characters of the secret, to tell one from another; nothing of a short one."""
        return self.secret[-_SHOWN:] if len(self.secret) >= _LONG_ENOUGH else ""


@dataclass(slots=True)
class _Row:
    """What the door hands out."""

    organization_id: UUID
    id: UUID
    client_secret_sealed: bytes | None = field(repr=False)

    __tablename__ = NetworkApp.__tablename__
    client_secret = Sealed()


def uses(connector: Connector) -> bool:
    """Whether its accounts are connected through an app."""
    return by_oauth(connector) and (connector.needs_app or registers(connector))


def is_entered(connector: Connector) -> bool:
    """Whether the operator has to register that app: there is one, for the network's own server."""
    return by_oauth(connector) and connector.needs_app and not registers(connector)


def place_of(connector: Connector, server: str) -> Place:
    """Where the app of an account at this server is registered: at the network's own server unless people choose."""
    return connector.name, server if connector.is_server_chosen else connector.server


def from_settings() -> dict[Place, Known]:
    """Those in AIPROMOTE_APPS, for networks that there are. SetupError when it cannot be read."""
    found = {}
    for name, app in _parsed(settings.get().apps.get_secret_value()).items():
        if name in registry.names() and is_entered(connector := registry.get(name)):
            known = Known(name, connector.server, app.client_id, Source.SETTINGS, secret=app.client_secret)
            found[name, connector.server] = known
    return found


def unknown_in_settings() -> list[str]:
    """Names in AIPROMOTE_APPS that are no network with an app."""
    names = {name for name, _ in from_settings()}
    return sorted(set(_parsed(settings.get().apps.get_secret_value())) - names)


@lru_cache(maxsize=4)
def _parsed(raw: str) -> dict[str, App]:
    if not raw.strip():
        return {}
    try:
        given = json.loads(raw)
        return {str(name): App(_given(app, "id"), str(app.get("secret") or "")) for name, app in given.items()}
    except (ValueError, AttributeError, TypeError, KeyError) as error:  # its text may hold a secret: only the kind
        raise SetupError(
            f"AIPROMOTE_APPS cannot be read ({type(error).__name__}). Write it as JSON: "
            '{"x": {"id": "…", "secret": "…"}}.'
        ) from None


def _given(app: Any, name: str) -> str:
    value = app[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(name)
    return value.strip()


async def all_known(session: AsyncSession, places: Iterable[Place]) -> dict[Place, list[Known]]:
    """The apps of these servers, the one that connects first. Secrets that do not open are left out."""
    wanted = sorted(set(places))
    set_apart = from_settings()
    found = {place: [set_apart[place]] if place in set_apart else [] for place in wanted}
    if not wanted:
        return found
    columns = {"connectors": [name for name, _ in wanted], "servers": [server for _, server in wanted]}
    for row in await session.execute(_FIND, columns):
        try:
            secret = _Row(row.organization_id, row.id, row.client_secret).client_secret or ""
        except SealBroken:
            continue
        source = Source.SERVER if row.redirect_uri else Source.PAGE
        known = Known(row.connector, row.server, row.client_id, source, row.redirect_uri, secret)
        found[row.connector, row.server].append(known)
    return found


async def current(session: AsyncSession, connector: Connector, server: str, *, redirect_uri: str) -> Known | None:
    """The app that connects accounts of this server now, if there is one."""
    place = place_of(connector, server)
    known = (await all_known(session, [place]))[place]
    return next((one for one in known if one.redirect_uri in {None, redirect_uri}), None)


def through(known: Sequence[Known], client_id: str | None) -> App | None:
    """Of a server's apps the one of this id. An account that names none, or one that is gone, gets the newest."""
    chosen = next((one for one in known if one.client_id == client_id), None)
    return chosen.app if chosen else known[0].app if known else None


class Connected(Protocol):
    """What is asked of an account, as a row or as plain values."""

    organization_id: Any
    id: Any
    connector: Any
    server: Any
    client_id: Any


async def of_accounts(session: AsyncSession, accounts: Iterable[Connected]) -> dict[tuple[UUID, UUID], App]:
    """The apps through which accounts were connected, by (organization, account). Asks nothing where none has one."""
    using = [one for one in accounts if one.connector in registry.names() and uses(registry.get(one.connector))]
    if not using:
        return {}
    places = {(one.organization_id, one.id): place_of(registry.get(one.connector), one.server) for one in using}
    known = await all_known(session, places.values())
    found = {}
    for one in using:
        key = (one.organization_id, one.id)
        if (app := through(known[places[key]], one.client_id)) is not None:
            found[key] = app
    return found


def missing(connector: Connector) -> str:
    """What people read while there is no app."""
    return (
        f"The operator of this instance has not registered an app with {connector.platform.label} yet. "
        f"An administrator does that once, under Operations, Apps."
    )
