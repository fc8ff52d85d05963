"""An account on a running sandbox network, and ways to open it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import pytest
from sqlalchemy import update

from aipromote import clock
from aipromote.channels import queries, tokens
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import Credentials
from aipromote.connectors.protocols import Connector
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.db.database import Database
from aipromote.sandbox.store import STORE
from sandbox.network import Network


class Counted(SandboxConnector):
    """Counts how often it is asked for new tokens."""

    name = "counted"

    def __init__(self) -> None:
        self.calls = 0

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        self.calls += 1
        return await super().refresh(http, credentials)


class Gated(Counted):
    """A slow network: it answers once the gate is open."""

    name = "gated"

    def __init__(self) -> None:
        super().__init__()
        self.called, self.gate = asyncio.Event(), asyncio.Event()

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        self.called.set()
        await self.gate.wait()
        return await super().refresh(http, credentials)


T = TypeVar("T", bound=Connector)


@contextmanager
def through(connector: T) -> Iterator[T]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._ALL, connector.name, connector)
        yield connector


@dataclass
class Door:
    database: Database
    network: Network
    http: aiohttp.ClientSession
    account: SocialAccount

    async def open(self, **options: Any) -> Credentials:
        key = {"organization_id": self.account.organization_id, "account_id": self.account.id}
        return await tokens.fresh_credentials(self.database, self.http, **key, **options)

    async def row(self) -> SocialAccount:
        async with self.database.transaction(self.account.organization_id) as session:
            key = {"organization_id": self.account.organization_id, "account_id": self.account.id}
            return await queries.account(session, **key)

    async def ends_at(self, seconds: float) -> None:
        await self.set(expires_at=clock.after(seconds))

    async def set(self, **values: Any) -> None:
        async with self.database.transaction(self.account.organization_id) as session:
            await session.execute(update(SocialAccount).values(values))

    async def reach_through(self, connector: Connector) -> None:
        await self.set(connector=connector.name)

    def refreshes(self) -> int:
        """How often the network gave out a refresh token, the consent's own included."""
        row = self.network._server.app[STORE].one("SELECT count(*) AS n FROM tokens WHERE kind = 'refresh'")
        return row["n"]
