// What a page tells while it stays open: what came of something, that the server is silent, that somebody was signed
// out. Islands that ask the server by themselves use `tell`, `failed` and `answered`, so that nothing fails unseen.
export type Tone = "good" | "careful" | "bad";
export interface Told { text: string; tone?: Tone; details?: string[]; href?: string; word?: string; again?: string }
type Retry = (() => void) | undefined;

const toasts = document.querySelector<HTMLElement>("#toasts");
const shape = document.querySelector<HTMLTemplateElement>("#toast");
const dialog = document.querySelector<HTMLDialogElement>("#signed-out");
const most = 3;
const staysFor = 10_000;

/** Show a message beside the page. Good news leaves by itself, unless somebody points at it or it leads somewhere. */
export function tell(told: Told, again?: Retry): HTMLElement | undefined {
  const made = shape?.content.firstElementChild?.cloneNode(true);
  if (!toasts || !(made instanceof HTMLElement)) return undefined;
  made.dataset.tone = told.tone ?? "good";
  const words = made.querySelector("p")!;
  words.textContent = told.text;
  for (const detail of told.details ?? []) {
    const line = document.createElement("p");
    line.className = "small soft";
    line.textContent = detail;
    words.parentElement!.append(line);
  }
  if (told.href?.startsWith("/")) {
    const link = document.createElement("a");
    link.href = told.href;
    link.textContent = told.word ?? told.href;
    words.parentElement!.append(link);
  }
  if (again) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = told.again ?? toasts.dataset.again ?? "";
    button.addEventListener("click", () => { made.remove(); again(); });
    words.parentElement!.append(button);
  }
  made.querySelector("[data-close]")?.addEventListener("click", () => { made.remove(); });
  toasts.append(made);
  while (toasts.childElementCount > most) toasts.firstElementChild?.remove();
  if (made.dataset.tone === "good" && !told.href) leave(made);
  return made;
}

function leave(toast: HTMLElement): void {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leave(toast);
    else toast.remove();
  }, staysFor);
}

/** The sentence of one of our error pages, or one that says the status. */
export function sentence(body: string, status: number): string {
  const page = new DOMParser().parseFromString(body, "text/html");
  const told = page.querySelector("[data-told]")?.textContent.replace(/\s+/g, " ").trim();
  return told || (toasts?.dataset.failed ?? "").replace("{status}", String(status));
}

/** The server did not answer at all. */
export function silent(again?: Retry): void {
  tell({ text: (navigator.onLine ? toasts?.dataset.silent : toasts?.dataset.offline) ?? "", tone: "bad" }, again);
}

/** Whether an answer means that nobody is signed in. A browser that does not say who asks is led to the sign-in page. */
export function isOut(answer: Response): boolean {
  return answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/sign-in");
}

/** An answer that is no success: told, or the dialog where somebody was signed out. */
export async function failed(status: number, body: string, again?: Retry): Promise<void> {
  if (status === 401 || (status === 403 && await session() === "out")) signedOut(again);
  else tell({ text: sentence(body, status), tone: "bad" }, again);
}

/** For `fetch`: the answer if it is one to go on with; else undefined, and it has been told why. */
export async function answered(asking: Promise<Response>, again?: Retry): Promise<Response | undefined> {
  const answer = await asking.catch(() => null);
  if (answer === null) silent(again);
  else if (isOut(answer)) signedOut(again);
  else if (!answer.ok) await failed(answer.status, await answer.text(), again);
  else return answer;
  return undefined;
}

/** Whether the person of this page is signed in still. Gives all forms the token that is right now. */
export async function session(): Promise<"in" | "out" | "other" | "silent"> {
  const { organization } = document.body.dataset;
  const answer = await fetch(organization ? `/session?made_for=${organization}` : "/session", { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  if (answer === null) return "silent";
  if (isOut(answer)) return "out";
  // Too many requests, or a server that is just being replaced, says nothing about who is signed in.
  if (!answer.ok) return "silent";
  const { who, token } = await answer.json() as { who: string; token: string };
  const mine = document.body.dataset.who;
  if (mine && mine !== who) return "other";
  for (const field of document.querySelectorAll<HTMLInputElement>('input[name="csrf"]')) field.value = token;
  return "in";
}

let pending: Retry;

/** Keep the page and what stands in it; ask to sign in elsewhere, and then go on with what was refused. */
export function signedOut(again?: Retry): void {
  pending = again ?? pending;
  if (dialog && !dialog.open) dialog.showModal();
}

dialog?.addEventListener("close", () => { pending = undefined; });
dialog?.querySelector("[data-continue]")?.addEventListener("click", () => {
  const still = dialog.querySelector<HTMLElement>("[role=alert]")!;
  void session().then((found) => {
    const words = { in: "", out: still.dataset.still, silent: still.dataset.silent, other: toasts?.dataset.other }[found];
    still.hidden = !words;
    still.textContent = words ?? "";
    if (found !== "in") return;
    const next = pending;
    dialog.close();
    next?.();
  });
});
