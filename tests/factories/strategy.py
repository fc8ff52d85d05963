"""Plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from aipromote.brand import actions as brand
from aipromote.db.database import Database
from aipromote.documents.content import PieceSource
from aipromote.documents.strategy import StrategyDocument
from aipromote.strategy import actions
from aipromote.strategy.models import AIStrategy
from factories.organizations import Startup

START = date(2026, 11, 23)  # a Monday
PILLARS = ("Bread", "Bakers", "Grain")


def theme(number: int) -> str:
    """The theme of the plan's nth post, without digits: a number in a text would need a proof."""
    return f"Theme {chr(97 + number // 26)}{chr(97 + number % 26)}"


def document(
    *, start: date = START, weekdays: Sequence[int] = (0, 2, 4), platform: str = "TWITTER", zone: str = "Europe/Berlin"
) -> StrategyDocument:
    """A plan for one platform with one post on each of the weekdays, pillars in turn."""
    days = [start + timedelta(days=offset) for offset in range(90)]
    dates = [day for day in days if day.weekday() in weekdays]
    windows = [
        {"platform": platform, "weekday": day, "from": "09:00", "to": "12:00", "time_zone": zone} for day in weekdays
    ]
    values: dict[str, Any] = {
        "positioning": {"brief": "Bread from old grains.", "primary_message": "Bread that remembers."},
        "audience_segments": [{"name": "Neighbours", "share": 100}],
        "content_pillars": [
            {"name": name, "share": share, "description": f"All about {name.lower()}."}
            for name, share in zip(PILLARS, (50, 30, 20), strict=True)
        ],
        "channel_plan": [{"platform": platform, "role": "primary", "posts_per_week": len(weekdays)}],
        "cadence": {
            "posts_per_week": len(weekdays),
            "by_platform": {platform: len(weekdays)},
            "windows": windows,
        },
        "calendar_skeleton": [
            {"date": day, "platform": platform, "pillar": PILLARS[number % 3], "theme": theme(number)}
            for number, day in enumerate(dates)
        ],
    }
    return StrategyDocument.model_validate(values)


async def proposed(
    database: Database,
    startup: Startup,
    *,
    plan: StrategyDocument | None = None,
    request_id: UUID | None = None,
    sources: list[PieceSource] | None = None,
) -> AIStrategy:
    async with database.transaction(startup.id) as session:
        return await actions.propose(
            session,
            organization_id=startup.id,
            document=plan or document(),
            generated_by="tests",
            request_id=request_id,
            sources=sources,
        )


async def active(database: Database, startup: Startup, *, plan: StrategyDocument | None = None) -> AIStrategy:
    """An accepted plan; brand rules and facts are adopted from the brief on the way."""
    row = await proposed(database, startup, plan=plan)
    async with database.transaction(startup.id) as session:
        await brand.adopt_brief(session, startup.owner, organization_id=startup.id, brief=startup.organization.brief)
        return await actions.accept(session, startup.owner, organization_id=startup.id, strategy_id=row.id)
