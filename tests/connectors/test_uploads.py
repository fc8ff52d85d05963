"""A post whose files go along with it, to a real server: what broke off before its end was not published."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors import uploads, wire
from aipromote.connectors.contract import Media
from aipromote.connectors.errors import UnknownOutcome, Unreachable


class Slow:
    """Reads a form whole, and answers when it is told to. `forms` are those that came to their end."""

    def __init__(self) -> None:
        self.forms: list[bytes] = []
        self.answers = asyncio.Event()
        app = web.Application()
        app.router.add_post("/", self._take)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("/"))
        return self

    async def __aexit__(self, *_) -> None:
        self.answers.set()
        await self._server.close()

    async def _take(self, request):
        self.forms.append(await request.read())
        await self.answers.wait()
        return web.json_response({"ok": True})


@pytest.fixture
async def server():
    async with Slow() as running:
        yield running


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.2) as session:
        yield session


def form(*, stuck=False):
    async def read(offset, length):
        yield b"a" * 100_000
        if stuck:
            await asyncio.Event().wait()
        yield b"b" * 100_000

    return uploads.form([("text", "Hello")], [("file", "a.mp4", Media("video/mp4", 200_000, read))])


async def test_a_network_may_think_longer_about_files_than_about_words(http, server):
    asyncio.get_running_loop().call_later(0.6, server.answers.set)  # three times what a call with words may take
    answer = await uploads.publish(http, server.url, form())
    assert answer.at("ok") is True
    assert len(server.forms) == 1


async def test_a_form_that_does_not_get_through_in_time_was_not_published(http, server):
    with pytest.raises(Unreachable, match="nothing was published"):
        await uploads.publish(http, server.url, form(stuck=True), seconds=0.3)
    assert server.forms == []


async def test_a_whole_form_without_an_answer_may_have_been_published(http, server, monkeypatch):
    monkeypatch.setattr(uploads, "ANSWER_SECONDS", 0.3)
    with pytest.raises(UnknownOutcome):
        await uploads.publish(http, server.url, form())
    assert len(server.forms) == 1


@given(st.integers(0, 10**9))
def test_a_form_ends_before_whoever_waits_for_it_gives_it_up(size):
    outer = min(260, 70 + size / (256 * 1024))
    assert uploads.sending_seconds(size + 100_000) + uploads.ANSWER_SECONDS < outer
