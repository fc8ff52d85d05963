"""Two people who move one post: the second learns of the first, and nothing is overwritten unseen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.errors import Conflict
from aipromote.organizations import queries as organizations
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.moments import when
from aipromote.publishing.words import BUSY


async def refuse_if_moved(session: AsyncSession, post: ScheduledPost, *, seen: datetime | None) -> None:
    """Conflict where the post's time is not the one that the person saw (None: whatever it is)."""
    if seen in {None, post.scheduled_at} or post.status in BUSY:
        return
    zone = await organizations.time_zone(session, organization_id=post.organization_id)
    raise Conflict(
        f"Somebody else moved this post meanwhile, to {when(post.scheduled_at, zone)}. It stays there; "
        "move it again if you still want to."
    )
