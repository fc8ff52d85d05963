"""What the forecast promises the publish step keeps, and what the publish step refuses the forecast has said."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from aipromote import clock, publishing
from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.brand.models import BrandRule
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import Counting, Limits, Quota
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.documents.content import MediaRef
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import refused
from aipromote.publishing.buckets import Bucket
from aipromote.publishing.forecast import remedies
from aipromote.publishing.forecast.pacing import Planned, departures
from aipromote.publishing.models import AccountPace, ScheduledPost
from aipromote.publishing.states import PostStatus
from factories import publishing as factory
from publishing.forecast_scene import AT_RISK, WILL_PUBLISH, forecast, look
from publishing.scene import Scene

ROOM = Path(publishing.__file__).parent

NOT_FORESEEN = dict.fromkeys(refused.KINDS, "what a network says of a post it says when it gets it") | {
    "connect_again": "the same refusal of the network is the risk `token` or `scopes` ahead of time",
    "attempts_used_up": "a network that is away now may be back by then",
    "not_there": "a person's own words about a post that was sent",
    "unknown_outcome": "only a call that was made can be without an answer",
}
"""Kinds of failure that no forecast names, and why."""


def _given_by_the_publish_step() -> set[str]:
    """The kinds of every refusal and failure in the publish step's own code."""
    kinds = set(refused.KINDS)
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name.endswith("Refusal"):
                kinds.add(_text(node.args[0]))
            if name == "_failed":
                kinds.add(_text(node.args[1]))
    return kinds - {""}


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_refusal_of_the_publish_step_has_a_risk_or_a_reason_why_not() -> None:
    given_there = _given_by_the_publish_step()
    assert {"archived", "unapproved", "not_connected", "finding", "file_gone", "plan_limit", "rejected"} <= given_there
    assert given_there - remedies.KINDS <= NOT_FORESEEN.keys(), given_there - remedies.KINDS
    assert not remedies.KINDS & NOT_FORESEEN.keys()


@dataclass(frozen=True)
class Wish:
    """A post to be made, with what is wrong about it, if anything."""

    platform: Platform
    parts: list[str]
    approved: bool
    is_overridden: bool
    pictures: int
    loses_a_picture: bool
    hours_good: int | None
    is_archived: bool
    minutes: int


PLATFORMS = (
    Platform.SANDBOX, Platform.TWITTER, Platform.BLUESKY, Platform.MASTODON, Platform.THREADS, Platform.INSTAGRAM,
)  # fmt: skip
WORDS = st.lists(
    st.sampled_from(
        ["rye", "Brot", "👍🏽", "日本語", "https://a.co/x", "node.js", "bicycle", "40 %", "best", "\n", "é"]
    ),
    min_size=1,
    max_size=90,
).map(" ".join)
MOSTLY = st.integers(0, 9).map(bool)
SELDOM = MOSTLY.map(lambda yes: not yes)
WISHES = st.builds(
    Wish,
    platform=st.sampled_from(PLATFORMS),
    parts=st.lists(WORDS.filter(str.strip), min_size=1, max_size=3),
    approved=MOSTLY,
    is_overridden=st.booleans(),
    pictures=st.integers(0, 5),
    loses_a_picture=SELDOM,
    hours_good=st.sampled_from([None, None, 30]),
    is_archived=SELDOM,
    minutes=st.integers(0, 3),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)  # shrinking would take minutes
@given(wishes=st.lists(WISHES, min_size=1, max_size=6), closes=SELDOM)
async def test_what_will_be_published_is_published_and_what_is_refused_was_at_risk(
    scene: Scene, wishes: list[Wish], *, closes: bool
) -> None:
    await _prepare(scene)
    own = [await _made(scene, wish) for wish in wishes]
    if closes:
        async with scene.database.transaction(scene.startup.id) as session:
            await session.execute(
                update(SocialAccount).where(SocialAccount.handle == "twitter").values(is_active=False)
            )
    await look(scene)
    expected = {post.id: await forecast(scene, post) for post in own}
    scene.forward(hours=20)
    for _ in range(8):  # posts of one account leave one after the other
        await scene.work()
        scene.forward(seconds=30)
    for post in own:
        after, said = await scene.now(post), expected[post.id]
        assert said is not None
        kinds = {risk.kind for risk in said.risks}
        if said.state is WILL_PUBLISH:
            assert after.status is PostStatus.PUBLISHED, (after.error_kind, after.error_message)
        if after.status is PostStatus.FAILED:
            assert said.state is AT_RISK
            assert after.error_kind in kinds


async def _prepare(scene: Scene) -> None:
    """Accounts of all networks, open; rules that the words above break now and then."""
    async with scene.database.transaction(scene.startup.id) as session:
        if await session.scalar(select(BrandRule)) is None:
            session.add(BrandRule(organization_id=scene.startup.id, forbidden_phrases=["node.js"]))
        known = set(await session.scalars(select(SocialAccount.platform).where(SocialAccount.is_active)))
    for platform in PLATFORMS:
        if platform not in known or platform is Platform.SANDBOX:
            await scene.another_account(handle=platform.value.lower(), platform=platform)


async def _made(scene: Scene, wish: Wish) -> ScheduledPost:
    refs, last = await _pictures(scene, wish)
    piece = await factory.piece(
        scene.database,
        scene.startup,
        body="\n\n".join(wish.parts),
        parts=wish.parts if len(wish.parts) > 1 else (),
        platform=wish.platform,
        approved=wish.approved,
        override_reason="It is so." if wish.is_overridden else None,
        media_refs=refs or None,
    )
    async with scene.database.transaction(scene.startup.id) as session:
        account = await session.scalar(select(SocialAccount).where(SocialAccount.handle == wish.platform.value.lower()))
    assert account is not None
    at = clock.now() + timedelta(hours=20, minutes=wish.minutes)
    post = await scene.post(account=account, of=piece, at=at)
    values: dict[str, Any] = {}
    if wish.hours_good is not None:
        values |= {"expires_at": clock.after(wish.hours_good * 3600)}
    if wish.is_archived:
        values |= {"status": ContentStatus.ARCHIVED}
    async with scene.database.transaction(scene.startup.id) as session:
        if values:
            await session.execute(update(ContentPiece).where(ContentPiece.id == piece.id).values(values))
    if wish.loses_a_picture and last is not None:
        last.unlink()
    return post


async def _pictures(scene: Scene, wish: Wish) -> tuple[list[MediaRef], Path | None]:
    from aipromote.assets import storage  # noqa: PLC0415 -- only here

    refs, path = [], None
    for number in range(wish.pictures):
        async with scene.database.transaction(scene.startup.id) as session:
            asset = await assets.store(
                session,
                scene.startup.owner,
                organization_id=scene.startup.id,
                name=f"{number}.png",
                content=b"\x89PNG\r\n\x1a\n" + new_id().bytes,
                mime_type="image/png",
                type=AssetType.IMAGE,
            )
        refs.append(MediaRef(asset_id=asset.id))
        path = storage.folder() / asset.storage_key
    return refs, path


NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def _planned(*hours: float, messages: int = 1) -> list[Planned]:
    return [Planned((new_id(), new_id()), NOW + timedelta(hours=one), messages) for one in hours]


DAILY = Limits(280, Counting.UTF16, min_gap_seconds=60, quotas=(Quota(2, 86_400),))


def test_posts_beyond_a_quota_leave_when_there_is_room_again() -> None:
    planned = _planned(1, 2, 3)
    leave = departures(planned, limits=DAILY, pace=None)
    assert [leave[one.key].at for one in planned[:2]] == [one.due_at for one in planned[:2]]
    third = leave[planned[2].key]
    assert third.brake == "quota"
    assert timedelta(0) <= third.at - planned[0].due_at - timedelta(hours=12) < timedelta(seconds=1)


def test_what_was_used_before_counts_against_a_quota() -> None:
    [one] = planned = _planned(1)
    pace = AccountPace(filled_at=NOW, buckets=[Bucket(size=2, seconds=86_400, tokens=0.0)])
    leave = departures(planned, limits=DAILY, pace=pace)[one.key]
    assert leave.brake == "quota"
    assert timedelta(hours=10) < leave.at - one.due_at < timedelta(hours=12)


def test_posts_of_one_account_keep_their_gap_and_nobody_leaves_while_it_is_closed() -> None:
    first, second = planned = _planned(1, 1)
    leave = departures(planned, limits=Limits(280, Counting.UTF16, min_gap_seconds=60), pace=None)
    assert sorted(one.at - first.due_at for one in leave.values()) == [
        timedelta(0),
        second.due_at - first.due_at + timedelta(seconds=60),
    ]
    closed = AccountPace(filled_at=NOW, buckets=[], closed_until=NOW + timedelta(hours=5))
    leave = departures(planned, limits=DAILY, pace=closed)
    assert {one.brake for one in leave.values()} == {"closed", "gap"}
    assert min(one.at for one in leave.values()) == closed.closed_until
