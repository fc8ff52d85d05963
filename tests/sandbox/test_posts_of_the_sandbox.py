"""Publishing, threads, look-ups, limits and faults, over real HTTP."""

import asyncio
import re
import sqlite3
import sys
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest

from aipromote import clock
from aipromote.sandbox import faults, refusals
from aipromote.sandbox.answers import RateLimit
from sandbox.network import Network


async def test_the_audit_counts_what_came_twice_with_one_key(network):
    token = (await network.connect())["access_token"]
    for key in ("a", "b", "a"):
        assert (await network.post(token, "Hello", key=key))[0] == 201
    audit = await network.audit()
    assert (audit["received"], audit["duplicates"]) == (3, {"a1/a": 2})
    assert [post["key"] for post in audit["posts"]] == ["a", "b", "a"]


async def test_one_account_does_not_see_or_touch_what_another_has(network):
    ada, bob = [(await network.connect(handle=name))["access_token"] for name in ("ada", "bob")]
    _, post = await network.post(ada, "Hello", key="k")
    assert (await network.get("/api/v1/posts/by-key/k", bob))[0] == 404
    assert (await network.get(f"/api/v1/posts/{post['id']}/metrics", bob))[0] == 404
    assert (await network.get("/api/v1/accounts/a1/posts", bob))[0] == 404
    async with network.http.delete(
        f"/api/v1/posts/{post['id']}", headers={"Authorization": f"Bearer {bob}"}
    ) as response:
        assert response.status == 404


async def test_a_deleted_post_is_gone_from_the_feed_but_not_from_the_audit(network):
    token = (await network.connect())["access_token"]
    _, post = await network.post(token, "Hello", key="k")
    async with network.http.delete(f"/api/v1/posts/{post['id']}", headers={"Authorization": f"Bearer {token}"}) as gone:
        assert gone.status == 204
    assert (await network.get("/api/v1/posts/by-key/k", token))[0] == 404
    assert (await network.audit())["posts"][0]["deleted_at"] is not None
    async with network.http.get("/") as feed:
        assert "a1" not in await feed.text(), "an account with nothing left is offered no more"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": " "}, "empty"),
        ({"text": 7}, "text"),
        ({"text": "é" * 50_001}, "text"),
        ({"text": "Hi", "reply_to": "p99"}, "reply_target_gone"),
        ({"text": "Hi", "reply_to": "p9999999999999999999999"}, "reply_target_gone"),
        ({"text": "Hi", "media": ["m7"]}, "media_gone"),
    ],
)
async def test_what_does_not_fit_is_refused_with_a_code(network, content, code):
    token = (await network.connect())["access_token"]
    status, body = await network.post(token, **content)
    assert (status, body["error"]) == (422, code)


async def test_the_rate_limit_counts_down_and_opens_again(tmp_path, dial):
    async with Network(tmp_path / "db", rate_limit=RateLimit(calls=2, seconds=900)) as network:
        token = (await network.connect())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        seen = []
        for _ in range(3):
            async with network.http.post("/api/v1/posts", json={"text": "Hi"}, headers=headers) as response:
                seen.append((response.status, response.headers["X-RateLimit-Remaining"]))
                last = response.headers
        assert seen == [(201, "1"), (201, "0"), (429, "0")]
        assert 0 < int(last["Retry-After"]) <= 900
        dial.jump(clock.now() + timedelta(seconds=int(last["Retry-After"]) + 1))
        assert (await network.post(token, "Hi"))[0] == 201


async def test_a_wait_can_be_told_as_a_date(network):
    token = (await network.connect())["access_token"]
    await network.fault("rate_limit", seconds=120, style="date")
    async with network.http.post(
        "/api/v1/posts", json={"text": "Hi"}, headers={"Authorization": f"Bearer {token}"}
    ) as response:
        assert response.status == 429
        wait = parsedate_to_datetime(response.headers["Retry-After"]) - clock.now()
    assert timedelta(seconds=100) < wait < timedelta(seconds=130)


async def test_a_fault_for_one_account_leaves_the_others_alone(network):
    ada, bob = [(await network.connect(handle=name))["access_token"] for name in ("ada", "bob")]
    await network.fault("refuse", account="bob", times=2)
    assert (await network.post(ada, "Hi"))[0] == 201
    assert [(await network.post(bob, "Hi"))[0] for _ in range(3)] == [422, 422, 201]


async def test_a_fault_by_chance_repeats_with_its_seed(network):
    token = (await network.connect())["access_token"]
    outcomes = []
    for _ in range(2):
        await network.fault("refuse", probability=0.5, seed=7)
        outcomes.append([(await network.post(token, "Hi"))[0] for _ in range(20)])
        async with network.http.delete("/faults") as response:
            assert await response.json() == {"cleared": 1}
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {201, 422}


async def test_reads_can_be_hit_too(network):
    token = (await network.connect())["access_token"]
    await network.fault("unavailable", target="read")
    assert (await network.post(token, "Hi"))[0] == 201
    assert (await network.get("/api/v1/accounts/me", token))[0] == 503
    assert (await network.get("/api/v1/accounts/me", token))[0] == 200


async def test_nothing_shows_later_than_clients_may_count_on(network, dial):
    token = (await network.connect())["access_token"]
    await network.fault("delayed_visibility", seconds=3600)
    await network.post(token, "Late", key="k")
    assert (await network.get("/api/v1/posts/by-key/k", token))[0] == 404
    assert "Late" not in await _text(network, "/")
    dial.jump(clock.now() + timedelta(seconds=50))
    assert (await network.get("/api/v1/posts/by-key/k", token))[0] == 200


async def test_an_unknown_fault_is_refused(network):
    async with network.http.post("/faults", json={"kind": "explode"}) as response:
        assert response.status == 422


async def test_the_feed_escapes_links_and_groups_threads(network):
    token = (await network.connect(handle="ada", platform="LINKEDIN"))["access_token"]
    _, first = await network.post(token, "<b>Hi</b>\nSee https://example.com/a?b=1&c=2.")
    await network.post(token, "Second part", reply_to=first["id"])
    text = await _text(network, "/?account=ada")
    assert "&lt;b&gt;Hi&lt;/b&gt;\nSee " in text
    assert '<a href="https://example.com/a?b=1&amp;c=2" rel="noreferrer nofollow">' in text
    assert "Sandbox: nothing here is public." in text
    assert "standing in for LinkedIn" in text
    assert text.count("<article") == 1
    assert "simulated" in text
    assert "Second part" in await _text(network, "/posts/p2")


async def test_the_feed_pages_through_many_posts(network):
    token = (await network.connect())["access_token"]
    for number in range(31):
        await network.post(token, f"Post no. {number}.")
    text = await _text(network, "/")
    assert "Post no. 1." in text
    assert "Post no. 0." not in text
    assert "Post no. 0." in await _text(network, "/?before=p2")


async def test_buttons_work_from_the_page_and_not_from_another_site(network):
    async with network.http.post("/faults", data={"kind": "refuse"}, allow_redirects=False) as response:
        assert response.status == 303
    assert "refuse (1x)" in await _text(network, "/")
    crossing = {"Sec-Fetch-Site": "cross-site"}
    async with network.http.post("/faults", data={"kind": "refuse"}, headers=crossing) as response:
        assert response.status == 403
    async with network.http.post("/faults/clear") as response:
        assert "refuse (1x)" not in await response.text()


async def test_every_button_of_the_feed_does_what_it_says(network):
    kinds = re.findall(r'<button name="kind" value="(\w+)"', await _text(network, "/"))
    assert {"processing", "processing_refused", "policy_blocked", "billing_exhausted", "duplicate"} <= set(kinds)
    for kind in kinds:
        async with network.http.post("/faults", data={"kind": kind}, allow_redirects=False) as response:
            assert response.status == 303
    page = await _text(network, "/")
    at_once = set(faults.IMMEDIATE)
    assert [kind for kind in kinds if kind not in at_once and f"<li>{kind.replace('_', ' ')} (1x)" not in page] == []


async def test_the_kind_of_network_is_chosen_on_the_page_of_an_account(network):
    token = (await network.connect())["access_token"]
    assert 'name="grade"' not in await _text(network, "/")
    assert '<option value="B" selected>' in await _text(network, "/?account=ada")
    async with network.http.post("/grades", data={"account": "a1", "grade": "D"}) as response:
        assert '<option value="D" selected>' in await response.text()
    assert (await network.post(token, "Hi"))[0] == 401


async def test_a_file_of_an_earlier_version_is_taken_over(tmp_path):
    async with Network(tmp_path / "db") as network:
        await network.connect()
    with sqlite3.connect(tmp_path / "db") as old:
        old.execute("ALTER TABLE accounts DROP COLUMN grade")
        old.execute("DROP TABLE works")
    old.close()
    async with Network(tmp_path / "db") as network:
        token = (await network.connect())["access_token"]
        assert (await network.post(token, "Hi"))[0] == 201
        assert (await network.audit())["posts"][0]["grade"] == "B"


async def test_everything_survives_a_restart(tmp_path):
    async with Network(tmp_path / "db") as network:
        tokens = await network.connect()
        await network.post(tokens["access_token"], "Kept", key="k")
    async with Network(tmp_path / "db") as network:
        assert (await network.get("/api/v1/posts/by-key/k", tokens["access_token"]))[0] == 200


async def test_the_process_says_where_it_listens_survives_a_kill_and_stops_when_asked(tmp_path):
    command = [sys.executable, "-m", "aipromote.sandbox", "--port", "0", "--store", str(tmp_path / "db")]
    for stop in ("kill", "terminate"):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession(url) as http:
            async with http.get("/healthz") as response:
                assert response.status == 200
            async with http.post("/faults", json={"kind": "refuse"}) as response:
                assert response.status == 201
            async with http.get("/") as response:
                page = await response.text()
        getattr(process, stop)()
        code = await process.wait()
    assert code == 0
    assert page.count("<li>refuse") == 2


async def _text(network, path) -> str:
    async with network.http.get(path) as response:
        assert response.status == 200
        return await response.text()


def test_the_documentation_names_every_fault_and_every_style():
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
    assert [kind for kind in (*faults.KINDS, *refusals.WAIT_STYLES) if f"`{kind}`" not in text] == []
