// Keeps what a page shows current: asks for the page again and puts in place what has changed. What somebody has opened
// stays open, and what they have selected is left alone. Without this the page is as of when it was opened, and says so.
const every = 10_000;
const stale = document.querySelector("#out-of-date");

const keys = "a, button, summary, pre";
const update = (part, next) => {
  if (part.innerHTML === next.innerHTML) return;
  const selection = getSelection();
  if (!selection.isCollapsed && part.contains(selection.anchorNode)) return;
  const open = [...part.querySelectorAll("details[id][open]")].map((each) => each.id);
  const focused = [...part.querySelectorAll(keys)].indexOf(document.activeElement);
  for (const id of open) next.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  if (part.innerHTML === next.innerHTML) return;
  part.innerHTML = next.innerHTML;
  if (focused >= 0) part.querySelectorAll(keys)[focused]?.focus({ preventScroll: true });
};

const look = async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, { redirect: "error", signal: AbortSignal.timeout(every) }).catch(() => null);
  stale.hidden = Boolean(answer?.ok);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-current]")) {
    const next = fresh.getElementById(part.id);
    if (next) { part.className = next.className; update(part, next); }
  }
};

let looking = false;
const turn = async () => {
  if (looking) return;
  looking = true;
  await look().finally(() => { looking = false; });
};
setInterval(turn, every);
document.addEventListener("visibilitychange", turn);
