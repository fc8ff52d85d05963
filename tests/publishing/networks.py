"""The sandbox network under other terms: connectors that speak to it over HTTP, and differ in what they promise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import aiohttp
import pytest
from sqlalchemy import update

from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import (
    Armed,
    Certainty,
    Credentials,
    Limits,
    LookUp,
    Part,
    Processing,
    Published,
    Quota,
)
from aipromote.connectors.errors import ConnectorError
from aipromote.connectors.protocols import Connector
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.documents.vocabulary import Platform
from publishing.scene import Scene


class Metered(SandboxConnector):
    """Takes so many posts of an account within a time, and keeps them apart."""

    name = "metered"

    def __init__(self, *quotas: Quota, gap: float = 0.0) -> None:
        self.quotas, self.gap = quotas, gap

    def limits(self, platform: Platform) -> Limits:
        return replace(super().limits(platform), quotas=self.quotas, min_gap_seconds=self.gap)


class Says(SandboxConnector):
    """Answers calls with what it is told to, one after the other; then as the sandbox does."""

    name = "says"

    def __init__(
        self,
        *answers: Processing | ConnectorError,
        looked_up: Sequence[LookUp | ConnectorError] = (),
        grade: Certainty = Certainty.HANDLE,
    ) -> None:
        self.answers, self.looked_up, self.grade = list(answers), list(looked_up), grade
        self.asked: list[Armed] = []
        self.fired: list[Armed] = []

    def certainty_of(self, credentials: Credentials) -> Certainty:
        del credentials
        return self.grade

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        self.fired.append(armed)
        if not self.answers:
            return await super().publish(http, credentials, part, armed)
        answer = self.answers.pop(0)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        self.asked.append(armed)
        if not self.looked_up:
            return await super().look_up(http, credentials, part, armed)
        answer = self.looked_up.pop(0)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer


@contextmanager
def registered(connector: Connector) -> Iterator[None]:
    """Let accounts be reached through it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._ALL, connector.name, connector)
        yield


async def reach_through(scene: Scene, connector: Connector, account: SocialAccount | None = None) -> None:
    """From now on the account is reached through this connector."""
    account = account or scene.account
    async with scene.database.transaction(account.organization_id) as session:
        mine = update(SocialAccount).where(SocialAccount.id == account.id)
        await session.execute(mine.values(connector=connector.name))
