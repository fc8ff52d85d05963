// Moves a card with the mouse, or with a finger that was held on it for a moment.
import { type Card, cardOf, isPiece, mark, QUARTER } from "./cards";
import { isPicked } from "./keyboard";
import { drop } from "./moving";
import { judge, put, quiet } from "./verdict";

const HOLD = 400;
const STEP = 5;

// Where a point of the page is in the calendar: its day; in a week, its quarter of an hour, too.
interface Place { element: HTMLElement; local: string; label: string }

function placeAt(x: number, y: number, card: Card): Place | null {
  const under = document.elementFromPoint(x, y);
  const day = under?.closest<HTMLElement>("[data-day]");
  if (!under || !day) return null;
  const cell = under.closest<HTMLElement>("[data-hour]");
  if (!cell || isPiece(card)) return { element: day, ...labelled(day, card.local.slice(11), isPiece(card)) };
  const box = cell.getBoundingClientRect();
  // The night's hours are too low for quarters.
  const part = cell.matches(".night") ? 0 : Math.min(3, Math.max(0, Math.floor(((y - box.top) / box.height) * 4)));
  const time = `${cell.dataset.hour ?? ""}:${String(part * QUARTER).padStart(2, "0")}`;
  return { element: cell, ...labelled(day, time, false) };
}

function labelled(day: HTMLElement, time: string, dayOnly: boolean): { local: string; label: string } {
  const name = day.dataset.label ?? "";
  return { local: `${day.dataset.day ?? ""}T${time}`, label: dayOnly ? name : `${name}, ${time}` };
}

interface Drag { card: Card; ghost: HTMLElement; dx: number; dy: number; place: Place | null }
let drag: Drag | null = null;
let pressed: { card: Card; x: number; y: number; id: number; timer?: ReturnType<typeof setTimeout> } | null = null;

function lift(x: number, y: number): void {
  if (!pressed) return;
  const { card } = pressed;
  lifted = pressed.id;
  const box = card.button.getBoundingClientRect();
  const ghost = card.button.cloneNode(true) as HTMLElement;
  ghost.removeAttribute("data-key");
  ghost.removeAttribute("popovertarget");
  ghost.className = `${card.button.className} ghost ${card.button.parentElement?.className ?? ""}`;
  ghost.style.width = `${Math.min(box.width, 320)}px`;
  ghost.setAttribute("aria-hidden", "true");
  document.body.append(ghost);
  drag = { card, ghost, dx: Math.min(pressed.x - box.left, 300), dy: pressed.y - box.top, place: null };
  card.button.parentElement?.classList.add("moving");
  document.documentElement.classList.add("dragging");
  document.querySelectorAll<HTMLElement>(".about:popover-open").forEach((each) => { each.hidePopover(); });
  follow(x, y);
}

function follow(x: number, y: number): void {
  if (!drag) return;
  drag.ghost.style.transform = `translate(${x - drag.dx}px, ${y - drag.dy}px)`;
  drag.place = placeAt(x, y, drag.card);
  mark(drag.place?.element ?? null);
  if (drag.place) judge(drag.card, drag.place.local, drag.place.label, false); else quiet();
  put(x, y);
  const edge = 56;
  if (y < edge) scrollBy(0, -12);
  if (y > innerHeight - edge) scrollBy(0, 12);
}

function release(): void {
  clearTimeout(pressed?.timer);
  pressed = null;
  if (!drag) return;
  drag.ghost.remove();
  drag.card.button.parentElement?.classList.remove("moving");
  document.documentElement.classList.remove("dragging");
  drag = null;
  quiet();
}

document.addEventListener("pointerdown", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-movable]");
  if (!button || event.button !== 0 || !event.isPrimary || isPicked()) return;
  pressed = { card: cardOf(button), x: event.clientX, y: event.clientY, id: event.pointerId };
  if (event.pointerType === "touch") {
    pressed.timer = setTimeout(() => { lift(event.clientX, event.clientY); }, HOLD);
  }
});
document.addEventListener("pointermove", (event) => {
  if (!pressed || event.pointerId !== pressed.id) return;
  if (drag) { event.preventDefault(); follow(event.clientX, event.clientY); return; }
  if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < STEP) return;
  // A finger that moves before the card was lifted scrolls the page.
  if (event.pointerType === "touch") release(); else lift(event.clientX, event.clientY);
});
document.addEventListener("pointerup", (event) => {
  if (lifted === event.pointerId) swallow();
  // A second finger that is lifted drops nothing.
  if (!pressed || event.pointerId !== pressed.id) return;
  const done = drag;
  release();
  if (done?.place) drop(done.card, done.place.local);
});
document.addEventListener("pointercancel", (event) => {
  if (lifted === event.pointerId) lifted = undefined;
  if (event.pointerId === pressed?.id) release();
});
addEventListener("keydown", (event) => {
  if (!drag || event.key !== "Escape") return;
  // Nothing else is closed by it.
  event.preventDefault();
  event.stopImmediatePropagation();
  release();
}, { capture: true });

// The click that follows a drag opens nothing, also when Escape ended the drag before the button came up.
let lifted: number | undefined;

function swallow(): void {
  lifted = undefined;
  const stop = (event: Event): void => { event.preventDefault(); event.stopPropagation(); };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => { removeEventListener("click", stop, { capture: true }); }, 0);
}

document.addEventListener("touchmove", (event) => { if (drag) event.preventDefault(); }, { passive: false });
document.addEventListener("contextmenu", (event) => { if (pressed?.timer) event.preventDefault(); });
document.addEventListener("dragstart", (event) => { if (pressed) event.preventDefault(); });
