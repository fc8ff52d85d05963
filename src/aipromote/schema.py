"""The whole schema: imports every room's models, so that `metadata` knows all tables. Only tools and tests need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aipromote.accounts import models as accounts
from aipromote.accounts.factors import models as _factors  # noqa: F401 -- tables of the room `accounts`
from aipromote.ai import models as ai
from aipromote.ai import states as ai_states
from aipromote.analytics import models as analytics
from aipromote.assets import models as assets
from aipromote.audit import models as audit
from aipromote.billing import models as billing
from aipromote.billing import states as billing_states
from aipromote.brand import models as brand
from aipromote.briefs import models as briefs
from aipromote.channels import models as channels
from aipromote.coach import models as coach
from aipromote.content import models as content
from aipromote.content import states as content_states
from aipromote.content.feeds import models as _feeds  # noqa: F401 -- tables of the room `content`
from aipromote.content.review import models as _review  # noqa: F401 -- likewise
from aipromote.content.series import models as _series  # noqa: F401 -- likewise
from aipromote.db.base import Base
from aipromote.jobs import models as jobs
from aipromote.knowledge import models as knowledge
from aipromote.monitoring import models as monitoring
from aipromote.notifications import models as notifications
from aipromote.notifications import states as notification_states
from aipromote.organizations import models as organizations
from aipromote.publishing import models as publishing
from aipromote.publishing import states as publishing_states
from aipromote.scheduling import models as scheduling
from aipromote.strategy import models as strategy
from aipromote.strategy import states as strategy_states

metadata = Base.metadata

ROOMS = (
    accounts, audit, organizations, billing, channels, assets, brand, ai,
    notifications, strategy, briefs, content, publishing, analytics, knowledge, scheduling, coach, jobs, monitoring,
)  # fmt: skip
"""The modules of models, one for each room that owns tables."""

MOVES: Mapping[str, Mapping[Any, frozenset[Any]]] = {
    "ai_strategies": strategy_states.MOVES,
    "content_pieces": content_states.MOVES,
    "series": content_states.SERIES_MOVES,
    "content_variants": content_states.VARIANT_MOVES,
    "scheduled_posts": publishing_states.MOVES,
    "subscriptions": billing_states.MOVES,
    "generation_requests": ai_states.MOVES,
    "notifications": notification_states.MOVES,
}
"""By table: the allowed moves of its status, which the database enforces too."""

FIFTEEN = (
    "users", "organizations", "founders", "ai_strategies", "content_pieces", "social_accounts", "scheduled_posts",
    "analytics", "brand_rules", "assets", "content_pillars", "series", "weekly_summaries", "subscriptions", "usage",
)  # fmt: skip
"""The tables of the fifteen models."""
