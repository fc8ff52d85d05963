// Keeps what a page shows current: asks for the page again and puts in place what has changed. What somebody has opened
// stays open, and what they have selected is left alone. Without this the page is as of when it was opened, and says so.
const every = 10_000;
const stale = document.querySelector<HTMLElement>("#out-of-date");

const keys = "a, button, summary, pre";

function update(part: HTMLElement, next: HTMLElement): void {
  if (part.innerHTML === next.innerHTML) return;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && part.contains(selection.anchorNode)) return;
  const open = [...part.querySelectorAll("details[id][open]")].map((each) => each.id);
  const focused = [...part.querySelectorAll(keys)].findIndex((each) => each === document.activeElement);
  for (const id of open) next.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  if (part.innerHTML === next.innerHTML) return;
  part.innerHTML = next.innerHTML;
  if (focused >= 0) part.querySelectorAll<HTMLElement>(keys)[focused]?.focus({ preventScroll: true });
}

async function look(): Promise<void> {
  if (document.hidden) return;
  const asking = fetch(location.href, { redirect: "error", signal: AbortSignal.timeout(every) });
  const answer = await asking.catch(() => null);
  if (stale) stale.hidden = Boolean(answer?.ok);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll<HTMLElement>("[data-current]")) {
    const next = fresh.getElementById(part.id);
    if (!next) continue;
    part.className = next.className;
    update(part, next);
  }
}

let looking = false;

async function turn(): Promise<void> {
  if (looking) return;
  looking = true;
  await look().finally(() => { looking = false; });
}

setInterval(turn, every);
document.addEventListener("visibilitychange", turn);
