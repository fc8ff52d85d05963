"""A small TikTok and an account on it, for the modules that test its connector."""

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
    Processing,
)
from aipromote.connectors.tiktok import TikTokConnector
from connectors.tiktok_server import CLIENT, REDIRECT, SECRET, TikTokServer

TIKTOK = TikTokConnector()
FILM = Media.of(b"a short film", "video/mp4")
LONG = Media.of(bytes(range(256)) * 4096 * 17 + b"the end", "video/mp4")  # 17 MiB and a bit: three chunks
PICTURES = tuple(Media.of(b"x", "image/jpeg", url=f"https://aipromote.example/{n}.jpg") for n in range(3))
PART = Part("Watch this #indie", media=(LONG,))
PHOTOS = Part("Look at these", media=PICTURES, title="Three pictures")


class TikTokHarness:
    connector = TIKTOK

    def __init__(self, server) -> None:
        self.server = server

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- one style
        if kind == "refuse":
            self.server.refuses["init/"] = ("invalid_params", 400)
        else:
            # aiohttp repeats a PUT once after a dropped connection, and the repeat is lost as well.
            self.server.faults += [(kind, 1.0 if seconds is None else seconds)] * (2 if kind == "drop_unstored" else 1)

    async def received(self) -> list[str]:
        return [post["info"].get("description", post["info"]["title"]) for post in self.server.published()]

    async def expire_access(self) -> None:
        self.server.end("access")

    async def revoke(self) -> None:
        self.server.end("access", "refresh")

    async def narrow_credentials(self):
        return replace(self.credentials, access_token=self.server.issue("access", ["user.info.basic"]))


def consent(server, audience="Everyone ") -> Consent:
    hint = {"audience": audience}
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET), hint)


async def connect(http, server, audience="everyone"):
    asked = consent(server, audience)
    code, state = server.agree(TIKTOK.authorization_url(asked))
    assert state == "state-1"
    (grant,) = await TIKTOK.exchange(http, asked, code=code)
    return grant


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with TikTokServer() as server:
        made = TikTokHarness(server)
        made.credentials = (await connect(http, server)).credentials
        yield made


async def settled(http, harness, part, armed):
    """Ask until TikTok is done."""
    for _ in range(5):
        found = await TIKTOK.look_up(http, harness.credentials, part, armed)
        if not isinstance(found, Processing):
            return found
        armed = replace(armed, handle=found.handle)
    return found


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


async def ready(http, harness, part=PART, prepared=None) -> str:
    answer = await TIKTOK.prepare(http, harness.credentials, part, prepared)
    while answer.ask_after is not None:
        answer = await TIKTOK.prepare(http, harness.credentials, part, answer.handle)
    assert len(answer.handle) <= 2000
    return answer.handle
