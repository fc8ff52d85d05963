"""A Slack workspace on loopback, and a bot in it."""

import html
from dataclasses import replace

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Armed, Media
from aipromote.connectors.slack import SlackConnector
from connectors.slack_server import CHANNEL, TOKEN, Slack

GIVEN = {"token": TOKEN, "channel": CHANNEL}
PICTURE, FILM = Media.of(b"\x89PNG", "image/png", "A chart"), Media.of(b"v" * 3_000_000, "video/mp4")


class SlackHarness:
    post_id = "1777887000.000100"

    def __init__(self, server: Slack) -> None:
        self.server = server
        self.connector = SlackConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- Slack tells seconds only
        self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [html.unescape(one["text"]) for one in self.server.messages.values()]

    async def revoke(self) -> None:
        self.server.token = "none"

    async def narrow_credentials(self):
        self.server.scopes = {"channels:read"}
        return self.credentials


async def opened(http, server, **given) -> SlackHarness:
    made = SlackHarness(server)
    (grant,) = await made.connector.sign_in(http, server=server.url, given=GIVEN | given)
    made.credentials, made.profile = grant.credentials, grant.profile
    return made


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with Slack() as server:
        yield await opened(http, server)


@pytest.fixture
async def blind(http):
    """A bot that may not read the channel."""
    async with Slack() as server:
        server.scopes -= {"channels:history"}
        yield await opened(http, server)


def arm(key="key", prepared=None) -> Armed:
    return Armed(key, clock.now(), prepared=prepared)


async def prepared(http, harness, part) -> str:
    answer = await harness.connector.prepare(http, harness.credentials, part, None)
    while answer.ask_after is not None:
        answer = await harness.connector.prepare(http, harness.credentials, part, answer.handle)
    return answer.handle


async def publish(http, harness, part, armed=None):
    if part.media:
        armed = replace(armed or arm(), prepared=await prepared(http, harness, part))
    return await harness.connector.publish(http, harness.credentials, part, armed or arm())
