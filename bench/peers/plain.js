// One job, one post, with the driver alone: the same four steps as through Prisma, in prepared statements.
import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import { send } from "./network.js";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL ?? 20) });
const worker = `node-${process.pid}`;

export const concurrency = Number(process.env.AT_ONCE ?? 50);

const FIND = `
  SELECT p.status, p.attempt_count, p.idempotency_key, c.body, a.account_id, a.is_active
    FROM scheduled_posts p
    JOIN content_pieces c ON c.organization_id = p.organization_id AND c.id = p.content_piece_id
    JOIN social_accounts a ON a.organization_id = p.organization_id AND a.id = p.social_account_id
   WHERE p.organization_id = $1 AND p.id = $2`;
const MARK = `
  UPDATE scheduled_posts
     SET status = 'PUBLISHING', claimed_by = $3, claimed_until = $4::timestamptz + interval '30 seconds',
         attempt_count = attempt_count + 1, last_attempt_at = $4
   WHERE organization_id = $1 AND id = $2 AND status = 'SCHEDULED'`;
const ATTEMPT = `
  INSERT INTO publish_attempts (organization_id, id, scheduled_post_id, number, outcome, armed_at, finished_at, worker,
         key, text_sent, text_hash, platform_post_id, platform_url)
  VALUES ($1, $2, $3, $4, 'PUBLISHED', $5, $6, $7, $8, $9, $10, $11, $12)`;
const DONE = `
  UPDATE scheduled_posts
     SET status = 'PUBLISHED', published_at = $3, platform_post_id = $4, platform_url = $5, claimed_by = NULL,
         claimed_until = NULL
   WHERE organization_id = $1 AND id = $2 AND status = 'PUBLISHING'`;

export async function ready() {
  await pool.query("SELECT 1");
}

export async function publish({ organizationId, id }) {
  const found = await pool.query({ name: "find", text: FIND, values: [organizationId, id] });
  const [post] = found.rows;
  if (!post || post.status !== "SCHEDULED") return;
  if (!post.is_active) throw new Error("The account is not connected.");
  const armedAt = new Date();
  const marked = await pool.query({ name: "mark", text: MARK, values: [organizationId, id, worker, armedAt] });
  if (marked.rowCount === 0) return;
  const key = `${post.idempotency_key}/0`;
  const sent = await send({ token: post.account_id, key, text: post.body });
  const hash = createHash("sha256").update(post.body).digest();
  await inTransaction(async (client) => {
    const facts = [post.attempt_count + 1, armedAt, new Date(), worker, key, post.body, hash, sent.id, sent.url];
    await client.query({ name: "attempt", text: ATTEMPT, values: [organizationId, randomUUID(), id, ...facts] });
    const published = [organizationId, id, new Date(sent.created_at), sent.id, sent.url];
    await client.query({ name: "done", text: DONE, values: published });
  });
}

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
