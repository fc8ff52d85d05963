// The platform's publishing call, over connections that are kept alive: node:http, the cheapest client that Node has.
import http from "node:http";

const AT_ONCE = Number(process.env.AT_ONCE ?? 50);
const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
const target = new URL("/api/v1/posts", process.env.SANDBOX_URL);

/** Send one post. Resolves with `{id, url, created_at}`; rejects for anything but 201. */
export function send({ token, key, text }) {
  const body = Buffer.from(JSON.stringify({ text, reply_to: null, media: [] }));
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "content-length": body.length,
    "idempotency-key": key,
  };
  return new Promise((resolve, reject) => {
    const request = http.request(target, { method: "POST", agent, headers, timeout: 10_000 }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const answer = Buffer.concat(parts).toString();
        if (response.statusCode === 201) resolve(JSON.parse(answer));
        else reject(new Error(`${response.statusCode}: ${answer}`));
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", reject);
    request.end(body);
  });
}
