// Moves a card on the server, shows the page as it is then, and offers to take it back.
import { isOut, session, signedOut, silent, tell } from "../telling";
import { buttonOf, type Card, texts } from "./cards";
import { count } from "./choosing";
import { quiet } from "./verdict";

interface Answer { ok: boolean; said: string; undo?: Record<string, string> | null }

// The page as it is now, in place of what it was; the card that was moved keeps the focus.
async function refresh(key: string): Promise<void> {
  const answer = await fetch(location.href).catch(() => null);
  const next = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#calendar") : null;
  if (!next) { location.reload(); return; }
  document.querySelector("#calendar")?.replaceWith(next);
  count();
  buttonOf(key)?.focus({ preventScroll: true });
}

let shown: HTMLElement | undefined;

function show(text: string, tone: "good" | "bad", again?: () => void, word?: string): void {
  shown?.remove();
  shown = tell({ text, tone, ...(word ? { again: word } : {}) }, again);
}

async function ask(key: string, fields: Record<string, string>): Promise<Response | null> {
  // The token is read when it is needed: somebody may have signed in anew since the page was opened.
  const csrf = document.querySelector<HTMLInputElement>("#calendar-move input[name=csrf]")?.value ?? "";
  const body = new URLSearchParams({ csrf, key, ...fields });
  return fetch("/calendar/move", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
}

const isOurs = (answer: Response | null): answer is Response =>
  answer?.headers.get("content-type")?.startsWith("application/json") ?? false;

async function send(key: string, fields: Record<string, string>, done?: string): Promise<void> {
  const again = (): void => { void send(key, fields, done); };
  let answer = await ask(key, fields);
  if (answer?.status === 403 && !isOurs(answer)) {
    // A form of an earlier session changed nothing. Whoever signed in elsewhere since is not bothered with it.
    const found = await session();
    if (found === "out") { signedOut(again); return; }
    if (found === "in") answer = await ask(key, fields);
  }
  if (!answer) { silent(again); return; }
  if (isOut(answer)) { signedOut(again); return; }
  const told = isOurs(answer) ? await answer.json().catch(() => null) as Answer | null : null;
  if (!told) { show(texts.failed ?? "", "bad", again); return; }
  await refresh(key);
  if (!told.ok) { show(told.said, "bad"); return; }
  const { undo } = told;
  if (undo && !done) show(told.said, "good", () => { void send(key, undo, texts.undone); }, texts.undo);
  else show(done ?? told.said, "good");
}

export function drop(card: Card, local: string): void {
  quiet();
  if (local.slice(0, 16) === card.local) return;
  void send(card.key, { local, seen: card.seen });
}
