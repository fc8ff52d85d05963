"""Networks that want something before a post is fired, and posts with a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import aiohttp
from sqlalchemy import select

from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.connectors.contract import Armed, Credentials, Part, Prepared, Published
from aipromote.connectors.errors import (
    ConnectorError,
)
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.documents.content import MediaRef
from aipromote.publishing.models import PostPreparation, ScheduledPost
from aipromote.publishing.step import publish_batch
from publishing.scene import CALM, IMPATIENT, Scene

PNG = b"\x89PNG\r\n\x1a\n and so on"


class Prepares(SandboxConnector):
    """Answers `prepare` with what it is told to, then as the sandbox does."""

    name = "prepares"

    def __init__(self, *answers: Prepared | ConnectorError, fired: Sequence[ConnectorError] = ()) -> None:
        self.answers, self.failures = list(answers), list(fired)
        self.handles: list[str | None] = []
        self.parts: list[Part] = []
        self.armed: list[Armed] = []

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        self.handles.append(prepared)
        self.parts.append(part)
        if not self.answers:
            return await super().prepare(http, credentials, part, prepared)
        answer = self.answers.pop(0)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        self.armed.append(armed)
        if self.failures:
            raise self.failures.pop(0)
        media = armed.prepared if armed.prepared and armed.prepared.startswith("[") else "[]"
        known = Armed(armed.key, armed.armed_at, prepared=media)
        answer = await super().publish(http, credentials, part, known)
        assert isinstance(answer, Published)
        return answer


class Always(Prepares):
    """Wants a container for every message, as Threads does."""

    name = "always"

    def prepares(self, part: Part) -> bool:
        del part
        return True


class Along(Prepares):
    """Files go along with the call that publishes, which takes longer than calls may take, as for Telegram."""

    name = "along"

    def prepares(self, part: Part) -> bool:
        del part
        return False

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        prepared = await SandboxConnector.prepare(self, http, credentials, part, None)
        if part.media:
            await asyncio.sleep(2 * IMPATIENT.fire_timeout)
        return await super().publish(http, credentials, part, replace(armed, prepared=prepared.handle))


async def picture(scene: Scene, content: bytes = PNG) -> UUID:
    async with scene.database.transaction(scene.startup.id) as session:
        file = {"name": "loaf.png", "content": content, "mime_type": "image/png", "type": AssetType.IMAGE}
        return (await assets.store(session, scene.startup.owner, organization_id=scene.startup.id, **file)).id


async def with_picture(scene: Scene, **values: object) -> ScheduledPost:
    return await scene.post(body="Look.", media_refs=[MediaRef(asset_id=await picture(scene))], **values)


async def preparation(scene: Scene) -> PostPreparation | None:
    async with scene.database.transaction(scene.startup.id) as session:
        return await session.scalar(select(PostPreparation))


async def fire(scene: Scene, post: ScheduledPost) -> ScheduledPost:
    """The publish step alone, as if no worker had come to the files."""
    await publish_batch(scene.database, scene.http, [(post.organization_id, post.id)], pace=CALM)
    return await scene.now(post)


def uploads(scene: Scene) -> int:
    found = scene.network_store.one("SELECT count(*) AS n FROM media")
    return 0 if found is None else int(found["n"])
