"""What is kept in memory never outlives what it was read from, and what was acknowledged survives a kill."""

import asyncio
import sys
from itertools import count

import aiohttp
import pytest

from aipromote.sandbox.store import STORE
from sandbox.network import REDIRECT, challenge


@pytest.mark.parametrize("kind", ["expire_tokens", "revoke_tokens"])
async def test_a_token_that_was_just_used_ends_at_once(network, kind):
    token = (await network.connect())["access_token"]
    assert (await network.post(token, "Hi"))[0] == 201
    await network.fault(kind)
    assert (await network.post(token, "Hi"))[0] == 401
    assert (await network.audit())["received"] == 1


async def test_a_token_ends_with_its_consent(network):
    tokens = await network.connect()
    assert (await network.post(tokens["access_token"], "Hi"))[0] == 201
    async with network.http.post("/oauth/revoke", data={"token": tokens["refresh_token"]}) as response:
        assert response.status == 200
    assert (await network.post(tokens["access_token"], "Hi"))[0] == 401


async def test_a_grant_that_is_changed_behind_everybodys_back_holds_at_once(network):
    token = (await network.connect())["access_token"]
    assert (await network.post(token, "Hi"))[0] == 201
    network._server.app[STORE].run("UPDATE tokens SET scope = 'posts.read'")
    assert (await network.post(token, "Hi"))[0] == 403


async def test_a_new_kind_holds_for_tokens_that_were_used_before(network):
    first, second = [(await network.connect(grade="B"))["access_token"], (await network.connect())["access_token"]]
    assert (await network.post(first, "Hi", key="k"))[0] == 201
    await network.connect(grade="A")
    assert (await network.post(second, "Hi", key="k"))[0] == 200
    assert (await network.post(first, "Hi", key="k"))[0] == 200
    assert (await network.audit())["received"] == 1


async def test_a_fault_hits_as_often_as_it_was_asked_to(network):
    token = (await network.connect())["access_token"]
    assert (await network.post(token, "Hi"))[0] == 201
    await network.fault("refuse", times=2)
    assert [(await network.post(token, "Hi"))[0] for _ in range(3)] == [422, 422, 201]
    await network.fault("refuse", times=2)
    assert (await network.post(token, "Hi"))[0] == 422
    async with network.http.delete("/faults") as response:
        assert await response.json() == {"cleared": 2}  # one of them is used up
    assert (await network.post(token, "Hi"))[0] == 201


class Process:
    """The sandbox network in a process of its own, over one file."""

    def __init__(self, path) -> None:
        self._command = [sys.executable, "-m", "aipromote.sandbox", "--port", "0", "--store", str(path)]
        self._command += ["--rate-limit", "1000000"]

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        self.http = aiohttp.ClientSession((await self._process.stdout.readline()).decode().strip())
        return self

    def kill(self) -> None:
        self._process.kill()

    async def __aexit__(self, *_) -> None:
        await self.http.close()
        if self._process.returncode is None:
            self.kill()
        await self._process.wait()


async def connect(http) -> str:
    form = {"client_id": "aipromote", "response_type": "code", "redirect_uri": REDIRECT, "handle": "ada"}
    form |= {"code_challenge": challenge("v" * 43), "code_challenge_method": "S256", "answer": "allow"}
    async with http.post("/oauth/authorize", data=form, allow_redirects=False) as response:
        code = response.headers["Location"].partition("code=")[2].partition("&")[0]
    form = {"client_id": "aipromote", "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    async with http.post("/oauth/token", data=form | {"code_verifier": "v" * 43}) as response:
        return (await response.json())["access_token"]


async def test_the_audit_has_all_that_was_acknowledged_after_the_process_was_killed_at_work(tmp_path):
    asked, acknowledged = set(), set()
    async with Process(tmp_path / "db") as network:
        headers = {"Authorization": f"Bearer {await connect(network.http)}"}
        numbers = count()

        async def publish_on() -> None:
            while True:
                key = f"k{next(numbers)}"
                asked.add(key)
                named = headers | {"Idempotency-Key": key}
                async with network.http.post("/api/v1/posts", json={"text": key}, headers=named) as response:
                    assert response.status == 201
                acknowledged.add(key)
                if len(acknowledged) == 300:
                    network.kill()

        async with asyncio.timeout(60):
            ends = await asyncio.gather(*(publish_on() for _ in range(8)), return_exceptions=True)
    assert all(isinstance(end, aiohttp.ClientError) for end in ends)
    async with Process(tmp_path / "db") as network, network.http.get("/audit") as response:
        audit = await response.json()
    kept = [post["key"] for post in audit["posts"]]
    assert len(kept) == len(set(kept)) == audit["received"]
    assert acknowledged <= set(kept) <= asked
    assert audit["duplicates"] == {}
