// A look into the five queues of AIPromote: counts, jobs, reasons. Read-only: jobs are replayed with `aipromote queues`.
import { readFileSync } from "node:fs";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";

const QUEUES = ["strategy-generation", "content-generation", "publishing", "analytics", "email"];

const folder = process.env.AIPROMOTE_SECRETS_DIR ?? "/run/secrets";
const url = process.env.REDIS_URL ?? readFileSync(`${folder}/redis_url`, "utf8").trim();
const prefix = process.env.AIPROMOTE_QUEUE_PREFIX ?? "aipromote";
const host = process.env.BULL_BOARD_HOST ?? "0.0.0.0";
const port = Number(process.env.BULL_BOARD_PORT ?? 8401);

const connection = new Redis(url, { maxRetriesPerRequest: null });
connection.on("error", (error) => console.error(`redis: ${error.message}`));
const queues = QUEUES.map((name) => new Queue(name, { connection, prefix }));
const board = new ExpressAdapter();
createBullBoard({
  queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
  serverAdapter: board,
  options: { uiConfig: { boardTitle: "AIPromote queues" } },
});

const app = express();
app.use("/", board.getRouter());
const server = app.listen(port, host, (error) => {
  if (error) throw error;
  console.log(`http://${host}:${server.address().port}`);
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
    Promise.all(queues.map((queue) => queue.close()))
      .then(() => connection.quit())
      .finally(() => process.exit(0));
  });
}
