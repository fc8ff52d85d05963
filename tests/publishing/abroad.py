"""Accounts on small networks that are as strict as the real ones, connected as a person connects them on the pages."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp
import pytest

from aipromote import settings
from aipromote.assets import actions as assets
from aipromote.assets.examining import examine
from aipromote.channels import connecting, queries
from aipromote.channels.connecting import LetGo
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.documents.content import MediaRef
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from assets import pictures
from connectors import meta_graph, slack_server, telegram_server, wordpress_server, x_server
from connectors.mastodon_server import MastodonServer
from connectors.slack_server import Slack
from connectors.telegram_server import Telegram
from connectors.threads_server import ThreadsServer
from connectors.wordpress_server import Site
from connectors.x_server import XServer
from publishing.scene import Scene

APPS = {
    "x": {"id": x_server.CLIENT, "secret": x_server.SECRET},
    "threads": {"id": meta_graph.CLIENT, "secret": meta_graph.SECRET},
}
ALT = "A loaf on a bicycle"


@dataclass(frozen=True)
class Kind:
    """A network: its server, how people get in, and what to ask the server."""

    name: str
    server: Callable[[], Any]
    texts: Callable[[Any], list[str]]
    """The words of what the server has, in order."""
    redirect_uri: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None


def _of_telegram(server: Telegram) -> list[str]:
    given = [one["given"] for one in server.messages.values()]
    return [one.get("text", one.get("caption", "")) for one in given]


KINDS = {
    one.name: one
    for one in (
        Kind("x", XServer, lambda server: [one["text"] for one in server.posts.values()], x_server.REDIRECT),
        Kind(
            "mastodon",
            MastodonServer,
            lambda server: [one["text"] for one in server.statuses],
            "https://founder.example/channels/callback",
        ),
        Kind(
            "threads",
            ThreadsServer,
            lambda server: [one["given"].get("text", "") for one in server.posts.values()],
            meta_graph.REDIRECT,
        ),
        Kind("telegram", Telegram, _of_telegram, given={"token": f" {telegram_server.TOKEN}", "chat": " @adanews "}),
        Kind(
            "slack",
            Slack,
            lambda server: [one["text"] for one in server.messages.values()],
            given={"token": slack_server.TOKEN, "channel": slack_server.CHANNEL},
        ),
        Kind(
            "wordpress",
            Site,
            lambda server: [one["content"]["raw"].removeprefix("<p>").partition("</p>")[0] for one in server.posts],
            given={"username": wordpress_server.USER, "password": wordpress_server.PASSWORD},
            title="Bread, by bicycle",
        ),
    )
}


@dataclass
class Abroad:
    """A startup and one account on one of these networks."""

    scene: Scene
    kind: Kind
    server: Any
    account: SocialAccount

    @property
    def texts(self) -> list[str]:
        return self.kind.texts(self.server)

    async def post(self, body: str = "Fresh bread.", **values: Any) -> ScheduledPost:
        title = {"title": self.kind.title} if self.kind.title else {}
        return await self.scene.post(account=self.account, body=body, **title, **values)

    async def with_picture(self, body: str = "Look.", **values: Any) -> ScheduledPost:
        refs = [MediaRef(asset_id=await taken_in(self.scene, pictures.picture(), "loaf.png"), alt_text=ALT)]
        return await self.post(body, media_refs=refs, **values)

    async def status(self, post: ScheduledPost) -> PostStatus:
        return (await self.scene.now(post)).status

    async def sent(self, post: ScheduledPost) -> ScheduledPost:
        """Work until nothing is owed: the post, which is out."""
        await self.scene.work_until_quiet()
        after = await self.scene.now(post)
        assert after.status is PostStatus.PUBLISHED, (after.status, after.error_kind, after.error_message)
        return after

    async def row(self) -> SocialAccount:
        key = {"organization_id": self.scene.startup.id, "account_id": self.account.id}
        async with self.scene.database.transaction(self.scene.startup.id) as session:
            return await queries.account(session, **key)

    async def disconnect(self) -> LetGo:
        key = {"organization_id": self.scene.startup.id, "account_id": self.account.id}
        return await connecting.disconnect(self.scene.database, self.scene.startup.owner, self.scene.http, **key)


async def taken_in(scene: Scene, content: bytes, name: str) -> UUID:
    """A file as it is uploaded on the pages."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        examined = await examine(file, name=name, organization_id=scene.startup.id)
    async with scene.database.transaction(scene.startup.id) as session:
        mine = {"organization_id": scene.startup.id, "examined": examined, "alt_text": ""}
        return (await assets.take_in(session, scene.startup.owner, **mine)).id


@contextmanager
def as_operated() -> Iterator[None]:
    """The settings of an operator with apps, a public address, and networks within the house."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIPROMOTE_NETWORKS_PRIVATE", "true")
        patch.setenv("AIPROMOTE_PUBLIC_URL", "https://founder.example")
        patch.setenv("AIPROMOTE_APPS", json.dumps(APPS))
        settings.get.cache_clear()
        yield
    settings.get.cache_clear()


@asynccontextmanager
async def living_in(scene: Scene, name: str) -> AsyncIterator[Abroad]:
    """An account there. The network's own address is the small server's; everything else is as in the product."""
    kind = KINDS[name]
    connector = registry.get(name)
    async with kind.server() as server:
        with pytest.MonkeyPatch.context() as patch:
            if not connector.is_server_chosen:
                patch.setattr(connector, "server", server.url)
            account = await (_signed_in if kind.given else _agreed)(scene, kind, server)
            yield Abroad(scene, kind, server, account)


async def _signed_in(scene: Scene, kind: Kind, server: Any) -> SocialAccount:
    outcome = await connecting.sign_in(
        scene.database,
        scene.startup.owner,
        scene.http,
        organization_id=scene.startup.id,
        connector=kind.name,
        server=server.url,
        given=kind.given,
    )
    [account] = outcome.accounts
    return account


async def _agreed(scene: Scene, kind: Kind, server: Any) -> SocialAccount:
    who = (scene.database, scene.startup.owner, scene.http)
    where = {"connector": kind.name, "redirect_uri": kind.redirect_uri, "server": server.url}
    address = await connecting.begin(*who, organization_id=scene.startup.id, **where)
    assert address.startswith(f"{server.url}/")
    code, state = server.agree(address) if hasattr(server, "agree") else await _visited(scene.http, address)
    outcome = await connecting.come_back(*who, organization_id=scene.startup.id, state=state, code=code)
    [account] = outcome.accounts
    return account


async def _visited(http: aiohttp.ClientSession, address: str) -> tuple[str, str]:
    """What comes back from a consent page that asks nothing."""
    async with http.get(address, allow_redirects=False) as answer:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return query["code"][0], query["state"][0]
