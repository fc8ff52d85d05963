"""Writing forecasts down: one statement for a batch. An older look never replaces a newer one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.db.base import new_id
from aipromote.publishing.changes import Key, columns
from aipromote.publishing.forecast.reading import Facts
from aipromote.publishing.forecast.timing import next_look
from aipromote.publishing.reply import storable
from aipromote.publishing.risks import Risk
from aipromote.publishing.states import FINAL, ForecastState

# `told` stays what it was until people are told in the same transaction; nobody is told of what is well again.
_STORE = text("""
    INSERT INTO post_forecasts AS f (organization_id, id, scheduled_post_id, state, risks, checked_at, next_check_at,
                                     risk_since, seen_at)
    SELECT r.organization_id, r.id, p.id, CAST(r.state AS forecast_state), r.risks, :now, r.next_check_at,
           CASE WHEN r.state = 'AT_RISK' THEN CAST(:now AS timestamptz) END, :seen_at
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
           organization_id uuid, id uuid, post uuid, state text, risks jsonb, next_check_at timestamptz)
      JOIN scheduled_posts p ON p.organization_id = r.organization_id AND p.id = r.post
     WHERE p.status IN ('SCHEDULED', 'RETRYING')
     ORDER BY r.organization_id, r.post
    ON CONFLICT (organization_id, scheduled_post_id) DO UPDATE
       SET state = excluded.state, risks = excluded.risks, checked_at = excluded.checked_at,
           next_check_at = excluded.next_check_at, seen_at = excluded.seen_at,
           risk_since = CASE WHEN excluded.state = 'AT_RISK' THEN coalesce(f.risk_since, excluded.risk_since) END,
           told = CASE WHEN excluded.state = 'AT_RISK' THEN f.told END
     WHERE f.seen_at <= excluded.seen_at
    RETURNING organization_id, scheduled_post_id, risk_since, told
""")

_TOLD = text("""
    UPDATE post_forecasts f SET told = k.told
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[]), CAST(:told AS text[]))
           AS k (organization_id, post, told)
     WHERE f.organization_id = k.organization_id AND f.scheduled_post_id = k.post
""")

# A post that is over keeps its forecast until it would have been looked at again, a quarter of an hour at most.
_FORGET = text("""
    DELETE FROM post_forecasts f USING scheduled_posts p
     WHERE f.organization_id = ANY (CAST(:organizations AS uuid[])) AND f.next_check_at <= :now
       AND p.organization_id = f.organization_id AND p.id = f.scheduled_post_id
       AND p.status = ANY (CAST(:final AS post_status[]))
""")


@dataclass(frozen=True, slots=True)
class Stored:
    """What stands in the row now: since when it is at risk, and of what people were told."""

    risk_since: datetime | None
    told: str | None


async def store(session: AsyncSession, facts: Facts, found: Mapping[Key, Sequence[Risk]]) -> dict[Key, Stored]:
    """Keep the forecasts of the posts that still wait; those that were kept, and what their rows say."""
    rows = [_row(key, risks, facts) for key, risks in sorted(found.items())]
    values = {"rows": json.dumps(rows), "now": facts.now, "seen_at": facts.seen_at}
    kept = await session.execute(_STORE, values)
    return {(row.organization_id, row.scheduled_post_id): Stored(row.risk_since, row.told) for row in kept}


async def forget_finished(session: AsyncSession, organizations: Collection[UUID]) -> None:
    """Remove the forecasts of posts of these organizations that are over: nobody reads them any more.

    Whoever makes forecasts for an organization does it, so that what is left is never more than its last ones.
    """
    final = [status.value for status in sorted(FINAL)]
    values = {"organizations": sorted(organizations), "now": clock.now(), "final": final}
    await session.execute(_FORGET, values)


async def note_told(session: AsyncSession, told: Mapping[Key, str]) -> None:
    """Write down what people are being told of."""
    if told:
        organizations, posts = columns(told)
        words = [told[key] for key in zip(organizations, posts, strict=True)]
        await session.execute(_TOLD, {"organizations": organizations, "posts": posts, "told": words})


def _row(key: Key, risks: Sequence[Risk], facts: Facts) -> dict[str, object]:
    state = ForecastState.AT_RISK if risks else ForecastState.WILL_PUBLISH
    next_check_at = next_look(now=facts.now, due=facts.due[key], is_at_risk=bool(risks))
    return {
        "organization_id": str(key[0]),
        "id": str(new_id()),
        "post": str(key[1]),
        "state": state.value,
        "risks": [{name: storable(value) for name, value in risk.model_dump().items()} for risk in risks],
        "next_check_at": next_check_at.isoformat(),
    }
