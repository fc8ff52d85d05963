// One job, one post, through Prisma: find it with what belongs to it, mark it, send it, write down what came of it.
import { createHash, randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import { send } from "./network.js";

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL ?? 20) });
const prisma = new PrismaClient({ adapter });
const worker = `node-${process.pid}`;

export const concurrency = Number(process.env.AT_ONCE ?? 50);

export async function ready() {
  await prisma.$queryRaw`SELECT 1`;
}

export async function publish({ organizationId, id }) {
  const where = { organizationId_id: { organizationId, id } };
  const post = await prisma.scheduledPost.findUnique({ where, include: { contentPiece: true, socialAccount: true } });
  if (!post || post.status !== "SCHEDULED") return;
  if (!post.socialAccount.isActive) throw new Error("The account is not connected.");
  const armedAt = new Date();
  await prisma.scheduledPost.update({
    where,
    data: {
      status: "PUBLISHING",
      claimedBy: worker,
      claimedUntil: new Date(armedAt.getTime() + 30_000),
      attemptCount: { increment: 1 },
      lastAttemptAt: armedAt,
    },
  });
  const text = post.contentPiece.body;
  const key = `${post.idempotencyKey}/0`;
  const sent = await send({ token: post.socialAccount.accountId, key, text });
  await prisma.$transaction([
    prisma.publishAttempt.create({
      data: {
        organizationId,
        id: randomUUID(),
        scheduledPostId: id,
        number: post.attemptCount + 1,
        outcome: "PUBLISHED",
        armedAt,
        finishedAt: new Date(),
        worker,
        key,
        textSent: text,
        textHash: createHash("sha256").update(text).digest(),
        platformPostId: sent.id,
        platformUrl: sent.url,
      },
    }),
    prisma.scheduledPost.update({
      where,
      data: {
        status: "PUBLISHED",
        publishedAt: new Date(sent.created_at),
        platformPostId: sent.id,
        platformUrl: sent.url,
        claimedBy: null,
        claimedUntil: null,
      },
    }),
  ]);
}
