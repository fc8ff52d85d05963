"""A small YouTube and an account on it, for the modules that test its connector."""

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
from aipromote.connectors.youtube import YouTubeConnector
from connectors.youtube_server import CLIENT, REDIRECT, SECRET, YouTubeServer

YOUTUBE = YouTubeConnector()
CONTENT = bytes(range(256)) * 1024 * 36 + b"the end"  # nine megabytes and a bit: three chunks
FILM = Media.of(b"a short film", "video/mp4")
PART = Part("Watch this #indie", media=(Media.of(CONTENT, "video/mp4"),), title="A film")


class YouTubeHarness:
    connector = YOUTUBE

    def __init__(self, server) -> None:
        self.server = server

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:
        one = (kind, 1.0 if seconds is None else seconds, style)
        # aiohttp repeats a PUT once after a dropped connection, and the repeat is lost as well.
        self.server.faults += [one] * (2 if "drop" in kind else 1)

    async def received(self) -> list[str]:
        public = [video for video in self.server.videos.values() if video["status"]["privacyStatus"] == "public"]
        return [video["snippet"]["description"] for video in public]

    async def expire_access(self) -> None:
        self.server.end("access")

    async def revoke(self) -> None:
        self.server.end("access", "refresh")

    async def narrow_credentials(self):
        return replace(self.credentials, access_token=self.server.issue("access", "openid"))


def consent(server) -> Consent:
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET))


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with YouTubeServer() as server:
        made, asked = YouTubeHarness(server), consent(server)
        code, state = server.agree(YOUTUBE.authorization_url(asked))
        assert state == "state-1"
        (grant,) = await YOUTUBE.exchange(http, asked, code=code)
        made.credentials = grant.credentials
        yield made


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


async def ready(http, harness, part=PART, prepared=None) -> str:
    answer = await YOUTUBE.prepare(http, harness.credentials, part, prepared)
    for _ in range(9):
        if answer.ask_after is None:
            return answer.handle
        answer = await YOUTUBE.prepare(http, harness.credentials, part, answer.handle)
    pytest.fail("it was never ready")
