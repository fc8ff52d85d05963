"""A worker that is killed with -9 at any point of the step leaves nothing lost and nothing sent twice."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import update

from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.publishing import actions
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.queries import why
from aipromote.publishing.states import PostStatus
from publishing.scene import AN_HOUR_OLDER, Scene

VICTIM = Path(__file__).with_name("victim.py")
SHORT = Pace(lease=1.0, fire_timeout=0.5)
"""The claims that the victims leave behind run out soon."""


async def _start_a_worker(scene: Scene, *, at: str, dial: Path) -> asyncio.subprocess.Process:
    names = [f"{post.organization_id}:{post.id}" for post in scene.posts]
    return await asyncio.create_subprocess_exec(sys.executable, VICTIM, at, dial, *names)


async def _kill_a_worker(scene: Scene, *, at: str, dial: Path) -> None:
    victim = await _start_a_worker(scene, at=at, dial=dial)
    assert await victim.wait() == -signal.SIGKILL


async def _kill_a_worker_when(scene: Scene, happened: Callable[[], object], *, dial: Path) -> None:
    """In the middle of a call: the network has done it, and has not answered yet."""
    victim = await _start_a_worker(scene, at="nowhere", dial=dial)
    while not happened():
        assert victim.returncode is None, "it was through before it could be killed"
        await asyncio.sleep(0.01)
    victim.kill()
    assert await victim.wait() == -signal.SIGKILL


async def _until_the_claims_run_out(scene: Scene) -> None:
    """By both clocks: the product's is put forward, the database's own has to be waited for."""
    scene.forward(minutes=5)
    while any(post.status is PostStatus.PUBLISHING for post in await scene.current()):
        await asyncio.sleep(0.05)
        await scene.work(pace=SHORT)


async def _another_worker_goes_on(scene: Scene) -> None:
    await _until_the_claims_run_out(scene)
    await scene.work_until_quiet()


async def _is_out_once(scene: Scene, post: ScheduledPost, texts: int = 1) -> None:
    """At the network, in the row and by the attempts."""
    after, received = await scene.now(post), await scene.received()
    assert after.status is PostStatus.PUBLISHED
    assert after.platform_post_id == received[0]["id"]
    assert [one["reply_to"] for one in received] == [None, *(one["id"] for one in received[:-1])]
    published = {attempt.part: attempt.platform_post_id for attempt in await scene.attempts(post)}
    assert [published[part] for part in range(texts)] == [one["id"] for one in received]
    outcomes = await scene.outcomes(post)
    assert [part for part, outcome in outcomes if outcome == "PUBLISHED"] == list(range(texts))
    assert not {"ARMED", "UNKNOWN"} & {outcome for _, outcome in outcomes}


@pytest.mark.parametrize(
    ("point", "left_as", "sent_before"),
    [
        ("claimed", PostStatus.SCHEDULED, 0),
        ("armed", PostStatus.PUBLISHING, 0),
        ("fired", PostStatus.PUBLISHING, 3),
        ("half_recorded", PostStatus.PUBLISHING, 3),
        ("recorded", PostStatus.PUBLISHED, 3),
    ],
)
async def test_a_worker_killed_at(
    scene: Scene, tmp_path: Path, point: str, left_as: PostStatus, sent_before: int
) -> None:
    for letter in "ABC":
        await scene.post(body=f"Bread with {letter}.")
    await _kill_a_worker(scene, at=point, dial=tmp_path / "dial")
    assert {post.status for post in await scene.current()} == {left_as}
    assert len(await scene.received()) == sent_before
    await _another_worker_goes_on(scene)
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    received = await scene.received()
    assert {post.platform_post_id for post in await scene.current()} == {one["id"] for one in received}
    assert len(received) == 3


async def test_a_worker_killed_while_the_network_answers(scene: Scene, tmp_path: Path) -> None:
    post = await scene.post()
    await scene.network.fault("slow", seconds=3)
    stored = "SELECT 1 FROM posts"
    await _kill_a_worker_when(scene, lambda: scene.network_store.one(stored), dial=tmp_path / "dial")
    assert (await scene.now(post)).status is PostStatus.PUBLISHING
    await _another_worker_goes_on(scene)
    await _is_out_once(scene, post)


@pytest.mark.parametrize("fault", ["store_then_drop", "drop_unstored"])
@pytest.mark.parametrize("point", ["asked", "looked_up"])
async def test_a_worker_killed_while_it_looks_up_what_is_not_known(
    scene: Scene, tmp_path: Path, fault: str, point: str
) -> None:
    post = await scene.post()
    await scene.network.fault(fault)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    scene.forward(minutes=2)
    await _kill_a_worker(scene, at=point, dial=tmp_path / "dial")
    found = PostStatus.PUBLISHED if fault == "store_then_drop" else PostStatus.RETRYING
    assert (await scene.now(post)).status is (found if point == "looked_up" else PostStatus.UNCONFIRMED)
    await _another_worker_goes_on(scene)
    await _is_out_once(scene, post)


async def test_a_worker_killed_between_the_claim_that_ran_out_and_its_end(
    scene: Scene, tmp_path: Path, owner: asyncpg.Connection
) -> None:
    """The second worker dies, too, while it finds out what became of the first one's call."""
    post = await scene.post()
    await _kill_a_worker(scene, at="fired", dial=tmp_path / "dial")
    scene.forward(minutes=5)
    await owner.execute(AN_HOUR_OLDER)
    await _kill_a_worker(scene, at="asked", dial=tmp_path / "dial")
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    await _another_worker_goes_on(scene)
    await _is_out_once(scene, post)


async def test_a_claim_that_has_not_run_out_is_left_alone(scene: Scene, tmp_path: Path) -> None:
    post = await scene.post()
    await _kill_a_worker(scene, at="armed", dial=tmp_path / "dial")
    scene.forward(minutes=5)
    await scene.work()  # by the product's clock it ran out; by the database's own the call might still be under way
    left = await scene.now(post)
    assert left.status is PostStatus.PUBLISHING
    assert "right now" in why(left)


@pytest.mark.parametrize("point", ["fired", "half_recorded", "recorded", "armed:2", "fired:2", "half_recorded:2"])
async def test_a_thread_whose_worker_died_goes_on_behind_its_last_part(
    scene: Scene, tmp_path: Path, point: str
) -> None:
    post = await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
    await _kill_a_worker(scene, at=point, dial=tmp_path / "dial")
    assert len(await scene.received()) == (2 if point in {"fired:2", "half_recorded:2"} else 1)
    await _another_worker_goes_on(scene)
    await _is_out_once(scene, post, texts=3)


async def test_a_worker_killed_while_it_renews_a_token_costs_a_consent_and_no_post(
    scene: Scene, tmp_path: Path
) -> None:
    """The network has rotated the refresh token, and nobody stored the new one: only a person can help, once told."""
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(SocialAccount).values(expires_at=clock.after(30)))
    await scene.network.fault("slow", target="token", seconds=3)
    rotated = "SELECT 1 FROM tokens WHERE kind = 'refresh' AND ended_at IS NOT NULL"
    await _kill_a_worker_when(scene, lambda: scene.network_store.one(rotated), dial=tmp_path / "dial")
    await _another_worker_goes_on(scene)
    failed = await scene.now(post)
    assert (failed.status, failed.error_kind) == (PostStatus.FAILED, "connect_again")
    assert not (await scene.account_now()).is_active
    assert [template for template, _ in await scene.told()] == ["account-needs-reconnect"]
    assert await scene.received() == []
    await scene.another_account()  # the same one, with a new consent
    async with scene.database.transaction(scene.startup.id) as session:
        key = {"organization_id": scene.startup.id, "post_id": post.id}
        await actions.publish_now(session, scene.startup.owner, **key)
    await scene.work_until_quiet()
    await _is_out_once(scene, post)
