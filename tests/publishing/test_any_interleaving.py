"""Two steps and people, in any order of their moves, from point to point: once at most, and the rows are true."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.sandbox import faults
from publishing.race import Race, Worker
from publishing.verbs import VERBS

POINTS = ("asked", "looked_up", "claimed", "armed", "fired", "half_recorded", "recorded")
PACE = Pace(lease=30.0, fire_timeout=5.0)
_ANSWERS = ("store_then_drop", "drop_unstored", "unavailable", "rate_limit", "processing", "refuse", "expire_tokens")
_STEPS = ("one", "two")
_PEOPLE = ("cancel", "reschedule", "publish now", "edit", "withdraw the approval", "archive")
_SECONDS = (1, 15, 70, 300)
_moves = st.lists(
    st.sampled_from(_STEPS) | st.sampled_from(_STEPS) | st.sampled_from(_PEOPLE) | st.sampled_from(_SECONDS),
    min_size=8,
    max_size=24,
)


class Floor:
    """Where they move, one after the other: a step from point to point, a person until they are through or wait."""

    def __init__(self, race: Race, post: ScheduledPost, until_the_end: AsyncExitStack) -> None:
        self.race, self.post, self.until_the_end = race, post, until_the_end
        self.steps: dict[str, Worker] = {}
        self.people: list[asyncio.Task[str]] = []

    async def move(self, move: str | int) -> None:
        if isinstance(move, int):
            await self.race.pass_time(move)
        elif move in VERBS:
            self.people.append(self.race.start(VERBS[move], self.post))
            await self.race.waits(self.people[-1])
        else:
            await self._step(move)
        for worker in self.steps.values():  # one of them may have waited for what ended just now
            await self.race.rests(worker)

    async def _step(self, name: str) -> None:
        worker = self.steps.get(name)
        if worker is None or worker.task.done():
            worker = self.race.worker(*POINTS, pace=PACE, name=name)
            self.steps[name] = await self.until_the_end.enter_async_context(worker)
        elif worker.point:
            worker.go_on()

    async def end(self) -> None:
        for worker in self.steps.values():
            worker.let_go()
        await asyncio.gather(*(worker.task for worker in self.steps.values()), *self.people)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.integers(1, 3), answers=st.lists(st.sampled_from(_ANSWERS), max_size=3), moves=_moves)
async def test_in_any_order_of_moves_a_post_is_out_once_at_most(
    race: Race, parts: int, answers: list[str], moves: list[str | int]
) -> None:
    scene = race.scene
    account = await scene.another_account(handle=f"account-{uuid4().hex[:12]}")
    texts = [f"Bread, part {letter}." for letter in "abc"[:parts]]
    scene.posts = []
    post = await scene.post(account=account, body="\n\n".join(texts), parts=texts if parts > 1 else [])
    for kind in answers:
        await scene.network.fault(kind, account=account.handle)
    async with AsyncExitStack() as until_the_end:
        floor = Floor(race, post, until_the_end)
        for move in moves:
            await floor.move(move)
        await floor.end()
    faults.clear(scene.network_store)
    await race.let_it_end()
    await race.is_true()
