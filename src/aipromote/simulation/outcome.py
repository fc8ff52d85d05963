"""What came of it: the product's rows beside what the sandbox network says that it received."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from aipromote.analytics.models import Snapshot
from aipromote.channels import queries as channels
from aipromote.coach.models import WeeklySummary
from aipromote.content.models import ContentPiece
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.simulation.setting_out import Stage


@dataclass(frozen=True)
class Outcome:
    """Counts only. `lost`: due posts of which the network has nothing; `duplicates`: messages it has more than once."""

    organization: str
    brief: str
    days: int
    pieces: int
    held_back: int
    scheduled: int
    due: int
    published: int
    failed: int
    missed: int
    lost: int
    duplicates: int
    received: int
    metric_rows: int
    weekly_summaries: int
    seconds: float
    network: str = "sandbox (engagement is simulated)"

    @property
    def is_clean(self) -> bool:
        """Every due post is on the network exactly once."""
        return self.published == self.due and not (self.failed or self.missed or self.lost or self.duplicates)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


async def received(stage: Stage) -> Counter[str]:
    """By idempotency key: how many posts the sandbox network holds for this organization's accounts."""
    async with stage.database.transaction(stage.organization_id) as session:
        accounts = await channels.accounts(session, organization_id=stage.organization_id, active_only=False)
    keys: Counter[str] = Counter()
    for account in accounts:
        if account.connector == "sandbox":
            query = {"account": account.account_id or ""}
            async with stage.http.get(f"{stage.sandbox_url}/audit", params=query) as answer:
                answer.raise_for_status()
                for post in (await answer.json())["posts"]:
                    keys[str(post["key"])] += 1
    return keys


async def take_stock(stage: Stage, *, source: str, days: int, held_back: int, seconds: float) -> Outcome:
    """Count what should have gone out, what the rows say, and what the network really has."""
    keys = await received(stage)
    async with stage.database.transaction(stage.organization_id) as session:
        posts = (await session.scalars(select(ScheduledPost))).all()
        attempts = (await session.execute(select(PublishAttempt.scheduled_post_id, PublishAttempt.key))).all()
        pieces = await session.scalar(select(func.count()).select_from(ContentPiece))
        metric_rows = await session.scalar(select(func.count()).select_from(Snapshot))
        summaries = await session.scalar(select(func.count()).select_from(WeeklySummary))
    due = [post for post in posts if post.status is not PostStatus.CANCELLED]
    keys_of: dict[Any, set[str]] = {post.id: set() for post in due}
    for post_id, key in attempts:
        keys_of.setdefault(post_id, set()).add(key)
    lost = [post for post in due if not keys_of[post.id] or any(key not in keys for key in keys_of[post.id])]
    known = {key for own in keys_of.values() for key in own}
    doubled = sum(count - 1 for count in keys.values()) + sum(count for key, count in keys.items() if key not in known)
    statuses = Counter(post.status for post in due)
    return Outcome(
        organization=stage.brief.name,
        brief=source,
        days=days,
        pieces=pieces or 0,
        held_back=held_back,
        scheduled=len(posts),
        due=len(due),
        published=statuses[PostStatus.PUBLISHED],
        failed=statuses[PostStatus.FAILED],
        missed=statuses[PostStatus.MISSED],
        lost=len(lost),
        duplicates=doubled,
        received=sum(keys.values()),
        metric_rows=metric_rows or 0,
        weekly_summaries=summaries or 0,
        seconds=round(seconds, 1),
    )
