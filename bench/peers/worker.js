// A BullMQ worker that publishes: `node worker.js prisma|plain|batched`. Says `ready`, and begins at `go` on its input.
import { once } from "node:events";
import { Worker } from "bullmq";
import { connection, prefix } from "./queue.js";

const { concurrency, publish, ready } = await import(`./${process.argv[2]}.js`);

const worker = new Worker("publishing", (job) => publish(job.data), {
  autorun: false,
  concurrency,
  connection: connection(),
  prefix,
  removeOnComplete: { count: 1000 },
});
worker.on("error", (error) => console.error(error));
worker.on("failed", (_job, error) => console.error(error));
await worker.waitUntilReady();
await ready();
console.log("ready");
await once(process.stdin, "data");
worker.run();
process.on("SIGTERM", async () => {
  await worker.close();
  process.exit(0);
});
