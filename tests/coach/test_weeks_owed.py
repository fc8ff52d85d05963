"""The look for weeks to sum up, against the plain question."""

from __future__ import annotations

import asyncpg

from aipromote import clock
from aipromote.db.database import Database
from aipromote.simulation.scale.loading import load
from aipromote.simulation.scale.shape import Shape

PLAIN = """
SELECT DISTINCT p.organization_id, w.monday AS week_start
  FROM scheduled_posts p JOIN organizations o ON o.id = p.organization_id
 CROSS JOIN LATERAL (SELECT date_trunc('week', p.published_at AT TIME ZONE o.time_zone)::date AS monday) w
 WHERE p.status = 'PUBLISHED' AND p.published_at > $1::timestamptz - interval '35 days'
   AND ((w.monday + 7)::timestamp AT TIME ZONE o.time_zone) <= $1
   AND NOT EXISTS (
       SELECT 1 FROM weekly_summaries s WHERE s.organization_id = o.id AND s.week_start = w.monday)
"""
ZONES = """
UPDATE organizations
   SET time_zone = (ARRAY['Pacific/Kiritimati', 'America/Los_Angeles', 'UTC'])[1 + abs(hashtext(id::text) % 3)]
"""


async def test_every_week_with_posts_and_without_a_summary_is_owed_once_and_no_other(
    database: Database, owner: asyncpg.Connection, owner_url: str
) -> None:
    now = clock.now()
    await load(owner_url, Shape([200, 60, 9, 3, 1], 100, now))
    await owner.execute(ZONES)
    await owner.execute("DELETE FROM weekly_summaries WHERE hashtext(id::text) % 2 = 0")
    expected = {tuple(row) for row in await owner.fetch(PLAIN, now)}
    found = [tuple(row) for row in await owner.fetch("SELECT * FROM doors.owed_summaries($1, 1000)", now)]
    assert len(expected) > 5
    assert set(found) == expected
    assert len(found) == len(set(found))
    assert [week for _, week in found] == sorted(week for _, week in found)
    assert await owner.fetch("SELECT * FROM doors.owed_summaries($1, 3)", now) == [*found[:3]]
