"""A small Reddit and an account on it, for the modules that test its connector."""

from dataclasses import replace

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import (
    App,
    Armed,
    Consent,
    Media,
    Part,
)
from aipromote.connectors.reddit import RedditConnector
from connectors.reddit_server import CLIENT, REDIRECT, SECRET, RedditServer

REDDIT = RedditConnector()
PNG = Media.of(b"\x89PNG-1", "image/png", "A chart")
JPEG = Media.of(b"\xff\xd8-2", "image/jpeg", "A photograph")
PART = Part("What we learned in a year.", title="A year of a small company")


class RedditHarness:
    connector = REDDIT

    def __init__(self, server) -> None:
        self.server = server

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- one style
        if kind == "refuse":
            self.server.refuses.append(("NO_SELFS", "that subreddit doesn't allow text posts", "sr"))
        else:
            self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [post["text"] for post in self.server.posts.values()]

    async def expire_access(self) -> None:
        self.server.end("access")

    async def revoke(self) -> None:
        self.server.end("access", "refresh")

    async def narrow_credentials(self):
        return replace(self.credentials, access_token=self.server.issue("access", {"identity"}))


def consent(server, subreddit="r/Startups", flair="") -> Consent:
    hint = {"subreddit": subreddit, "flair": flair}
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET), hint)


async def connect(http, server, subreddit="r/Startups", flair=""):
    asked = consent(server, subreddit, flair)
    code, state = server.agree(REDDIT.authorization_url(asked))
    assert state == "state-1"
    return await REDDIT.exchange(http, asked, code=code)


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with RedditServer() as server:
        made = RedditHarness(server)
        there, _ = await connect(http, server)
        made.credentials = there.credentials
        yield made


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


async def send(http, harness, part, armed=None):
    prepared = (await REDDIT.prepare(http, harness.credentials, part, None)).handle
    return await REDDIT.publish(http, harness.credentials, part, replace(armed or arm(), prepared=prepared))
