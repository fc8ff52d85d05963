"""The small tables: what a startup has before it writes its first text. Rows for COPY, by table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from aipromote.ai import writers
from aipromote.billing.plans import SELF_HOSTED
from aipromote.documents.brief import facts_of
from aipromote.documents.brief.file import read_brief
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import SetupError
from aipromote.simulation.sample.story import BRIEF
from aipromote.simulation.scale.shape import PAST, Shape, Startup

Row = dict[str, Any]

ACCOUNTS, PILLARS = 4, 3
"""Of each startup: the company's account and the founder's, on two networks; and the pillars that texts are about."""
_NO_ACCOUNT = "Made for a load test: there is no such account."
_PARTS = (
    "positioning", "audience_segments", "content_pillars", "channel_plan", "cadence", "calendar_skeleton",
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """What all startups have in common: one brief and one plan, whose numbers agree with each other."""

    shape: Shape
    brief: Row
    plan: StrategyDocument
    writer: str

    @property
    def begun(self) -> Any:
        """When the startups were founded: a day before the first post."""
        return self.shape.begun - timedelta(days=8)

    @property
    def platforms(self) -> list[str]:
        """The two networks that the posts go out on."""
        planned = [channel.platform.value for channel in self.plan.channel_plan]
        return [planned[0], planned[-1]]


async def template(shape: Shape) -> Template:
    """From the example brief, with the offline writer. Raises SetupError where there are no examples."""
    try:
        brief = read_brief(BRIEF.read_bytes(), source=BRIEF.name)
    except FileNotFoundError as missing:
        raise SetupError("The example briefs are not installed; load-test data is made from one of them.") from missing
    writer = writers.offline()
    start = (shape.now - PAST).date()
    plan = await writer.strategy(brief, facts=facts_of(brief), start=start - timedelta(days=start.weekday()), version=1)
    return Template(shape, brief.model_dump(mode="json"), plan, writer.name)


def account_keys(startup: Startup) -> list[UUID]:
    """The company's and the founder's on the first network, then those on the second."""
    return [startup.key(f"account {number}") for number in range(ACCOUNTS)]


def pillar_keys(startup: Startup) -> list[UUID]:
    """In the order of the plan."""
    return [startup.key(f"pillar {number}") for number in range(PILLARS)]


def name_of(startup: Startup) -> str:
    """`Startup 17`; the seed tells apart what several runs made."""
    return f"Startup {startup.seed}.{startup.number}"


def _users(_template: Template, startup: Startup) -> list[Row]:
    email = f"owner-{startup.seed}-{startup.number}@scale.example"
    return [{"id": startup.key("owner"), "email": email, "name": f"Owner of {name_of(startup)}"}]


def _subscriptions(template: Template, startup: Startup) -> list[Row]:
    row = {"id": startup.key("subscription"), "user_id": startup.key("owner"), "plan_id": SELF_HOSTED.id}
    return [row | {"status": "ACTIVE", "period_start": template.begun}]


def _organizations(template: Template, startup: Startup) -> list[Row]:
    brief = template.brief | {"name": name_of(startup)}
    columns = ("url", "stage", "pricing", "description", "tagline", "category", "markets", "languages", "time_zone")
    row: Row = {"id": startup.key(), "owner_id": startup.key("owner"), "name": name_of(startup)}
    return [row | {name: brief[name] for name in columns} | {"brief": json.dumps(brief)}]


def _memberships(_template: Template, startup: Startup) -> list[Row]:
    return [_own(startup, "membership") | {"user_id": startup.key("owner"), "role": "OWNER"}]


def _founders(_template: Template, startup: Startup) -> list[Row]:
    return [_own(startup, "founder") | {"name": f"Founder {startup.number}", "role": "CEO", "is_primary": True}]


def _brand_rules(_template: Template, startup: Startup) -> list[Row]:
    return [_own(startup, "brand rules") | {"tone": "plain", "forbidden_phrases": ["game changer"]}]


def _facts(_template: Template, startup: Startup) -> list[Row]:
    statement = f"{name_of(startup)} has customers in 7 countries"
    row = {"statement": statement, "kind": "metric", "source": "The books", "recorded_by": startup.key("owner")}
    return [_own(startup, "fact") | row]


def _requests(template: Template, startup: Startup) -> list[Row]:
    wanted = {"start": (template.shape.now - PAST).date().isoformat(), "end": None, "previous_strategy_id": None}
    row = {"kind": "STRATEGY", "status": "DONE", "wanted": json.dumps(wanted), "asked_by": startup.key("owner")}
    return [
        _own(startup, "request")
        | row
        | {"attempts": 1, "done_count": 1, "total_count": 1, "finished_at": template.begun}
    ]


def _strategies(template: Template, startup: Startup) -> list[Row]:
    parts = {name: json.dumps(template.plan.model_dump(mode="json")[name]) for name in _PARTS}
    row = {"version": 1, "status": "ACTIVE", "generated_by": template.writer, "accepted_at": template.begun}
    return [_own(startup, "strategy") | parts | row | {"request_id": startup.key("request")}]


def _pillars(template: Template, startup: Startup) -> list[Row]:
    planned = template.plan.content_pillars[:PILLARS]
    return [
        {"organization_id": startup.key(), "id": key, "name": pillar.name[:200], "sort_order": order}
        for order, (key, pillar) in enumerate(zip(pillar_keys(startup), planned, strict=True))
    ]


def _series(template: Template, startup: Startup) -> list[Row]:
    row = {"name": "Every tenth", "platform": template.platforms[0], "cadence": "weekly"}
    return [_own(startup, "series") | row]


def _accounts(template: Template, startup: Startup) -> list[Row]:
    return [
        {
            "organization_id": startup.key(),
            "id": key,
            "platform": template.platforms[number // 2],
            "connector": "sandbox",
            "server": "https://scale.example",
            "handle": f"startup-{startup.number}-{number}",
            "account_id": key.hex,
            "is_active": False,
            "error_message": _NO_ACCOUNT,
        }
        for number, key in enumerate(account_keys(startup))
    ]


def _assets(_template: Template, startup: Startup) -> list[Row]:
    row = {"filename": "logo.png", "original_name": "logo.png", "type": "LOGO", "mime_type": "image/png", "size": 4096}
    place = {"storage_key": f"scale/{startup.key().hex}/logo.png", "bucket": "scale", "tags": ["logo", "brand"]}
    return [_own(startup, "asset") | row | place | {"checksum": hashlib.sha256(startup.key().bytes).digest()}]


def _own(startup: Startup, name: str) -> Row:
    return {"organization_id": startup.key(), "id": startup.key(name)}


TABLES: dict[str, Callable[[Template, Startup], list[Row]]] = {
    "users": _users,
    "subscriptions": _subscriptions,
    "organizations": _organizations,
    "memberships": _memberships,
    "founders": _founders,
    "brand_rules": _brand_rules,
    "facts": _facts,
    "generation_requests": _requests,
    "ai_strategies": _strategies,
    "content_pillars": _pillars,
    "series": _series,
    "social_accounts": _accounts,
    "assets": _assets,
}
"""In the order in which foreign keys want them."""
