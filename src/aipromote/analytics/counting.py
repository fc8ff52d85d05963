"""The statements that keep snapshots and count them, set by set: however many rows come, there are four of them.

Each reads the rows that came from `$STAGED`, which is one of the three sources below. The statements of one load run in
one transaction and in this order: HOLD, KEEP (or REMEMBER), CLEAR, COUNT. Between two of them each sees what the one
before wrote; only HOLD makes others who count for the same organizations wait.
"""

from __future__ import annotations

from aipromote.analytics.models import COUNTERS
from aipromote.analytics.rows import STAGED

_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in STAGED.items())
LOADED = "analytics_staged"
"""The temporary table of large loads."""
MAKE_ROOM = f"CREATE TEMPORARY TABLE {LOADED} ({_COLUMNS}) ON COMMIT DROP"

FROM_LOAD = f"pg_temp.{LOADED} AS staged"
FROM_FEW = f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS staged ({_COLUMNS})"
FROM_HISTORY = """(
    SELECT a.organization_id, a.scheduled_post_id, a.metric_type, a.period_start,
           -- Two days, since in another time zone the first of them may have been counted on another day.
           a.collected_at - interval '2 days' AS collected_at
      FROM analytics a
     WHERE a.organization_id = :organization_id
       AND (CAST(:posts AS uuid[]) IS NULL OR a.scheduled_post_id = ANY (CAST(:posts AS uuid[])))
       AND a.scheduled_post_id IS NOT NULL) AS staged"""

_ATTRIBUTES = (
    "content_piece_id", "social_account_id", "platform", *COUNTERS, "period_start", "period_end", "measured_at",
    "engagement_rate", "ctr",
)  # fmt: skip

# What the counters had come to before each reading: the value with the highest number among those reported before it.
# (The largest of pairs [number, value], because PostgreSQL's window functions do not skip NULL.)
_GAINS = ",\n".join(
    f"{name} - coalesce((max(CASE WHEN {name} IS NOT NULL THEN ARRAY[number, {name}] END) OVER before)[2], 0) AS {name}"
    for name in COUNTERS
)

_MACROS = {
    "$COUNTERS": ", ".join(COUNTERS),
    "$ATTRIBUTES": ", ".join(_ATTRIBUTES),
    "$ARRIVED": ", ".join("greatest(measured_at, period_start)" if n == "period_end" else n for n in _ATTRIBUTES),
    "$A_COUNTERS": ", ".join(f"a.{name}" for name in COUNTERS),
    "$NEW_ATTRIBUTES": ", ".join(f"{name} = excluded.{name}" for name in _ATTRIBUTES),
    "$SUMS": ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in COUNTERS),
    "$D_SUMS": ", ".join(f"CAST(sum(d.{name}) AS bigint) AS {name}" for name in COUNTERS),
    "$GAINS": _GAINS,
}


def statement(template: str, source: str) -> str:
    """The SQL of one of the statements below, over one of the sources above."""
    for macro, words in ({"$POSTS": _POSTS, "$REMEMBER": _REMEMBER} | _MACROS).items():
        template = template.replace(macro, words)
    return template.replace("$STAGED", source)


HOLD = """
INSERT INTO analytics_calendars AS c (organization_id, time_zone)
SELECT o.id, o.time_zone FROM organizations o WHERE o.id IN (SELECT staged.organization_id FROM $STAGED) ORDER BY o.id
    ON CONFLICT (organization_id) DO UPDATE SET time_zone = c.time_zone
"""
"""Take the organizations' calendars until the transaction ends, always in the same order."""

_REMEMBER = """
    INSERT INTO analytics_latest AS l
           (organization_id, scheduled_post_id, metric_type, id, collected_at, $ATTRIBUTES)
    SELECT DISTINCT ON (organization_id, scheduled_post_id, metric_type)
           organization_id, scheduled_post_id, metric_type, id, collected_at, $ATTRIBUTES FROM kept
     ORDER BY organization_id, scheduled_post_id, metric_type, measured_at DESC, collected_at DESC
        ON CONFLICT (organization_id, scheduled_post_id, metric_type)
        DO UPDATE SET id = excluded.id, collected_at = excluded.collected_at, $NEW_ATTRIBUTES
        WHERE (l.measured_at, l.collected_at) <= (excluded.measured_at, excluded.collected_at)
"""

# A row that this very statement made is new (xmax = 0, the usual sign, cannot be asked of a partitioned table).
# The calendar is joined from the left: a row of an organization that this transaction may not see must reach the policy
# of `analytics`, which refuses it, and not be left out in silence.
KEEP = """
WITH fresh AS (
    SELECT staged.* FROM $STAGED LEFT JOIN analytics_calendars c ON c.organization_id = staged.organization_id
     WHERE c.closed_at IS NULL OR staged.measured_at >= c.closed_at
), kept AS (
    INSERT INTO analytics AS a
           (organization_id, scheduled_post_id, metric_type, id, collected_at, created_at, $ATTRIBUTES)
    SELECT DISTINCT ON (organization_id, scheduled_post_id, metric_type, collected_at)
           organization_id, scheduled_post_id, metric_type, id, collected_at, statement_timestamp(), $ARRIVED FROM fresh
     ORDER BY organization_id, scheduled_post_id, metric_type, collected_at, measured_at DESC, position DESC
        ON CONFLICT (organization_id, scheduled_post_id, metric_type, collected_at)
        DO UPDATE SET $NEW_ATTRIBUTES WHERE a.measured_at <= excluded.measured_at
    RETURNING a.*, a.created_at = statement_timestamp() AS is_new
), newest AS ($REMEMBER)
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated,
       (SELECT count(*) FROM fresh) AS fresh
  FROM kept
"""
"""Keep the snapshots, one for each slot, and of each post the newest. Says how many are new, how many replaced one."""

REMEMBER = """
WITH kept AS (
    SELECT a.* FROM analytics a LEFT JOIN analytics_calendars c ON c.organization_id = a.organization_id
     WHERE a.organization_id = :organization_id AND a.scheduled_post_id IS NOT NULL
       AND (CAST(:posts AS uuid[]) IS NULL OR a.scheduled_post_id = ANY (CAST(:posts AS uuid[]))))
$REMEMBER
"""
"""The newest of each post, from the snapshots that are there."""

_POSTS = """
    SELECT s.*, l.platform, l.content_piece_id, c.time_zone, c.closed_at, c.closed_day,
           greatest(CAST(s.since AT TIME ZONE c.time_zone AS date), c.closed_day) AS from_day
      FROM (SELECT staged.organization_id, staged.scheduled_post_id, staged.metric_type,
                   min(staged.collected_at) AS since FROM $STAGED GROUP BY 1, 2, 3) s
      JOIN analytics_calendars c ON c.organization_id = s.organization_id
      JOIN analytics_latest l ON l.organization_id = s.organization_id
           AND l.scheduled_post_id = s.scheduled_post_id AND l.metric_type = s.metric_type
"""

CLEAR = """
DELETE FROM analytics_daily d USING ($POSTS) p
 WHERE d.organization_id = p.organization_id AND d.scheduled_post_id = p.scheduled_post_id
   AND d.metric_type = p.metric_type AND d.day >= p.from_day
"""
"""Take back the days that the rows can have changed: a measurement lies on the day of its slot, or later."""

COUNT = """
WITH posts AS MATERIALIZED ($POSTS),
before_them AS (
    SELECT p.organization_id, p.scheduled_post_id, p.metric_type, $D_SUMS
      FROM posts p JOIN analytics_daily d ON d.organization_id = p.organization_id
           AND d.scheduled_post_id = p.scheduled_post_id AND d.metric_type = p.metric_type AND d.day < p.from_day
     GROUP BY 1, 2, 3
), readings AS (
    SELECT organization_id, scheduled_post_id, metric_type, CAST(NULL AS date) AS day,
           CAST(NULL AS platform) AS platform, CAST(NULL AS uuid) AS content_piece_id,
           CAST('-infinity' AS timestamptz) AS measured_at, CAST('-infinity' AS timestamptz) AS collected_at, $COUNTERS
      FROM before_them
     UNION ALL
    SELECT p.organization_id, p.scheduled_post_id, p.metric_type,
           greatest(CAST(a.measured_at AT TIME ZONE p.time_zone AS date), p.closed_day),
           p.platform, p.content_piece_id, a.measured_at, a.collected_at, $A_COUNTERS
      FROM posts p JOIN analytics a ON a.organization_id = p.organization_id
           AND a.scheduled_post_id = p.scheduled_post_id AND a.metric_type = p.metric_type
     WHERE a.collected_at >= (SELECT min(staged.period_start) FROM $STAGED)  -- months before need not be looked into
       AND (p.closed_at IS NULL OR a.measured_at >= p.closed_at)
       AND greatest(CAST(a.measured_at AT TIME ZONE p.time_zone AS date), p.closed_day) >= p.from_day
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY organization_id, scheduled_post_id, metric_type
                                 ORDER BY measured_at, collected_at) AS number FROM readings
), gains AS (
    SELECT organization_id, scheduled_post_id, metric_type, day, platform, content_piece_id, $GAINS
      FROM numbered
    WINDOW before AS (PARTITION BY organization_id, scheduled_post_id, metric_type
                      ORDER BY measured_at, collected_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
INSERT INTO analytics_daily
       (organization_id, scheduled_post_id, metric_type, day, platform, content_piece_id, $COUNTERS)
SELECT organization_id, scheduled_post_id, metric_type, day, platform, content_piece_id, $SUMS
  FROM gains WHERE day IS NOT NULL
 GROUP BY organization_id, scheduled_post_id, metric_type, day, platform, content_piece_id
"""
"""Count those days again, from what the days before came to."""
