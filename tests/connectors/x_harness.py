"""A running X of the tests with a connected account, and what its tests do again and again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import App, Armed, Consent, Credentials, Published
from aipromote.connectors.x import XConnector
from connectors.x_server import CLIENT, REDIRECT, SECRET, XServer

X = XConnector()


class XHarness:
    def __init__(self, server: XServer) -> None:
        self.server = server
        self.connector = X
        self.post_id = "1"

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- X tells a moment only
        if kind == "delayed_visibility":
            self.server.shows_after = seconds
        else:
            self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [post["text"] for post in self.server.posts.values()]

    async def expire_access(self) -> None:
        self.server.end("access")

    async def revoke(self) -> None:
        self.server.end("access", "refresh")

    async def narrow_credentials(self) -> Credentials:
        return replace(self.credentials, access_token=self.server.issue("tweet.read users.read")["access_token"])


def consent(server) -> Consent:
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET))


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with XServer() as server:
        made = XHarness(server)
        asked = consent(server)
        code, state = server.agree(X.authorization_url(asked))
        assert state == "state-1"
        (grant,) = await X.exchange(http, asked, code=code)
        made.credentials = grant.credentials
        yield made


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


async def ready(http, harness, part) -> str:
    """Prepare until X is done with the files."""
    answer = await X.prepare(http, harness.credentials, part, None)
    while answer.ask_after is not None:
        assert timedelta(0) < answer.ask_after <= timedelta(minutes=5)
        answer = await X.prepare(http, harness.credentials, part, answer.handle)
    assert len(answer.handle) <= 2000
    return answer.handle


async def send(http, harness, part) -> Published:
    handle = await ready(http, harness, part) if X.prepares(part) else None
    return await X.publish(http, harness.credentials, part, arm(handle))
