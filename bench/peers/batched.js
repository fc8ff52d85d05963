// One job points to up to fifty posts: one statement claims them, one writes down all that came of them.
import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import { send } from "./network.js";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const worker = `node-${process.pid}`;

// Four jobs at once, so that the database works on one while the network is called for another. The agent of
// network.js lets no more than fifty calls out at a time, over all of them.
export const concurrency = 4;

const CLAIM = `
  UPDATE scheduled_posts p
     SET status = 'PUBLISHING', claimed_by = $3, claimed_until = $4::timestamptz + interval '30 seconds',
         attempt_count = p.attempt_count + 1, last_attempt_at = $4
    FROM unnest($1::uuid[], $2::uuid[]) AS k (organization_id, id), content_pieces c, social_accounts a
   WHERE p.organization_id = k.organization_id AND p.id = k.id AND p.status = 'SCHEDULED'
     AND c.organization_id = p.organization_id AND c.id = p.content_piece_id
     AND a.organization_id = p.organization_id AND a.id = p.social_account_id AND a.is_active
  RETURNING p.organization_id, p.id, p.attempt_count, p.idempotency_key, c.body, a.account_id`;
const RECORD = `
  WITH r AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::bytea[], $8::text[],
           $9::text[], $10::timestamptz[])
      AS r (organization_id, post_id, id, number, key, text, hash, platform_post_id, platform_url, published_at)
  ), attempts AS (
    INSERT INTO publish_attempts (organization_id, id, scheduled_post_id, number, outcome, armed_at, finished_at, worker,
           key, text_sent, text_hash, platform_post_id, platform_url)
    SELECT r.organization_id, r.id, r.post_id, r.number, 'PUBLISHED', $11, $12, $13, r.key, r.text, r.hash,
           r.platform_post_id, r.platform_url
      FROM r
  )
  UPDATE scheduled_posts p
     SET status = 'PUBLISHED', published_at = r.published_at, platform_post_id = r.platform_post_id,
         platform_url = r.platform_url, claimed_by = NULL, claimed_until = NULL
    FROM r
   WHERE p.organization_id = r.organization_id AND p.id = r.post_id AND p.status = 'PUBLISHING'`;

export async function ready() {
  await pool.query("SELECT 1");
}

export async function publish({ posts }) {
  const organizations = posts.map(([organizationId]) => organizationId);
  const ids = posts.map(([, id]) => id);
  const armedAt = new Date();
  const claim = { name: "claim", text: CLAIM, values: [organizations, ids, worker, armedAt] };
  const claimed = (await pool.query(claim)).rows;
  if (claimed.length === 0) return;
  const sent = await Promise.all(
    claimed.map((post) => send({ token: post.account_id, key: `${post.idempotency_key}/0`, text: post.body })),
  );
  const column = (of) => claimed.map(of);
  const values = [
    column((post) => post.organization_id),
    column((post) => post.id),
    column(() => randomUUID()),
    column((post) => post.attempt_count),
    column((post) => `${post.idempotency_key}/0`),
    column((post) => post.body),
    column((post) => createHash("sha256").update(post.body).digest()),
    sent.map((answer) => answer.id),
    sent.map((answer) => answer.url),
    sent.map((answer) => answer.created_at),
  ];
  await pool.query({ name: "record", text: RECORD, values: [...values, armedAt, new Date(), worker] });
}
