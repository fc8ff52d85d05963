"""The large tables, made by the server: from a startup's row to its texts, posts, attempts, snapshots and sums.

Chance comes from hashes of a row's number, so the same startup gets the same rows wherever it is made. Ids are UUIDv7
of the time at which the product would have made the row. A text and its two posts share one fate, as long as the
product's own rules ask for it: what a piece shows follows from its posts.
"""

from __future__ import annotations

from aipromote.analytics import counting

PREPARE = """
CREATE FUNCTION pg_temp.made_id(at timestamptz, name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '7' || substr(md5(name), 1, 3) || '8' || substr(md5(name), 5, 15))::uuid
$$;
CREATE TEMP TABLE scale_phrases (no int PRIMARY KEY, words text NOT NULL);
CREATE TEMP TABLE scale_startups (
    number int, organization_id uuid, owner_id uuid, strategy_id uuid, series_id uuid, accounts uuid[], pillars uuid[],
    platforms platform[], time_zone text, posts int, pieces int
);
CREATE TEMP TABLE scale_pieces (
    organization_id uuid, id uuid, no int, turn int, chance bigint, fate text, created_at timestamptz, at timestamptz,
    published_at timestamptz, text text, headline text
);
CREATE TEMP TABLE scale_posts (
    organization_id uuid, id uuid, piece_id uuid, account_id uuid, chance bigint, fate text, made_at timestamptz,
    at timestamptz, published_at timestamptz, text text, platform platform, time_zone text
);
"""

CLEAR_PIECES = "TRUNCATE scale_pieces, scale_posts"
CLEAR_STARTUPS = "TRUNCATE scale_startups"

# Every sixth text is not scheduled; the others are numbered by `turn` and spread evenly over the time. The last $8 of a
# startup are spread over $5 and $6, those before over the time from $9 ago until $5 ago.
# $1, $2: numbers of pieces [first, last). $3: seed. $4: now. $5, $6: how far back, and ahead. $7: syllables.
PIECES = """
INSERT INTO scale_pieces
SELECT s.organization_id, pg_temp.made_id(d.created_at, s.organization_id || '/' || n.no), n.no,
       CASE WHEN n.no % 6 < 5 THEN n.no - n.no / 6 END, c.chance, f.fate, d.created_at, d.at,
       CASE WHEN f.fate = 'PUBLISHED' THEN d.at + make_interval(secs => 2 + c.chance % 40) END,
       a.words || ' ' || b.words || ' ' || e.words || ' ' || y.s[1 + c.chance % 40] || y.s[1 + c.chance / 64 % 40]
           || y.s[1 + c.chance / 4096 % 40] || '.', a.words
  FROM scale_startups s
 CROSS JOIN (SELECT $7::text[] AS s) y
 CROSS JOIN LATERAL generate_series($1::int, least($2::int, s.pieces) - 1) AS n (no)
 CROSS JOIN LATERAL (SELECT hashint8extended(n.no, $3::bigint * 1000003 + s.number) & 9007199254740991 AS chance) c
 CROSS JOIN LATERAL (SELECT n.no + (c.chance % 997) / 997.0 AS place, greatest(0, s.pieces - $8::int) AS before) o
 CROSS JOIN LATERAL (
       SELECT CASE WHEN n.no < o.before
              THEN $4::timestamptz - $9::interval + o.place / o.before * ($9::interval - $5::interval)
              ELSE $4::timestamptz - $5::interval
                   + (o.place - o.before) / (s.pieces - o.before) * ($5::interval + $6::interval) END AS at) w
 CROSS JOIN LATERAL (
       SELECT date_trunc('second', w.at) AS at,
              date_trunc('milliseconds', least(w.at - interval '7 days', $4::timestamptz - interval '1 hour'))
                  AS created_at) d
 CROSS JOIN LATERAL (SELECT c.chance / 8 % 1000 AS part, d.at < $4::timestamptz AS is_past) k
 CROSS JOIN LATERAL (
       SELECT CASE
              WHEN n.no % 6 = 5 THEN CASE WHEN k.is_past THEN 'ARCHIVED' WHEN k.part < 300 THEN 'DRAFT'
                                          WHEN k.part < 800 THEN 'PENDING_REVIEW' ELSE 'APPROVED' END
              WHEN NOT k.is_past THEN CASE WHEN k.part < 960 THEN 'SCHEDULED' ELSE 'CANCELLED' END
              WHEN d.at > $4::timestamptz - interval '6 hours' AND k.part < 50 THEN 'RETRYING'
              WHEN k.part < 935 THEN 'PUBLISHED' WHEN k.part < 960 THEN 'FAILED' WHEN k.part < 980 THEN 'CANCELLED'
              WHEN k.part < 995 THEN 'MISSED' ELSE 'UNCONFIRMED' END AS fate) f
  JOIN scale_phrases a ON a.no = c.chance / 16 % 2000
  JOIN scale_phrases b ON b.no = c.chance / 65536 % 2000
  JOIN scale_phrases e ON e.no = c.chance / 268435456 % 2000
"""

# $1: now.
POSTS = """
INSERT INTO scale_posts
SELECT p.organization_id, pg_temp.made_id(m.made_at, p.id || '/' || k.copy), p.id,
       s.accounts[1 + (p.no % 2) * 2 + k.copy], p.chance / (k.copy + 1), p.fate, m.made_at, p.at,
       p.published_at + make_interval(secs => k.copy), p.text, s.platforms[1 + p.no % 2], s.time_zone
  FROM scale_pieces p JOIN scale_startups s USING (organization_id)
 CROSS JOIN generate_series(0, 1) AS k (copy)
 CROSS JOIN LATERAL (SELECT p.created_at + interval '30 minutes' AS made_at) m
 WHERE 2 * p.turn + k.copy < s.posts
"""

INSERT_PIECES = """
INSERT INTO content_pieces (organization_id, id, pillar_id, strategy_id, series_id, sequence_no, platform, status,
       title, body, hashtags, planned_for, scheduled_at, published_at, generated_by, confidence, slot_key,
       created_at, updated_at)
SELECT p.organization_id, p.id, s.pillars[1 + p.chance % 3], s.strategy_id,
       CASE WHEN p.no % 10 = 0 THEN s.series_id END, CASE WHEN p.no % 10 = 0 THEN p.no / 10 + 1 END,
       s.platforms[1 + p.no % 2],
       (CASE p.fate WHEN 'MISSED' THEN 'FAILED' WHEN 'CANCELLED' THEN 'APPROVED' WHEN 'RETRYING' THEN 'SCHEDULED'
                    WHEN 'UNCONFIRMED' THEN 'SCHEDULED' ELSE p.fate END)::content_status,
       p.headline, p.text, ARRAY['build', 'tag' || p.chance % 50], (p.at AT TIME ZONE s.time_zone)::date,
       CASE WHEN p.turn IS NOT NULL AND p.fate <> 'CANCELLED' THEN p.at END, p.published_at, $1, 0.5, 'scale-' || p.no,
       p.created_at, coalesce(p.published_at, p.created_at)
  FROM scale_pieces p JOIN scale_startups s USING (organization_id)
"""

INSERT_REVISIONS = """
INSERT INTO content_revisions (organization_id, id, piece_id, number, title, body, hashtags, author, created_at,
       updated_at)
SELECT p.organization_id, pg_temp.made_id(p.created_at, p.id || '/revision'), p.id, 1, p.headline, p.text,
       ARRAY['build', 'tag' || p.chance % 50], $1, p.created_at, p.created_at
  FROM scale_pieces p
"""

INSERT_APPROVALS = """
INSERT INTO approvals (organization_id, id, piece_id, revision, decision, decided_by, user_id, decided_at, created_at,
       updated_at)
SELECT p.organization_id, pg_temp.made_id(d.at, p.id || '/approval'), p.id, 1, 'APPROVED', 'Owner', s.owner_id, d.at,
       d.at, d.at
  FROM scale_pieces p JOIN scale_startups s USING (organization_id)
 CROSS JOIN LATERAL (SELECT p.created_at + interval '20 minutes' AS at) d
 WHERE p.turn IS NOT NULL OR p.fate = 'APPROVED'
"""

# $1: now. $2: slots (ages in seconds). A snapshot is taken up to 20 s after its slot: see INSERT_SNAPSHOTS.
INSERT_POSTS = """
INSERT INTO scheduled_posts (organization_id, id, content_piece_id, revision, social_account_id, scheduled_at,
       local_time, time_zone, published_at, status, platform_post_id, platform_url, attempt_count, last_attempt_at,
       next_attempt_at, next_capture_at, error_kind, error_message, idempotency_key, created_at, updated_at)
SELECT q.organization_id, q.id, q.piece_id, 1, q.account_id, q.at, q.at AT TIME ZONE q.time_zone, q.time_zone,
       q.published_at, q.fate::post_status, CASE WHEN q.published_at IS NOT NULL THEN 'scale-' || q.id END,
       CASE WHEN q.published_at IS NOT NULL THEN 'https://scale.example/' || q.id END,
       (q.fate IN ('PUBLISHED', 'FAILED', 'RETRYING', 'UNCONFIRMED'))::int,
       CASE WHEN q.fate IN ('PUBLISHED', 'FAILED', 'RETRYING', 'UNCONFIRMED') THEN q.at + interval '1 second' END,
       CASE WHEN q.fate = 'RETRYING' THEN $1::timestamptz + make_interval(mins => 10 + (q.chance % 50)::int) END,
       (SELECT min(q.published_at + make_interval(secs => x.slot)) FROM unnest($2::int[]) AS x (slot)
         WHERE q.published_at + make_interval(secs => x.slot + 20) > $1::timestamptz),
       CASE q.fate WHEN 'FAILED' THEN 'rejected' WHEN 'RETRYING' THEN 'unreachable' WHEN 'MISSED' THEN 'late'
                   WHEN 'UNCONFIRMED' THEN 'unknown' END,
       CASE q.fate WHEN 'FAILED' THEN 'The network refused the text.' WHEN 'RETRYING' THEN 'The network was away.'
                   WHEN 'MISSED' THEN 'It was too late when a worker came to it.'
                   WHEN 'UNCONFIRMED' THEN 'Nobody knows whether it is out.' END,
       'scale-' || q.id, q.made_at, coalesce(q.published_at, q.made_at)
  FROM scale_posts q
"""

INSERT_ATTEMPTS = """
INSERT INTO publish_attempts (organization_id, id, scheduled_post_id, number, outcome, armed_at, finished_at, worker,
       key, text_sent, text_hash, platform_post_id, platform_url, error_kind, error_message, created_at, updated_at)
SELECT q.organization_id, pg_temp.made_id(q.at, q.id || '/attempt'), q.id, 1,
       (CASE q.fate WHEN 'PUBLISHED' THEN 'PUBLISHED' WHEN 'FAILED' THEN 'REJECTED' WHEN 'RETRYING' THEN 'UNREACHABLE'
                    ELSE 'UNKNOWN' END)::attempt_outcome,
       q.at + interval '1 second', e.at, 'scale', 'scale-' || q.id || '/0', q.text,
       sha256(convert_to(q.text, 'UTF8')), CASE WHEN q.fate = 'PUBLISHED' THEN 'scale-' || q.id END,
       CASE WHEN q.fate = 'PUBLISHED' THEN 'https://scale.example/' || q.id END,
       CASE q.fate WHEN 'FAILED' THEN 'rejected' WHEN 'RETRYING' THEN 'unreachable'
                   WHEN 'UNCONFIRMED' THEN 'unknown' END,
       CASE WHEN q.fate <> 'PUBLISHED' THEN 'Made for a load test.' END, q.at, e.at
  FROM scale_posts q
 CROSS JOIN LATERAL (SELECT coalesce(q.published_at, q.at + interval '3 seconds') AS at) e
 WHERE q.fate IN ('PUBLISHED', 'FAILED', 'RETRYING', 'UNCONFIRMED')
"""

# One row for each capture slot that has come. What is old keeps its last slots only: how many, so that all are as many
# as was asked for. $1: now. $2: slots (ages in seconds). $3: the age from which on slots may be missing. $4: slots that
# older posts keep, on average.
INSERT_SNAPSHOTS = """
INSERT INTO analytics (organization_id, id, content_piece_id, scheduled_post_id, social_account_id, platform,
       metric_type, impressions, likes, comments, shares, saves, clicks, reach, website_clicks, signups, period_start,
       period_end, collected_at, measured_at, engagement_rate, ctr, created_at, updated_at)
SELECT q.organization_id, pg_temp.made_id(t.at, q.id || '/' || t.slot), q.piece_id, q.id, q.account_id, q.platform,
       'ENGAGEMENT', v.seen, v.seen * 2 / 100, v.seen / 200, v.seen / 300, v.seen / 400,
       CASE WHEN q.chance % 8 > 0 THEN v.seen / 50 END, v.seen * 8 / 10,
       CASE WHEN q.chance % 8 > 0 THEN v.seen / 80 END, CASE WHEN q.chance % 4 = 0 THEN v.seen / 1000 END,
       q.published_at, m.at, t.at, m.at,
       (v.seen * 2 / 100 + v.seen / 200 + v.seen / 300 + v.seen / 400)::float / nullif(v.seen, 0),
       CASE WHEN q.chance % 8 > 0 THEN (v.seen / 50)::float / nullif(v.seen, 0) END, m.at, m.at
  FROM scale_posts q
 CROSS JOIN LATERAL (
       SELECT x.slot, x.place, q.published_at + make_interval(secs => x.slot) AS at
         FROM unnest($2::int[]) WITH ORDINALITY AS x (slot, place)) t
 CROSS JOIN LATERAL (SELECT t.at + make_interval(secs => 1 + q.chance % 20) AS at) m
 CROSS JOIN LATERAL (
       SELECT ((30 + 4000 * power((q.chance % 1009) / 1009.0, 4)) * (array[0.3, 0.7, 0.9, 1.0])[t.place])::bigint
              AS seen) v
 WHERE q.published_at IS NOT NULL AND m.at <= $1::timestamptz
   AND (q.published_at > $1::timestamptz - $3::interval
        OR t.place > cardinality($2::int[]) - floor($4::float + (q.chance % 1000) / 1000.0))
"""

# The newest of each post and the gains by day, by the statements that the product itself counts with.
_ROUND = """(
    SELECT a.organization_id, a.scheduled_post_id, a.metric_type, a.period_start, a.collected_at
      FROM scale_posts q JOIN analytics a ON a.organization_id = q.organization_id AND a.scheduled_post_id = q.id
) AS staged"""
HOLD_CALENDARS = counting.statement(counting.HOLD, "scale_startups AS staged")
INSERT_NEWEST = counting.statement(
    """
    WITH kept AS (
        SELECT a.* FROM scale_posts q
          JOIN analytics a ON a.organization_id = q.organization_id AND a.scheduled_post_id = q.id)
    $REMEMBER
    """,
    _ROUND,
)
INSERT_GAINS = counting.statement(counting.COUNT, _ROUND)

COUNT_SERIES = """
UPDATE series r SET total_posts = c.written, published_posts = c.published
  FROM (SELECT p.organization_id, p.series_id, count(*) AS written,
               count(*) FILTER (WHERE p.status = 'PUBLISHED') AS published
          FROM content_pieces p JOIN scale_startups s USING (organization_id, series_id) GROUP BY 1, 2) c
 WHERE r.organization_id = c.organization_id AND r.id = c.series_id
"""

COUNT_ACCOUNTS = """
UPDATE social_accounts a SET posts = c.posts
  FROM (SELECT p.organization_id, p.social_account_id, count(*) AS posts
          FROM scheduled_posts p JOIN scale_startups s USING (organization_id)
         WHERE p.status = 'PUBLISHED' GROUP BY 1, 2) c
 WHERE a.organization_id = c.organization_id AND a.id = c.social_account_id
"""

# $1: when the startups were founded.
INSERT_USAGE = """
INSERT INTO usage (id, user_id, month, posts_generated, posts_published, strategies_generated, organizations_created)
SELECT pg_temp.made_id(u.month, s.owner_id || '/usage/' || u.month), s.owner_id, u.month::date, sum(u.written),
       sum(u.published), max(u.founded), max(u.founded)
  FROM scale_startups s
 CROSS JOIN LATERAL (
       SELECT date_trunc('month', p.created_at, 'UTC') AS month, count(*) AS written, 0 AS published, 0 AS founded
         FROM content_pieces p WHERE p.organization_id = s.organization_id GROUP BY 1
        UNION ALL
       SELECT date_trunc('month', q.published_at, 'UTC'), 0, count(*), 0
         FROM scheduled_posts q WHERE q.organization_id = s.organization_id AND q.status = 'PUBLISHED' GROUP BY 1
        UNION ALL
       SELECT date_trunc('month', $1::timestamptz, 'UTC'), 0, 0, 1) u
 GROUP BY s.owner_id, u.month
"""

# Weeks that have ended, with the posts that went out in them and the newest snapshot of each. $1: now.
INSERT_SUMMARIES = """
INSERT INTO weekly_summaries (organization_id, id, week_start, week_end, report_md, recommendations, key_insights,
       total_posts, avg_engagement, top_performer_id, created_at, updated_at)
SELECT w.organization_id, pg_temp.made_id(w.ended, w.organization_id || '/' || w.monday), w.monday, w.monday + 6,
       'Made for a load test: ' || w.posts || ' posts.', '[]', '[]', w.posts, w.engagement, w.best, w.ended, w.ended
  FROM (SELECT q.organization_id, q.monday, ((q.monday + 7)::timestamp AT TIME ZONE q.time_zone) AS ended,
               count(*) AS posts, avg(a.engagement_rate) AS engagement,
               (array_agg(q.id ORDER BY a.engagement_rate DESC NULLS LAST, q.id))[1] AS best
          FROM (SELECT p.organization_id, p.id, p.published_at, s.time_zone,
                       date_trunc('week', p.published_at AT TIME ZONE s.time_zone)::date AS monday
                  FROM scheduled_posts p JOIN scale_startups s USING (organization_id)
                 WHERE p.status = 'PUBLISHED') q
          LEFT JOIN LATERAL (
               SELECT n.engagement_rate FROM analytics n
                WHERE n.organization_id = q.organization_id AND n.scheduled_post_id = q.id
                  AND n.metric_type = 'ENGAGEMENT'
                  AND n.collected_at BETWEEN q.published_at AND q.published_at + interval '7 days'
                ORDER BY n.collected_at DESC LIMIT 1) a ON true
         GROUP BY 1, 2, 3) w
 WHERE w.ended <= $1::timestamptz
"""
