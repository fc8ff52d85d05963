"""What `aipromote posts why` and the late window say and do."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from aipromote import clock
from aipromote.errors import InvalidInput, NotFound
from aipromote.organizations import actions as organizations
from aipromote.publishing.explaining import Explanation, explain
from aipromote.publishing.states import PostStatus
from publishing.scene import Scene

COMMAND = str(Path(sys.executable).with_name("aipromote"))


async def _story(scene: Scene, post) -> Explanation:
    async with scene.database.transaction(post.organization_id) as session:
        return await explain(session, organization_id=post.organization_id, post_id=post.id)


async def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, [COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


async def _allow(scene: Scene, minutes: int | None) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        await organizations.set_late_window(
            session, scene.startup.owner, organization_id=scene.startup.id, minutes=minutes
        )


async def test_a_post_that_waits_says_when_it_goes_and_until_when_it_may(scene: Scene) -> None:
    await _allow(scene, 90)
    post = await scene.post(at=clock.after(601))
    story = await _story(scene, post)
    assert story.status is PostStatus.SCHEDULED
    assert "(Berlin), in 10 minutes" in story.details[0]
    assert any(
        "it is not sent any more, and you are told" in line and "in 100 minutes" in line for line in story.details
    )
    assert [step.words for step in story.steps] == ["scheduled"]


async def test_a_post_that_was_asked_to_wait_says_so_with_the_network_s_own_words(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("rate_limit", seconds=1800)
    await scene.work()
    story = await _story(scene, post)
    assert "Will be tried again in 30 minutes" in story.next
    assert any("asked to wait until" in line and "in 30 minutes" in line for line in story.details)
    assert "call 1: the network asked to wait; nothing was sent: Asked to wait. [rate_limited]" in story.steps[-1].words


async def test_a_thread_tells_its_parts_apart(scene: Scene) -> None:
    post = await scene.post(body="One\n\nTwo", parts=["One", "Two"])
    await scene.work()
    assert [step.words for step in (await _story(scene, post)).steps] == [
        "scheduled",
        "part 1, call 1: is out",
        "part 2, call 1: is out",
    ]


async def test_the_command_needs_the_post_s_id_only(scene: Scene) -> None:
    post = await scene.post()
    await scene.work()
    done = await _command("posts", "why", str(post.id), "--json")
    assert json.loads(done.stdout)["next"] == "Is published. Nothing more will happen."
    unknown = await _command("posts", "why", str(uuid4()))
    assert unknown.returncode == 1
    assert "There is no post" in unknown.stdout + unknown.stderr


async def test_a_post_later_than_its_organization_allows_is_not_sent(scene: Scene) -> None:
    post = await scene.post()
    done = await _command("posts", "late-window", "60", "--organization", str(scene.startup.id))
    assert "up to 60 minutes late" in done.stdout
    scene.forward(minutes=61)
    await scene.work()
    missed = await scene.now(post)
    assert missed.status is PostStatus.MISSED
    assert "within 1 hour of its time" in (missed.error_message or "")
    assert await scene.received() == []


async def test_a_post_within_a_longer_window_is_sent(scene: Scene) -> None:
    await _allow(scene, 3 * 24 * 60)
    post = await scene.post()
    scene.forward(days=2)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_a_window_is_five_minutes_to_thirty_days_and_a_matter_of_administrators(scene: Scene) -> None:
    for wrong in (0, 4, 43_201):
        with pytest.raises(InvalidInput, match="5 to 43,200"):
            await _allow(scene, wrong)
    async with scene.database.transaction() as session:
        with pytest.raises(NotFound):
            await organizations.set_late_window(session, scene.startup.owner, organization_id=uuid4(), minutes=60)
