"""What people do with a post while a worker may be at it: the same verbs as behind the buttons and the API."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import actions as channels
from aipromote.publishing import actions as publishing
from aipromote.publishing.models import ScheduledPost
from aipromote.scheduling import actions as scheduling
from publishing.race import Verb
from publishing.scene import Scene


async def cancel(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    await scheduling.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)


async def reschedule(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    key = {"organization_id": scene.startup.id, "post_id": post.id}
    next_week = (clock.now() + timedelta(days=7)).replace(tzinfo=None)
    await scheduling.reschedule(session, scene.startup.owner, **key, local=next_week)


async def publish_now(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    await publishing.publish_now(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)


async def publish_piece_now(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    await scheduling.publish_piece_now(session, scene.startup.owner, **key)


async def edit(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    await scheduling.edit_piece(session, scene.startup.owner, **key, body="Stale bread.", based_on=1)


async def withdraw(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    """Send it back to its author: its approval counts no more."""
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    await scheduling.ask_changes(session, scene.startup.owner, **key, revision=1, note="Which bread?")


async def archive(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    key = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    await scheduling.archive_piece(session, scene.startup.owner, **key)


async def disconnect(session: AsyncSession, scene: Scene, post: ScheduledPost) -> None:
    key = {"organization_id": scene.startup.id, "account_id": post.social_account_id}
    await channels.disconnect(session, scene.startup.owner, **key)


VERBS: dict[str, Verb] = {
    "cancel": cancel,
    "reschedule": reschedule,
    "publish now": publish_now,
    "publish the piece now": publish_piece_now,
    "edit": edit,
    "withdraw the approval": withdraw,
    "archive": archive,
    "disconnect": disconnect,
}
