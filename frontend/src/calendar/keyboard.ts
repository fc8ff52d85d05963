// Moves a card with the keyboard alone: m takes it, arrows move it, Enter drops it; and the keys that change the view.
import { areLettersKeys } from "../letters";
import { type Card, cardOf, isPiece, mark, parsed, QUARTER, say, texts, written } from "./cards";
import { drop } from "./moving";
import { judge, put, quiet, show } from "./verdict";

let picked: { card: Card; at: number } | null = null;
export const isPicked = (): boolean => picked !== null;

function pick(button: HTMLElement): void {
  const card = cardOf(button);
  picked = { card, at: parsed(card.local) };
  button.parentElement?.classList.add("moving");
  button.setAttribute("aria-pressed", "true");
  say(texts.moving ?? "");
  const box = button.getBoundingClientRect();
  show(texts.moving ?? "", "good", [], false);
  put(box.left, box.bottom - 12);
}

function shift(minutes: number): void {
  if (!picked) return;
  const dayOnly = isPiece(picked.card);
  const step = minutes * 60_000;
  // From a time between two quarters the first step goes to the next quarter.
  const odd = Math.abs(minutes) === QUARTER ? picked.at % (QUARTER * 60_000) : 0;
  picked.at += odd === 0 ? step : step > 0 ? step - odd : -odd;
  const local = written(picked.at);
  const day = document.querySelector<HTMLElement>(`[data-day="${local.slice(0, 10)}"]`);
  const cell = dayOnly ? null : day?.querySelector<HTMLElement>(`[data-hour="${local.slice(11, 13)}"]`);
  mark(cell ?? day);
  const box = (cell ?? day ?? picked.card.button).getBoundingClientRect();
  judge(picked.card, local, `${day?.dataset.label ?? local.slice(0, 10)}${dayOnly ? "" : `, ${local.slice(11)}`}`, true);
  put(box.left, cell ? box.bottom - 12 : box.top + 24);
}

function letGo(): Card | null {
  const card = picked?.card ?? null;
  picked = null;
  card?.button.parentElement?.classList.remove("moving");
  card?.button.removeAttribute("aria-pressed");
  quiet();
  return card;
}

const DAY = 24 * 60;
const ways: Record<string, number> = {
  ArrowLeft: -DAY, ArrowRight: DAY, ArrowUp: -QUARTER, ArrowDown: QUARTER, PageUp: -7 * DAY, PageDown: 7 * DAY,
};

function whilePicked(event: KeyboardEvent): void {
  if (!picked) return;
  const way = ways[event.key];
  if (way !== undefined) {
    event.preventDefault();
    if (!isPiece(picked.card) || Math.abs(way) >= DAY) shift(way);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    const local = written(picked.at);
    const card = letGo();
    if (card) drop(card, local);
  } else if (event.key === "Escape") {
    event.preventDefault();
    letGo();
    say(texts.back ?? "");
  } else if (event.key === "Tab") {
    letGo();
  }
}

const places: Record<string, string> = {
  t: "today", ArrowLeft: "previous", "[": "previous", ArrowRight: "following", "]": "following", m: "month", w: "week", l: "list",
};

addEventListener("keydown", (event) => {
  if (picked) { whilePicked(event); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const at = event.target as Element;
  // What is open in front of the page has its own keys.
  if (document.querySelector("dialog[open], :popover-open")) return;
  if (at.closest("input, textarea, select, [popover], [contenteditable]")) return;
  const card = at.closest<HTMLElement>("[data-movable]");
  if (card && event.key === "m") { event.preventDefault(); pick(card); return; }
  // On a card arrows are not the page's: one who missed the m would lose the week.
  if (at.closest(".tile") && event.key.startsWith("Arrow")) return;
  if (event.key.length === 1 && !areLettersKeys()) return;
  const name = places[event.key];
  const link = name && document.querySelector<HTMLAnchorElement>(`[data-key-of="${name}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
// A card that is moved by keys is not opened by the same Enter.
document.addEventListener("focusout", (event) => { if (picked?.card.button === event.target) letGo(); });
