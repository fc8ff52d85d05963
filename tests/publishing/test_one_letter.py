"""A network that turns an account away is told in one letter, with the posts that it cost and those that wait."""

from __future__ import annotations

from datetime import timedelta
from string import ascii_lowercase

from sqlalchemy import select

from aipromote.accounts.models import User
from aipromote.channels.models import SocialAccount
from aipromote.connectors.errors import Rejected, Revoked
from aipromote.notifications import actions as notifications
from aipromote.notifications import letters
from aipromote.notifications.models import Notification
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.publishing.states import PostStatus
from factories import accounts
from publishing.forecast_scene import look, tomorrow
from publishing.networks import Says, reach_through, registered
from publishing.scene import Scene


async def _letters(scene: Scene) -> list[Notification]:
    async with scene.database.transaction(scene.startup.id) as session:
        return list(await session.scalars(select(Notification).order_by(Notification.id)))


async def _mailed(scene: Scene, row: Notification) -> bool:
    """Whether a worker that looks at it now may mail it; it does then."""
    key = {"organization_id": scene.startup.id, "notification_id": row.id}
    async with scene.database.transaction(scene.startup.id) as session:
        if await notifications.claim(session, **key) is None:
            return False
        await notifications.record_sent(session, **key)
        return True


async def test_posts_that_fail_with_their_account_stand_in_the_letter_about_it(scene: Scene) -> None:
    await scene.post(body="Rye on a bicycle.")
    await scene.post(body="Spelt on a tricycle.")
    await scene.network.fault("revoke_tokens")
    await scene.work()
    [row] = await _letters(scene)
    letter = letters.render(row.template, row.data)
    assert letter.subject == f"Please connect {scene.account.handle} on Sandbox again"
    assert "Because of it these posts were not published." in letter.body
    assert "(Berlin): Rye on a bicycle." in letter.body
    assert "(Berlin): Spelt on a tricycle." in letter.body


async def test_posts_that_fail_a_moment_later_and_those_of_tomorrow_stand_in_it_too(scene: Scene) -> None:
    await tomorrow(scene, body="Wheat, tomorrow.")
    await scene.post(body="Rye on a bicycle.")
    await scene.network.fault("revoke_tokens")
    await scene.work()
    await scene.post(body="Spelt on a tricycle.")
    scene.forward(seconds=20)
    await scene.work()
    await look(scene)
    [row] = await _letters(scene)
    assert not await _mailed(scene, row), "it is held back for a minute"
    body = letters.render(row.template, row.data).body
    failed, _, waiting = body.partition("These are due soon")
    assert "Rye on a bicycle." in failed
    assert "Spelt on a tricycle." in failed
    assert "Wheat, tomorrow." in waiting
    scene.forward(seconds=41)
    assert await _mailed(scene, row)


async def test_a_post_that_fails_when_the_letter_has_left_has_a_letter_of_its_own(scene: Scene) -> None:
    await scene.post(body="Rye on a bicycle.")
    await scene.network.fault("revoke_tokens")
    await scene.work()
    [row] = await _letters(scene)
    scene.forward(seconds=61)
    assert await _mailed(scene, row)
    await scene.post(body="Spelt on a tricycle.")
    await scene.work()
    first, second = await _letters(scene)
    assert first.data == row.data
    assert second.template == "post-failed"
    assert second.data.excerpt == "Spelt on a tricycle."


async def test_everybody_who_can_connect_it_has_one_letter(scene: Scene) -> None:
    other = await accounts.user(scene.database)
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(Membership(organization_id=scene.startup.id, id=other.id, user_id=other.id, role=Role.ADMIN))
    await scene.post()
    await scene.network.fault("revoke_tokens")
    await scene.work()
    rows = await _letters(scene)
    assert {row.template for row in rows} == {"account-needs-reconnect"}
    async with scene.database.transaction(scene.startup.id) as session:
        people = set(await session.scalars(select(User.id)))
    assert sorted(row.user_id for row in rows) == sorted(people)
    assert all(row.data.posts for row in rows)


async def test_what_failed_of_another_cause_is_told_by_itself(scene: Scene) -> None:
    network = Says(Rejected("Malformed."), Revoked("It ended."))
    with registered(network):
        await reach_through(scene, network)
        posts = [await scene.post(body="First."), await scene.post(body="Second.")]
        await scene.work()
    by_kind = {(await scene.now(post)).error_kind: post for post in posts}
    assert by_kind.keys() == {"connect_again", "rejected"}
    rows = {row.template: row for row in await _letters(scene)}
    assert rows.keys() == {"account-needs-reconnect", "post-failed"}
    assert rows["post-failed"].data.path == f"/posts/{by_kind['rejected'].id}"


async def test_posts_on_an_account_that_a_person_disconnected_are_told_one_by_one(scene: Scene) -> None:
    posts = [await scene.post(body="First."), await scene.post(body="Second.")]
    async with scene.database.transaction(scene.startup.id) as session:
        account = await session.get(SocialAccount, (scene.startup.id, scene.account.id))
        assert account is not None
        account.is_active = False
    await scene.work()
    assert {(await scene.now(post)).status for post in posts} == {PostStatus.FAILED}
    assert [template for template, _ in await scene.told()] == ["post-failed", "post-failed"]


async def test_a_letter_about_very_many_posts_stays_short(scene: Scene) -> None:
    for letter in ascii_lowercase[:25]:
        await scene.post(body=f"Loaf {letter}.")
    await scene.network.fault("revoke_tokens")
    await scene.work()
    [row] = await _letters(scene)
    assert row.data.posts is not None
    lines = row.data.posts.splitlines()
    assert len(lines) == 21
    assert lines[-1].startswith("and more")
    assert row.claimed_until is not None
    assert row.claimed_until - row.created_at == timedelta(minutes=1)
