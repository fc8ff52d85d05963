// Puts jobs for all scheduled posts into the queue: `node fill.js one|batched [delayed]`, each to run when it is due.
import { Queue } from "bullmq";
import pg from "pg";
import { connection, prefix } from "./queue.js";

const BATCH = 50;
const BULK = 500;
const [how, when] = process.argv.slice(2);

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const { rows } = await client.query(
  "SELECT organization_id, id, scheduled_at FROM scheduled_posts WHERE status = 'SCHEDULED' ORDER BY scheduled_at, id",
);
await client.end();

const redis = connection();
const queue = new Queue("publishing", { connection: redis, prefix });
const jobs = how === "batched" ? batches(rows) : rows.map(single);
for (let start = 0; start < jobs.length; start += BULK) {
  await queue.addBulk(jobs.slice(start, start + BULK));
}
await queue.close();
await redis.quit();

function single(row) {
  const opts = { jobId: row.id, attempts: 3, backoff: { type: "exponential", delay: 2000 } };
  if (when === "delayed") opts.delay = Math.max(0, row.scheduled_at.getTime() - Date.now());
  return { name: "publish-post", data: { organizationId: row.organization_id, id: row.id }, opts };
}

function batches(all) {
  const found = [];
  for (let start = 0; start < all.length; start += BATCH) {
    const posts = all.slice(start, start + BATCH).map((row) => [row.organization_id, row.id]);
    found.push({ name: "publish-posts", data: { posts }, opts: { attempts: 3 } });
  }
  return found;
}
