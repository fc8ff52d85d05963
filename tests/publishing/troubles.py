"""What can be wrong with a post that is due tomorrow: each makes one, and knows what a person does about it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update

from aipromote import clock
from aipromote.accounts.models import User
from aipromote.brand.models import BrandRule, Fact
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.facts import FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import actions, holds
from aipromote.publishing.models import AccountPace, ScheduledPost
from factories import publishing as factory
from publishing import troubles_of_accounts, troubles_of_files
from publishing.forecast_scene import (
    Trouble,
    add,
    change,
    limited,
    tomorrow,
)
from publishing.scene import Scene


async def unapproved(scene: Scene):
    post = await tomorrow(scene, approved=False)

    async def approved() -> None:
        await add(scene, factory.approval(scene.startup, post.content_piece_id))
        mine = ContentPiece.id == post.content_piece_id
        await change(scene, update(ContentPiece).where(mine).values(status=ContentStatus.APPROVED))

    return post, approved


async def an_approval_that_was_taken_back(scene: Scene):
    post = await tomorrow(scene)
    await add(scene, factory.approval(scene.startup, post.content_piece_id, decision=Decision.CHANGES_ASKED))
    clock_later = {"decided_at": clock.now() + timedelta(seconds=1)}
    return post, lambda: change(
        scene, update(Approval).where(Approval.decision == Decision.APPROVED).values(clock_later)
    )


async def approved_by_the_product_alone(scene: Scene):
    post = await tomorrow(scene, approved=False)
    await add(scene, BrandRule(organization_id=scene.startup.id))
    row = factory.approval(scene.startup, post.content_piece_id)
    row.user_id = None
    await add(scene, row)
    await change(scene, update(ContentPiece).values(status=ContentStatus.APPROVED))
    return post, lambda: change(scene, update(Approval).values(user_id=scene.startup.owner.user_id))


async def edited(scene: Scene):
    post = await tomorrow(scene)
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    await add(scene, Revision(**key, number=2, body="Another text.", author="Ada"))
    await change(scene, update(ContentPiece).values(revision=2))
    return post, lambda: change(scene, update(ContentPiece).values(revision=1))


async def expired_by_then(scene: Scene):
    post = await tomorrow(scene)
    await change(scene, update(ContentPiece).values(scheduled_at=None, status="APPROVED", expires_at=clock.after(3600)))
    return post, lambda: change(scene, update(ContentPiece).values(expires_at=clock.after(90_000)))


async def another_network(scene: Scene):
    post = await tomorrow(scene)
    await change(scene, update(ContentPiece).values(platform=Platform.BLUESKY))
    return post, lambda: change(scene, update(ContentPiece).values(platform=Platform.SANDBOX))


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
    post = await limited(scene, Platform.TWITTER, body="Rye. " * 60)
    return post, lambda: _reschedule_as(scene, post, "Rye.", [])


async def too_many_parts(scene: Scene):
    parts = [f"Loaf {letter}." for letter in "abcdefghijklmnopqrstuvwxyz"]
    post = await limited(scene, Platform.TWITTER, body="\n\n".join(parts), parts=parts)
    return post, lambda: _reschedule_as(scene, post, "Rye.", [])


async def a_phrase_that_was_forbidden_since(scene: Scene):
    post = await tomorrow(scene)
    await add(scene, BrandRule(organization_id=scene.startup.id, forbidden_phrases=["bicycle"]))
    return post, lambda: change(scene, update(BrandRule).values(forbidden_phrases=[]))


async def a_fact_that_expires_before(scene: Scene):
    """It is the fourth of May, 09:30; the post is due on the fifth."""
    today = {"statement": "40 % less waste", "source": "The ledger", "kind": FactKind.METRIC}
    await add(scene, Fact(organization_id=scene.startup.id, **today, expires_on=clock.now().date()))
    post = await tomorrow(scene, body="We make 40 % less waste.")
    return post, lambda: change(scene, update(Fact).values(expires_on=None))


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
    await change(scene, update(User).values(plan="free"))
    return post, lambda: change(scene, update(User).values(plan="pro"))


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
    await add(
        scene,
        AccountPace(
            organization_id=scene.startup.id, social_account_id=scene.account.id, filled_at=clock.now(), **closed
        ),
    )
    return post, lambda: change(scene, delete(AccountPace))


async def more_posts_than_the_network_takes(scene: Scene):
    """TikTok takes fifteen a day from an account."""
    account = await scene.another_account(handle="strict", platform=Platform.TIKTOK)
    picture, others = await troubles_of_files.a_picture(scene), []
    for letter in "abcdefghijklmno":
        at = clock.now() + timedelta(hours=19, minutes=50)
        others.append(await scene.post(account=account, body=f"Bread with {letter}.", at=at))
    post = await tomorrow(scene, account=account)
    for one in (*others, post):
        await troubles_of_files.attach(scene, one, picture)

    async def repair() -> None:
        key = {"organization_id": scene.startup.id, "post_id": others[0].id}
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.cancel(session, scene.startup.owner, **key)

    return post, repair


async def a_next_attempt_that_comes_too_late(scene: Scene):
    post = await scene.post(at=clock.now())
    await scene.network.fault("unavailable")
    await scene.work()
    await change(
        scene, update(ScheduledPost).values(scheduled_at=clock.after(-66_000), next_attempt_at=clock.after(72_000))
    )
    return post, lambda: change(scene, update(ScheduledPost).values(scheduled_at=clock.now()))


TROUBLES: list[tuple[str, str, Trouble]] = [
    ("unapproved", "Nobody has approved", unapproved),
    ("unapproved", "Nobody has approved", an_approval_that_was_taken_back),
    ("unapproved", "Only AIPromote has approved", approved_by_the_product_alone),
    ("not_connected", "kornblume is not connected", troubles_of_accounts.disconnected),
    ("not_connected", "no longer lets kornblume in", troubles_of_accounts.turned_away_by_the_network),
    ("token", "ends Mon 4 May, 12:30 (Berlin)", troubles_of_accounts.tokens_that_end_before),
    ("token", "has ended, and renewing it failed", troubles_of_accounts.tokens_that_cannot_be_renewed_now),
    ("scopes", "without the permission posts.write", troubles_of_accounts.a_permission_that_is_missing),
    ("scopes", "lacks a permission", troubles_of_accounts.a_permission_that_the_network_took_away),
    ("edited", "(revision 1, now 2)", edited),
    ("expired", "only good until Mon 4 May, 12:30 (Berlin)", expired_by_then),
    ("wrong_platform", "written for Bluesky", another_network),
    ("too_long", "300 of 280", too_long),
    ("too_many_parts", "threads of 25", too_many_parts),
    ("needs_media", "no post without a picture", troubles_of_files.without_a_picture),
    ("too_many_files", "4 files", troubles_of_files.too_many_files),
    ("file_gone", "bread.png of this post is gone", troubles_of_files.a_file_that_is_gone),
    ("file_damaged", "not the one that was stored", troubles_of_files.a_file_that_was_overwritten),
    ("file_damaged", "has 20 bytes, where 108 were stored", troubles_of_files.a_file_that_was_cut_short),
    ("file_type", "is no image/png", troubles_of_files.a_file_of_another_type),
    ("file_unfit", "takes 1 videos in one post; there are 2", troubles_of_files.more_videos_than_a_post_may_have),
    ("file_unfit", "bread.png cannot be read as a picture", troubles_of_files.a_picture_that_cannot_be_made_to_fit),
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
