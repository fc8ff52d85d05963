"""Each post is looked at a day ahead: what may keep it from going out is said, and is gone once it is repaired."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from aipromote import clock
from aipromote.accounts.models import User
from aipromote.assets import actions as assets
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.brand.models import BrandRule, Fact
from aipromote.channels import actions as channels
from aipromote.channels.models import AccountLook, SocialAccount
from aipromote.channels.states import LookAnswer
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.content import MediaRef
from aipromote.documents.facts import FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import actions, holds
from aipromote.publishing.models import AccountPace, PostForecast, ScheduledPost
from aipromote.publishing.states import PostStatus
from factories import channels as accounts
from factories import publishing as factory
from publishing.forecast_scene import AT_RISK, WILL_PUBLISH, forecast, kinds, look, looked, tomorrow
from publishing.scene import Scene

LETTERS = {"post-at-risk", "account-needs-reconnect"}
"""Where people read of it: what is wrong with an account that a network has just turned away stands in its letter."""
PNG = b"\x89PNG\r\n\x1a\n" + b"bread" * 20


async def test_a_post_in_order_will_be_published(scene: Scene) -> None:
    post = await tomorrow(scene)
    found = await looked(scene, post)
    assert (found.state, found.risks, found.risk_since) == (WILL_PUBLISH, [], None)
    assert await scene.told() == []


async def test_a_post_that_is_due_in_two_days_is_not_looked_at_yet(scene: Scene) -> None:
    post = await scene.post(at=clock.now() + timedelta(hours=48))
    assert await look(scene) == 0
    assert await forecast(scene, post) is None
    scene.forward(hours=25)
    assert await look(scene) == 1


async def test_forecasts_of_posts_that_are_over_are_removed_and_those_of_others_stay(scene: Scene) -> None:
    soon, failing, cancelled = [
        await scene.post(at=clock.now() + timedelta(hours=1), body=f"Rye {word}.") for word in ("out", "bad", "off")
    ]
    later = await tomorrow(scene)
    await look(scene)
    assert await _forecasts(scene) == {soon.id, failing.id, cancelled.id, later.id}
    await _change(scene, delete(Approval).where(Approval.piece_id == failing.content_piece_id))
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=cancelled.id)
    scene.forward(hours=1, minutes=1)
    await scene.work()
    over = [PostStatus.PUBLISHED, PostStatus.FAILED, PostStatus.CANCELLED]
    assert [(await scene.now(post)).status for post in (soon, failing, cancelled)] == over
    await look(scene)
    assert await _forecasts(scene) == {later.id}


async def test_a_post_that_failed_and_is_scheduled_again_has_a_forecast_again(scene: Scene) -> None:
    post, _ = await scene.post(at=clock.now() + timedelta(hours=1), approved=False), await tomorrow(scene)
    assert await kinds(scene, post) == ["unapproved"]
    scene.forward(hours=1, minutes=1)
    await scene.work()
    await look(scene)
    assert post.id not in await _forecasts(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.reschedule(
            session,
            scene.startup.owner,
            organization_id=scene.startup.id,
            post_id=post.id,
            scheduled_at=clock.now() + timedelta(hours=2),
        )
    assert await kinds(scene, post) == ["unapproved"]


async def _forecasts(scene: Scene) -> set[UUID]:
    async with scene.database.transaction(scene.startup.id) as session:
        return set(await session.scalars(select(PostForecast.scheduled_post_id)))


async def _change(scene: Scene, statement: Any) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(statement)


async def _add(scene: Scene, row: Any) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(row)


async def _connect_again(scene: Scene) -> None:
    again = await accounts.account(scene.database, scene.http, scene.startup, server=scene.network.url)
    assert again.id == scene.account.id


Trouble = Callable[[Scene], Awaitable[tuple[ScheduledPost, Callable[[], Awaitable[None]]]]]
"""Makes a post with something wrong; answers it, and what a person does about it."""


async def unapproved(scene: Scene):
    post = await tomorrow(scene, approved=False)
    return post, lambda: _add(scene, factory.approval(scene.startup, post.content_piece_id))


async def an_approval_that_was_taken_back(scene: Scene):
    post = await tomorrow(scene)
    await _add(scene, factory.approval(scene.startup, post.content_piece_id, decision=Decision.CHANGES_ASKED))
    clock_later = {"decided_at": clock.now() + timedelta(seconds=1)}
    return post, lambda: _change(
        scene, update(Approval).where(Approval.decision == Decision.APPROVED).values(clock_later)
    )


async def approved_by_the_product_alone(scene: Scene):
    post = await tomorrow(scene, approved=False)
    await _add(scene, BrandRule(organization_id=scene.startup.id))
    row = factory.approval(scene.startup, post.content_piece_id)
    row.user_id = None
    await _add(scene, row)
    return post, lambda: _change(scene, update(Approval).values(user_id=scene.startup.owner.user_id))


async def disconnected(scene: Scene):
    post = await tomorrow(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        await channels.disconnect(
            session, scene.startup.owner, organization_id=scene.startup.id, account_id=scene.account.id
        )
    return post, lambda: _connect_again(scene)


async def turned_away_by_the_network(scene: Scene):
    post = await tomorrow(scene)
    await scene.network.fault("revoke_tokens")
    return post, lambda: _connect_again(scene)


async def tokens_that_end_before(scene: Scene):
    post = await tomorrow(scene)
    await _change(scene, update(SocialAccount).values(refresh_token_sealed=None, expires_at=clock.after(3600)))
    return post, lambda: _connect_again(scene)


async def tokens_that_cannot_be_renewed_now(scene: Scene):
    post = await tomorrow(scene)
    values = {"expires_at": clock.after(-60), "server": "http://127.0.0.1:9"}
    await _change(scene, update(SocialAccount).values(values))
    return post, lambda: _connect_again(scene)


async def a_permission_that_is_missing(scene: Scene):
    narrow = await scene.another_account(handle="narrow", scope="posts.read")
    post = await tomorrow(scene, account=narrow)

    async def repair() -> None:
        await scene.another_account(handle="narrow")

    return post, repair


async def a_permission_that_the_network_took_away(scene: Scene):
    post = await tomorrow(scene)
    scene.network_store.run("UPDATE tokens SET scope = 'posts.write'")
    scene.network_store.memory.clear()
    return post, lambda: _connect_again(scene)


async def edited(scene: Scene):
    post = await tomorrow(scene)
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    await _add(scene, Revision(**key, number=2, body="Another text.", author="Ada"))
    await _change(scene, update(ContentPiece).values(revision=2))
    return post, lambda: _change(scene, update(ContentPiece).values(revision=1))


async def expired_by_then(scene: Scene):
    post = await tomorrow(scene)
    await _change(
        scene, update(ContentPiece).values(scheduled_at=None, status="APPROVED", expires_at=clock.after(3600))
    )
    return post, lambda: _change(scene, update(ContentPiece).values(expires_at=clock.after(90_000)))


async def another_network(scene: Scene):
    post = await tomorrow(scene)
    await _change(scene, update(ContentPiece).values(platform=Platform.BLUESKY))
    return post, lambda: _change(scene, update(ContentPiece).values(platform=Platform.SANDBOX))


async def _limited(scene: Scene, platform: Platform, **values: Any) -> ScheduledPost:
    account = await scene.another_account(handle="strict", platform=platform)
    return await tomorrow(scene, account=account, **values)


async def _reschedule_as(scene: Scene, post: ScheduledPost, body: str, parts: list[str]) -> None:
    """What an editor and an approver do: another text, approved, and scheduled for the same time."""
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(Revision(**key, number=2, body=body, parts=parts, author="Ada"))
        await session.flush()
        approval = factory.approval(scene.startup, post.content_piece_id)
        approval.revision = 2
        session.add(approval)
        await session.execute(
            update(ContentPiece)
            .where(ContentPiece.id == post.content_piece_id)
            .values(revision=2, body=body, parts=parts)
        )
        await session.execute(update(ScheduledPost).where(ScheduledPost.id == post.id).values(revision=2))


async def too_long(scene: Scene):
    post = await _limited(scene, Platform.TWITTER, body="Rye. " * 60)
    return post, lambda: _reschedule_as(scene, post, "Rye.", [])


async def too_many_parts(scene: Scene):
    parts = [f"Loaf {letter}." for letter in "abcdefghijklmnopqrstuvwxyz"]
    post = await _limited(scene, Platform.TWITTER, body="\n\n".join(parts), parts=parts)
    return post, lambda: _reschedule_as(scene, post, "Rye.", [])


async def _picture(scene: Scene, content: bytes = PNG, mime_type: str = "image/png") -> Asset:
    async with scene.database.transaction(scene.startup.id) as session:
        return await assets.store(
            session,
            scene.startup.owner,
            organization_id=scene.startup.id,
            name="bread.png",
            content=content,
            mime_type=mime_type,
            type=AssetType.IMAGE,
        )


async def _attach(scene: Scene, post: ScheduledPost, *pictures: Asset) -> None:
    refs = [MediaRef(asset_id=one.id) for one in pictures]
    await _change(scene, update(ContentPiece).where(ContentPiece.id == post.content_piece_id).values(media_refs=refs))


async def without_a_picture(scene: Scene):
    post = await _limited(scene, Platform.INSTAGRAM)
    picture = await _picture(scene)
    return post, lambda: _attach(scene, post, picture)


async def too_many_files(scene: Scene):
    post = await _limited(scene, Platform.TWITTER)
    pictures = [await _picture(scene, PNG + bytes([number])) for number in range(5)]
    await _attach(scene, post, *pictures)
    return post, lambda: _attach(scene, post, *pictures[:4])


async def a_file_that_is_gone(scene: Scene):
    post, picture = await tomorrow(scene), await _picture(scene)
    await _attach(scene, post, picture)
    path = storage.folder() / picture.storage_key
    path.unlink()

    async def repair() -> None:
        await _picture(scene)

    return post, repair


async def a_file_that_was_overwritten(scene: Scene):
    post, picture = await tomorrow(scene), await _picture(scene)
    await _attach(scene, post, picture)
    path = storage.folder() / picture.storage_key
    path.write_bytes(PNG[:-1] + b"!")

    async def repair() -> None:
        path.write_bytes(PNG)

    return post, repair


async def a_file_that_was_cut_short(scene: Scene):
    post, picture = await tomorrow(scene), await _picture(scene)
    await _attach(scene, post, picture)
    path = storage.folder() / picture.storage_key
    path.write_bytes(PNG[:20])

    async def repair() -> None:
        path.write_bytes(PNG)

    return post, repair


async def a_file_of_another_type(scene: Scene):
    post, wrong = await tomorrow(scene), await _picture(scene, b"GIF89a and so on")
    await _attach(scene, post, wrong)
    right = await _picture(scene)
    return post, lambda: _attach(scene, post, right)


async def a_phrase_that_was_forbidden_since(scene: Scene):
    post = await tomorrow(scene)
    await _add(scene, BrandRule(organization_id=scene.startup.id, forbidden_phrases=["bicycle"]))
    return post, lambda: _change(scene, update(BrandRule).values(forbidden_phrases=[]))


async def a_fact_that_expires_before(scene: Scene):
    """It is the fourth of May, 09:30; the post is due on the fifth."""
    today = {"statement": "40 % less waste", "source": "The ledger", "kind": FactKind.METRIC}
    await _add(scene, Fact(organization_id=scene.startup.id, **today, expires_on=clock.now().date()))
    post = await tomorrow(scene, body="We make 40 % less waste.")
    return post, lambda: _change(scene, update(Fact).values(expires_on=None))


async def a_text_that_is_out_already(scene: Scene):
    await scene.post(body="Fresh  BREAD on a bicycle.")
    await scene.work()
    post = await tomorrow(scene)
    return post, lambda: _reschedule_as(scene, post, "Rye.", [])


async def a_text_that_goes_out_before(scene: Scene):
    first = await scene.post(at=clock.now() + timedelta(hours=2))
    post = await tomorrow(scene)

    async def repair() -> None:
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=first.id)

    return post, repair


async def a_plan_that_is_used_up(scene: Scene):
    for letter in "ABCDEFGHIJKLMNOPQRST":
        await scene.post(body=f"Bread with {letter}.", at=clock.now() + timedelta(hours=1))
    post = await tomorrow(scene)
    await _change(scene, update(User).values(plan="free"))
    return post, lambda: _change(scene, update(User).values(plan="pro"))


async def held_back(scene: Scene):
    post = await tomorrow(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        await holds.hold(session, organizations=[scene.startup.id], reason="restored", known_until=clock.now())

    async def repair() -> None:
        async with scene.database.transaction(scene.startup.id) as session:
            await holds.release(session, scene.startup.owner, organization_id=scene.startup.id)

    return post, repair


async def an_account_that_is_closed(scene: Scene):
    post = await tomorrow(scene)
    closed = {"closed_until": clock.after(90_000), "closed_kind": "account_limit", "closed_reason": "Too many."}
    await _add(
        scene,
        AccountPace(
            organization_id=scene.startup.id, social_account_id=scene.account.id, filled_at=clock.now(), **closed
        ),
    )
    return post, lambda: _change(scene, delete(AccountPace))


async def more_posts_than_the_network_takes(scene: Scene):
    """TikTok takes fifteen a day from an account."""
    account = await scene.another_account(handle="strict", platform=Platform.TIKTOK)
    picture, others = await _picture(scene), []
    for letter in "abcdefghijklmno":
        at = clock.now() + timedelta(hours=19, minutes=50)
        others.append(await scene.post(account=account, body=f"Bread with {letter}.", at=at))
    post = await tomorrow(scene, account=account)
    for one in (*others, post):
        await _attach(scene, one, picture)

    async def repair() -> None:
        key = {"organization_id": scene.startup.id, "post_id": others[0].id}
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.cancel(session, scene.startup.owner, **key)

    return post, repair


async def a_next_attempt_that_comes_too_late(scene: Scene):
    post = await scene.post(at=clock.now())
    await scene.network.fault("unavailable")
    await scene.work()
    await _change(
        scene, update(ScheduledPost).values(scheduled_at=clock.after(-66_000), next_attempt_at=clock.after(72_000))
    )
    return post, lambda: _change(scene, update(ScheduledPost).values(scheduled_at=clock.now()))


TROUBLES: list[tuple[str, str, Trouble]] = [
    ("unapproved", "Nobody has approved", unapproved),
    ("unapproved", "Nobody has approved", an_approval_that_was_taken_back),
    ("unapproved", "Only AIPromote has approved", approved_by_the_product_alone),
    ("not_connected", "kornblume is not connected", disconnected),
    ("not_connected", "no longer lets kornblume in", turned_away_by_the_network),
    ("token", "ends Mon 4 May, 12:30 (Berlin)", tokens_that_end_before),
    ("token", "has ended, and renewing it failed", tokens_that_cannot_be_renewed_now),
    ("scopes", "without the permission posts.write", a_permission_that_is_missing),
    ("scopes", "lacks a permission", a_permission_that_the_network_took_away),
    ("edited", "(revision 1, now 2)", edited),
    ("expired", "only good until Mon 4 May, 12:30 (Berlin)", expired_by_then),
    ("wrong_platform", "written for Bluesky", another_network),
    ("too_long", "300 of 280", too_long),
    ("too_many_parts", "threads of 25", too_many_parts),
    ("needs_media", "no post without a picture", without_a_picture),
    ("too_many_files", "4 files", too_many_files),
    ("file_gone", "bread.png of this post is gone", a_file_that_is_gone),
    ("file_damaged", "not the one that was stored", a_file_that_was_overwritten),
    ("file_damaged", "has 20 bytes, where 108 were stored", a_file_that_was_cut_short),
    ("file_type", "is no image/png", a_file_of_another_type),
    ("finding", "“bicycle” is on the list", a_phrase_that_was_forbidden_since),
    ("finding", "When it is due, Tue 5 May, 07:30 (Berlin), a check will stop it", a_fact_that_expires_before),
    ("duplicate", "went out on this account Mon 4 May, 11:30", a_text_that_is_out_already),
    ("duplicate", "is to go out on this account Mon 4 May, 13:30", a_text_that_goes_out_before),
    ("plan_limit", "will be used up", a_plan_that_is_used_up),
    ("held", "held since the data was restored", held_back),
    ("closed_account", "asked to wait until Tue 5 May, 12:30 (Berlin) (Too many)", an_account_that_is_closed),
    (
        "quota",
        "could leave Tue 5 May, 08:56 (Berlin) at the earliest, 86 minutes late",
        more_posts_than_the_network_takes,
    ),
    ("late", "more than 24 hours late is not sent at all", a_next_attempt_that_comes_too_late),
]


@pytest.mark.parametrize(("kind", "words", "trouble"), [pytest.param(*one, id=one[2].__name__) for one in TROUBLES])
async def test_what_is_wrong_is_said_once_and_the_post_turns_green_by_itself_after_the_repair(
    scene: Scene, kind: str, words: str, trouble: Trouble
) -> None:
    post, repair = await trouble(scene)
    revision = (await scene.now(post)).revision
    found = await looked(scene, post)
    assert found.state is AT_RISK
    [risk] = found.risks
    assert (risk.kind, words in risk.reason) == (kind, True), risk.reason
    assert risk.remedy
    assert risk.path.startswith("/")
    scene.forward(minutes=2)
    again = await looked(scene, post)
    assert again.risk_since == found.risk_since
    told = [reason for template, reason in await scene.told() if template in LETTERS]
    assert len(told) == 1
    assert words in told[0]
    await repair()
    repaired = await looked(scene, post)
    assert (repaired.state, repaired.risks, repaired.told) == (WILL_PUBLISH, [], None)
    assert len([template for template, _ in await scene.told() if template in LETTERS]) == 1
    after = await scene.now(post)
    assert after.status in {PostStatus.SCHEDULED, PostStatus.RETRYING}
    assert after.revision in {revision, 2}


async def test_a_network_that_cannot_be_asked_is_no_risk_and_is_said(scene: Scene) -> None:
    post = await tomorrow(scene)
    await scene.network.fault("unavailable", target="read")
    assert (await looked(scene, post)).state is WILL_PUBLISH
    async with scene.database.transaction(scene.startup.id) as session:
        row = await session.scalar(AccountLook.__table__.select().with_only_columns(AccountLook.answer))
    assert row is LookAnswer.SILENT


async def test_several_risks_of_a_post_are_all_said(scene: Scene) -> None:
    post = await _limited(scene, Platform.TWITTER, body="Rye. " * 60, approved=False)
    assert await kinds(scene, post) == ["unapproved", "too_long"]


async def test_a_piece_that_was_archived_is_a_risk_of_its_post(scene: Scene) -> None:
    post = await tomorrow(scene)
    await _change(scene, update(ContentPiece).values(status=ContentStatus.ARCHIVED))
    assert await kinds(scene, post) == ["archived"]
