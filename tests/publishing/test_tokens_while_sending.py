"""Tokens end, rotate and are taken away while posts are being sent."""

from __future__ import annotations

from sqlalchemy import update

from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.publishing.states import PostStatus
from publishing.scene import Scene


async def test_a_refused_token_is_renewed_once_and_the_post_sent(scene: Scene) -> None:
    post = await scene.post()
    before = await scene.account_now()
    await scene.network.fault("expire_tokens")
    await scene.work()
    after = await scene.account_now()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert await scene.outcomes(post) == [(0, "UNAUTHORIZED"), (0, "PUBLISHED")]
    assert len(await scene.received()) == 1
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token


async def test_many_posts_of_an_account_renew_its_token_only_once(scene: Scene) -> None:
    for letter in "ABCDE":
        await scene.post(body=f"Bread with {letter}.")
    await scene.network.fault("expire_tokens")
    await scene.work()
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    refreshes = scene.network_store.one("SELECT count(*) AS n FROM tokens WHERE kind = 'refresh'")
    assert refreshes["n"] == 2  # the one of the consent, and the one that took its place


async def test_a_token_that_is_about_to_end_is_renewed_before_it_is_used(scene: Scene) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(SocialAccount).values(expires_at=clock.after(30)))
    await scene.work()
    assert await scene.outcomes(post) == [(0, "PUBLISHED")]
    account = await scene.account_now()
    assert account.expires_at is not None
    assert account.expires_at > clock.after(3600)


async def test_a_revoked_account_stops_and_a_person_is_told(scene: Scene) -> None:
    post, other = await scene.post(), await scene.post(body="Another.")
    await scene.network.fault("revoke_tokens")
    await scene.work()
    account = await scene.account_now()
    assert not account.is_active
    assert account.error_message is not None
    assert "Connect the account again" in account.error_message
    for one in (post, other):
        after = await scene.now(one)
        assert after.status is PostStatus.FAILED
        assert "Connect the account again" in (after.error_message or "")
    assert await scene.received() == []
    assert [template for template, _ in await scene.told()] == ["account-needs-reconnect"]


async def test_a_grant_without_the_scope_to_publish_needs_a_person(scene: Scene) -> None:
    narrow = await scene.another_account(handle="narrow", scope="posts.read")
    post = await scene.post(account=narrow)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.FAILED
    assert (await scene.now(post)).error_kind == "connect_again"


async def test_an_unknown_outcome_of_a_revoked_account_waits_for_a_person(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("store_then_drop")
    await scene.work()
    await scene.network.fault("revoke_tokens")
    await scene.work_until_quiet()
    parked = await scene.now(post)
    assert parked.status is PostStatus.UNCONFIRMED
    assert parked.next_attempt_at is None
    assert len(await scene.received()) == 1
