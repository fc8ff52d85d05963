"""What can be wrong with the account of a post that is due tomorrow."""

from __future__ import annotations

from sqlalchemy import update

from aipromote import clock
from aipromote.channels import actions as channels
from aipromote.channels.models import SocialAccount
from publishing.forecast_scene import (
    change,
    connect_again,
    tomorrow,
)
from publishing.scene import Scene


async def disconnected(scene: Scene):
    post = await tomorrow(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        await channels.disconnect(
            session, scene.startup.owner, organization_id=scene.startup.id, account_id=scene.account.id
        )
    return post, lambda: connect_again(scene)


async def turned_away_by_the_network(scene: Scene):
    post = await tomorrow(scene)
    await scene.network.fault("revoke_tokens")
    return post, lambda: connect_again(scene)


async def tokens_that_end_before(scene: Scene):
    post = await tomorrow(scene)
    await change(scene, update(SocialAccount).values(refresh_token_sealed=None, expires_at=clock.after(3600)))
    return post, lambda: connect_again(scene)


async def tokens_that_cannot_be_renewed_now(scene: Scene):
    post = await tomorrow(scene)
    values = {"expires_at": clock.after(-60), "server": "http://127.0.0.1:9"}
    await change(scene, update(SocialAccount).values(values))
    return post, lambda: connect_again(scene)


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
    return post, lambda: connect_again(scene)
