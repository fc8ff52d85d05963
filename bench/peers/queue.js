// Where the queue is.
import { Redis } from "ioredis";

export const prefix = process.env.QUEUE_PREFIX;

export function connection() {
  return new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
}
