"""Whatever a person does while a worker stands at any point of its step: who was first wins, and the rows say so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.publishing import actions as publishing
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from publishing.race import DONE, Race
from publishing.scene import Scene
from publishing.verbs import VERBS

SENDING = "This post is being sent right now; that cannot be stopped any more."
UNKNOWN = "It is not known yet whether the network has this post. That is found out first."
OUT = {
    "cancel": "This post is published already.",
    "reschedule": "This post is published already.",
    "publish now": "This post is published already.",
    "publish the piece now": "Only an approved text can go out.",
    "edit": "This piece is published; its text does not change any more.",
    "withdraw the approval": "This piece is published and cannot become draft.",
    "archive": DONE,
}
"""What is read of a post that is out. Its piece may be put away."""


@dataclass(frozen=True)
class Case:
    """What happens, and what it comes to."""

    verb: str
    point: str
    says: str
    status: PostStatus = PostStatus.PUBLISHED
    waits: bool = False
    """For a lock of the worker, which stands in an open transaction."""
    call: str | None = None
    """What the network did with an earlier call, of which no answer came."""

    def __str__(self) -> str:
        after = f" after {self.call}" if self.call else ""
        return f"{self.verb} at {self.point}{after}"


_OF_THE_POST = [verb for verb in VERBS if verb != "disconnect"]
_STOPS = {"cancel", "edit", "withdraw the approval", "archive"}
_ABSENT, _ARRIVED = "drop_unstored", "store_then_drop"
_CASES = [
    *(Case(verb, "claimed", SENDING, waits=True) for verb in _OF_THE_POST),
    *(Case(verb, point, SENDING) for verb in _OF_THE_POST for point in ("armed", "fired", "half_recorded")),
    *(Case(verb, "recorded", OUT[verb]) for verb in _OF_THE_POST),
    *(Case(verb, "asked", UNKNOWN, call=call) for verb in _OF_THE_POST for call in (_ABSENT, _ARRIVED)),
    *(Case(verb, "looked_up", OUT[verb], call=_ARRIVED) for verb in _OF_THE_POST),
    # It is certain by then that it is not out, so it can be stopped.
    *(
        Case(verb, "looked_up", DONE, PostStatus.CANCELLED if verb in _STOPS else PostStatus.PUBLISHED, call=_ABSENT)
        for verb in _OF_THE_POST
    ),
    # A call that is armed is made; the network is asked no more, and nothing is sent after that.
    *(Case("disconnect", point, DONE) for point in ("claimed", "armed", "fired", "half_recorded", "recorded")),
    *(Case("disconnect", point, DONE, call=_ARRIVED) for point in ("asked", "looked_up")),
    *(Case("disconnect", point, DONE, PostStatus.FAILED, call=_ABSENT) for point in ("asked", "looked_up")),
]


@pytest.mark.parametrize("case", _CASES, ids=str)
async def test_while_the_worker_stands_still(race: Race, case: Case) -> None:
    post = await race.scene.post()
    if case.call:
        await race.scene.network.fault(case.call)
        await race.scene.work()
        assert (await race.scene.now(post)).status is PostStatus.UNCONFIRMED
        race.scene.forward(minutes=2)  # a network may show a post a minute late
    async with race.worker(case.point) as worker:
        assert await worker.stand() == case.point
        doing = race.start(VERBS[case.verb], post)
        assert await race.waits(doing) is case.waits
        await worker.through()
        assert await doing == case.says
    await race.let_it_end()
    assert (await race.scene.now(post)).status is case.status
    assert len(await race.scene.received()) == (case.status is PostStatus.PUBLISHED)
    await race.is_true()


@pytest.mark.parametrize("verb", ["cancel", "reschedule", "publish now", "edit"])
async def test_a_post_that_is_being_missed_is_not_changed_on_the_way(race: Race, verb: str) -> None:
    post = await race.scene.post()
    race.scene.forward(days=2)
    async with race.worker("claimed") as worker:
        assert await worker.stand() == "claimed"
        doing = race.start(VERBS[verb], post)
        assert await race.waits(doing)
        await worker.through()
        assert await doing == "Somebody else changed this post a moment ago. Please look again."
    assert (await race.scene.now(post)).status is PostStatus.MISSED
    assert await race.scene.received() == []


@pytest.mark.parametrize("verb", ["edit", "withdraw the approval", "archive"])
async def test_what_comes_too_late_for_one_post_of_a_piece_stops_none_of_them(race: Race, verb: str) -> None:
    other = await race.scene.another_account(handle="kornblume_2")
    first = await race.scene.post()
    second = await race.scene.post(account=other, of=await race.scene.piece(first), at=clock.after(3600))
    async with race.worker("armed") as worker:
        assert await worker.stand() == "armed"
        for post in (first, second):
            assert await race.does(VERBS[verb], post) == SENDING
        assert (await race.scene.now(second)).status is PostStatus.SCHEDULED
        assert (await race.scene.piece(first)).revision == 1
        await worker.through()
    await race.let_it_end()
    assert {post.status for post in await race.scene.current()} == {PostStatus.PUBLISHED}
    await race.is_true()


async def test_everybody_at_once_at_posts_of_one_batch(race: Race) -> None:
    """Each verb has its post; the worker holds them all and waits for nobody."""
    names = [name for name in VERBS if name != "disconnect"]
    posts = {name: await race.scene.post(body=f"Bread to {name}.") for name in names}
    async with race.worker("claimed") as worker:
        assert await worker.stand() == "claimed"
        doing = {name: race.start(VERBS[name], post) for name, post in posts.items()}
        assert [await race.waits(task) for task in doing.values()] == [True] * len(names)
        await worker.through()
        assert DONE not in [await task for task in doing.values()]
    assert {post.status for post in await race.scene.current()} == {PostStatus.PUBLISHED}
    await race.is_true()


async def _settle(session: AsyncSession, scene: Scene, post: ScheduledPost, *, url: str | None) -> None:
    """A person has looked: it is there, or (without an address) it is not."""
    key = {"organization_id": scene.startup.id, "post_id": post.id}
    await publishing.settle(session, scene.startup.owner, **key, url=url)


@pytest.mark.parametrize("url", ["https://example.org/1", None])
@pytest.mark.parametrize("point", ["asked", "looked_up"])
async def test_a_person_and_a_look_up_find_out_at_the_same_time(race: Race, point: str, url: str | None) -> None:
    post = await race.scene.post()
    await race.scene.network.fault("store_then_drop" if url else "drop_unstored")
    await race.scene.work()
    race.scene.forward(minutes=2)
    async with race.worker(point) as worker:
        assert await worker.stand() == point
        said = await race.does(partial(_settle, url=url), post)
        await worker.through()
    assert said == (DONE if point == "asked" else "What became of this post is known.")
    after = await race.scene.now(post)
    assert len(await race.scene.received()) == (url is not None)
    if point == "asked":
        assert after.status is (PostStatus.PUBLISHED if url else PostStatus.FAILED)
        assert after.platform_url == url
    await race.let_it_end()
    assert len(await race.scene.received()) == (url is not None or point == "looked_up")


async def test_what_a_person_did_not_see_is_not_gone_while_a_worker_writes_down_that_it_is_out(race: Race) -> None:
    """It has slept for longer than its claim, so the post is open to people. They wait for each other in one order."""

    post = await race.scene.post()
    async with race.worker("half_recorded", name="one") as one:
        assert await one.stand() == "half_recorded"
        await race.pass_time(120)
        async with race.worker("asked", name="two") as two:
            assert await two.stand() == "asked"
            assert (await race.scene.now(post)).status is PostStatus.UNCONFIRMED
            settling = race.start(partial(_settle, url=None), post)
            assert await race.waits(settling)
            await one.through()
            assert await settling == "Somebody else found out about this post a moment ago. Please look again."
            assert one.reached.count("half_recorded") == 1
    assert await race.scene.outcomes(post) == [(0, "PUBLISHED")]
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


async def _look_again(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    await publishing.look_again(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)


async def test_who_asks_to_look_again_while_the_network_is_asked_gets_its_answer(race: Race) -> None:
    post = await race.scene.post()
    await race.scene.network.fault("store_then_drop")
    await race.scene.work()
    race.scene.forward(minutes=2)
    async with race.worker("asked") as worker:
        assert await worker.stand() == "asked"
        assert await race.does(_look_again, post) == DONE
        await worker.through()
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


async def test_who_asks_to_look_again_is_not_put_off_by_an_older_question(race: Race) -> None:
    post = await race.scene.post()
    await race.scene.network.fault("store_then_drop")
    await race.scene.work()
    race.scene.forward(minutes=2)
    await race.scene.network.fault("unavailable", target="read")
    async with race.worker("asked") as worker:
        assert await worker.stand() == "asked"
        assert await race.does(_look_again, post) == DONE
        await worker.through()
    waiting = await race.scene.now(post)
    assert waiting.status is PostStatus.UNCONFIRMED
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at <= clock.now()
    await race.let_it_end()
    await race.is_true()
