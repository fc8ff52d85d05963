"""A worker that is killed with -9 at any point of the step leaves nothing lost and nothing sent twice."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from aipromote.publishing.pace import Pace
from aipromote.publishing.queries import why
from aipromote.publishing.states import PostStatus
from publishing.scene import Scene

VICTIM = Path(__file__).with_name("victim.py")
SHORT = Pace(lease=1.0, fire_timeout=0.5)
"""The claims that the victims leave behind run out soon."""


async def _kill_a_worker(scene: Scene, *, at: str, dial: Path) -> None:
    names = [f"{post.organization_id}:{post.id}" for post in scene.posts]
    victim = await asyncio.create_subprocess_exec(sys.executable, VICTIM, at, dial, *names)
    assert await victim.wait() == -signal.SIGKILL


async def _until_the_claims_run_out(scene: Scene) -> None:
    """By both clocks: the product's is put forward, the database's own has to be waited for."""
    scene.forward(minutes=5)
    while any(post.status is PostStatus.PUBLISHING for post in await scene.current()):
        await asyncio.sleep(0.05)
        await scene.work(pace=SHORT)


@pytest.mark.parametrize(
    ("point", "left_as", "sent_before"),
    [
        ("claimed", PostStatus.SCHEDULED, 0),
        ("armed", PostStatus.PUBLISHING, 0),
        ("fired", PostStatus.PUBLISHING, 3),
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
    await _until_the_claims_run_out(scene)
    await scene.work_until_quiet()
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    received = await scene.received()
    assert {post.platform_post_id for post in await scene.current()} == {one["id"] for one in received}
    assert len(received) == 3


async def test_a_claim_that_has_not_run_out_is_left_alone(scene: Scene, tmp_path: Path) -> None:
    post = await scene.post()
    await _kill_a_worker(scene, at="armed", dial=tmp_path / "dial")
    scene.forward(minutes=5)
    await scene.work()  # by the product's clock it ran out; by the database's own the call might still be under way
    left = await scene.now(post)
    assert left.status is PostStatus.PUBLISHING
    assert "right now" in why(left)


async def test_a_thread_whose_worker_died_goes_on_behind_its_last_part(scene: Scene, tmp_path: Path) -> None:
    post = await scene.post(body="One\n\nTwo", parts=["One", "Two"])
    await _kill_a_worker(scene, at="fired", dial=tmp_path / "dial")
    await _until_the_claims_run_out(scene)
    await scene.work_until_quiet()
    first, second = await scene.received()
    assert second["reply_to"] == first["id"]
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
