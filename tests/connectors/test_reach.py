"""Calls to networks connect to public machines, to named exceptions, and to nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote.connectors import wire
from aipromote.connectors.errors import Unreachable
from aipromote.connectors.reach import Reach


class Neighbour:
    """A machine of the house that must not hear from us."""

    def __init__(self) -> None:
        self.calls = 0
        app = web.Application()
        app.router.add_get("/", self._answer)
        self.server = TestServer(app)

    async def _answer(self, _: web.Request) -> web.Response:
        self.calls += 1
        return web.json_response({"secret": "of the house"})


@pytest.fixture
async def neighbour() -> AsyncIterator[Neighbour]:
    made = Neighbour()
    await made.server.start_server(shutdown_timeout=0.1)
    yield made
    await made.server.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
async def test_a_private_address_is_refused_however_it_is_written(neighbour: Neighbour, host: str) -> None:
    async with wire.open_session(reach=Reach) as http:
        with pytest.raises(Unreachable):
            await wire.call(http, "GET", f"http://{host}:{neighbour.server.port}/")
    assert neighbour.calls == 0


async def test_the_refusal_says_what_it_is(neighbour: Neighbour) -> None:
    async with wire.open_session(reach=Reach) as http:
        with pytest.raises(Unreachable, match="not on the public web") as refused:
            await wire.call(http, "GET", f"http://localhost:{neighbour.server.port}/")
    assert refused.value.code == "private_address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_exception_is_reached_on_its_own_port_only(neighbour: Neighbour, host: str) -> None:
    address = f"http://{host}:{neighbour.server.port}"
    async with wire.open_session(reach=lambda: Reach(exceptions=(address,))) as http:
        assert (await wire.call(http, "GET", f"{address}/")).is_success
    other = f"http://{host}:{(neighbour.server.port or 0) - 1}"
    async with wire.open_session(reach=lambda: Reach(exceptions=(other,))) as http:
        with pytest.raises(Unreachable):
            await wire.call(http, "GET", f"{address}/")
    assert neighbour.calls == 1


async def test_everything_is_reached_where_the_operator_says_so_from_then_on(neighbour: Neighbour) -> None:
    says = [Reach(), Reach(everything=True)]
    async with wire.open_session(reach=lambda: says[0]) as http:
        with pytest.raises(Unreachable):
            await wire.call(http, "GET", f"http://127.0.0.1:{neighbour.server.port}/")
        del says[0]
        assert (await wire.call(http, "GET", f"http://127.0.0.1:{neighbour.server.port}/")).is_success
