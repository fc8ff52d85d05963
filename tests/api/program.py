"""A program that reads the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from aipromote.db.database import Database
from aipromote.organizations import keys
from aipromote.organizations.states import Role
from factories.organizations import Startup


@dataclass
class Program:
    http: aiohttp.ClientSession
    address: str
    key: str = ""

    async def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> tuple[int, Any]:
        """Status and body."""
        given = {"Authorization": f"Bearer {self.key}"} if headers is None else headers
        plain = {name: str(value) for name, value in query.items()}
        async with self.http.get(self.address + path, params=plain, headers=given, allow_redirects=False) as answer:
            assert answer.content_type == "application/json", await answer.text()
            return answer.status, await answer.json()

    async def send(self, method: str, path: str, given: Any = None) -> tuple[int, Any]:
        """Status and body of a request that may change something; an answer without a body is None."""
        key = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        async with self.http.request(method, self.address + path, json=given, headers=key) as answer:
            if answer.status == 204:
                return 204, None
            assert answer.content_type == "application/json", await answer.text()
            return answer.status, await answer.json()

    async def post(self, path: str, given: Any = None) -> tuple[int, Any]:
        """Status and body."""
        return await self.send("POST", path, given)

    async def all(self, path: str, **query: Any) -> list[Any]:
        """Every row of a list, by its cursors."""
        rows: list[Any] = []
        status, part = await self.get(path, **query)
        while True:
            assert status == 200, part
            rows += part["data"]
            if part["next"] is None:
                return rows
            status, part = await self.get(path, **query, cursor=part["next"])


async def key_of(database: Database, startup: Startup, *, role: Role = Role.VIEWER) -> str:
    async with database.transaction(startup.id) as session:
        _, text = await keys.create(
            session, startup.owner, organization_id=startup.id, name="Nightly export", role=role
        )
    return text
