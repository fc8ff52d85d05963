// Moves cards of the calendar: with the mouse, with a finger (held for a moment), with the keyboard (m, arrows, Enter).
// The server says what a time would mean before anybody drops there, and decides when they do. Without this the card's
// own form moves it.
interface Verdict { at: string; tone: "good" | "careful" | "bad"; words: string[] }
interface Answer { ok: boolean; said: string; undo?: Record<string, string> | null }

const texts = document.querySelector<HTMLElement>("#calendar-move")?.dataset ?? {};
const live = document.querySelector<HTMLElement>("#calendar-said");
const root = (): HTMLElement | null => document.querySelector("#calendar");

const QUARTER = 15;
const HOLD = 400;
const STEP = 5;
const ASK_AFTER = 120;
const UNDO_FOR = 12_000;

// Times are wall-clock times of the organization, as texts; they are counted with as if they were in UTC.
const parsed = (local: string): number => Date.parse(`${local.slice(0, 16)}Z`);
const written = (at: number): string => new Date(at).toISOString().slice(0, 16);

function say(words: string): void {
  if (live) live.textContent = words;
}

// What is said of the time under the cursor.
const verdict = document.createElement("div");
verdict.className = "verdict";
verdict.hidden = true;
document.body.append(verdict);
let asked = "";
let waiting: ReturnType<typeof setTimeout> | undefined;

function show(label: string, tone: string, words: string[], aloud: boolean): void {
  const line = document.createElement("b");
  line.textContent = label;
  verdict.replaceChildren(line, ...words.map((each) => {
    const more = document.createElement("span");
    more.textContent = `${each} `;
    return more;
  }));
  verdict.className = `verdict ${tone}`;
  verdict.hidden = false;
  if (aloud) say([label, ...words].join(". "));
}

function judge(card: Card, local: string, label: string, aloud: boolean): void {
  const about = `${card.key} ${local}`;
  if (about === asked) return;
  asked = about;
  show(label, "good", [], false);
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const query = new URLSearchParams({ key: card.key, local });
    const answer = await fetch(`/calendar/judge?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (asked !== about || !answer?.ok) return;
    const told = await answer.json() as Verdict;
    if (asked === about) show(told.at, told.tone, told.words, aloud);
  }, ASK_AFTER);
}

function quiet(): void {
  clearTimeout(waiting);
  asked = "";
  verdict.hidden = true;
  document.querySelectorAll(".target").forEach((each) => { each.classList.remove("target"); });
}

interface Card { button: HTMLElement; key: string; local: string; seen: string }

function cardOf(button: HTMLElement): Card {
  const { key = "", local = "", seen = "" } = button.dataset;
  return { button, key, local: local.slice(0, 16), seen };
}

const buttonOf = (key: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);

// The page as it is now, in place of what it was; the card that was moved keeps the focus.
async function refresh(key: string): Promise<void> {
  const answer = await fetch(location.href).catch(() => null);
  const next = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#calendar") : null;
  if (!next) { location.reload(); return; }
  root()?.replaceWith(next);
  count();
  buttonOf(key)?.focus({ preventScroll: true });
}

let toast: HTMLElement | undefined;

function tell(words: string, bad: boolean, undo?: () => void): void {
  toast?.remove();
  const made = document.createElement("div");
  made.className = bad ? "toast bad" : "toast";
  made.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = texts.undo ?? "";
    button.addEventListener("click", () => { made.remove(); undo(); });
    made.append(button);
  }
  toast = made;
  document.body.append(made);
  say(words);
  setTimeout(() => { made.remove(); }, UNDO_FOR);
}

async function send(key: string, fields: Record<string, string>, done?: string): Promise<void> {
  const body = new URLSearchParams({ csrf: texts.csrf ?? "", key, ...fields });
  const answer = await fetch("/calendar/move", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  const isOurs = answer?.headers.get("content-type")?.startsWith("application/json");
  const told = answer && isOurs ? await answer.json() as Answer : null;
  if (answer && told) await refresh(key);
  if (!told?.ok) { tell(told?.said ?? texts.failed ?? "", true); return; }
  const undo = told.undo;
  tell(done ?? told.said, false, undo && !done ? () => { void send(key, undo, texts.undone); } : undefined);
}

function drop(card: Card, local: string): void {
  quiet();
  if (local.slice(0, 16) === card.local) return;
  void send(card.key, { local, seen: card.seen });
}

// Where a point of the page is in the calendar: its day; in a week, its quarter of an hour, too.
interface Place { element: HTMLElement; local: string; label: string }

function placeAt(x: number, y: number, card: Card): Place | null {
  const under = document.elementFromPoint(x, y);
  const day = under?.closest<HTMLElement>("[data-day]");
  if (!under || !day) return null;
  const cell = under.closest<HTMLElement>("[data-hour]");
  const isPiece = card.key.startsWith("piece-");
  if (!cell || isPiece) return { element: day, ...labelled(day, card.local.slice(11), isPiece) };
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

function mark(element: Element | null): void {
  document.querySelectorAll(".target").forEach((each) => { if (each !== element) each.classList.remove("target"); });
  element?.classList.add("target");
}

// With a pointer.
interface Drag { card: Card; ghost: HTMLElement; dx: number; dy: number; place: Place | null }
let drag: Drag | null = null;
let pressed: { card: Card; x: number; y: number; id: number; timer?: ReturnType<typeof setTimeout> } | null = null;

function lift(x: number, y: number): void {
  if (!pressed) return;
  const { card } = pressed;
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

function put(x: number, y: number): void {
  const left = Math.min(x + 16, innerWidth - verdict.offsetWidth - 8);
  const top = y + 20 + verdict.offsetHeight > innerHeight ? y - verdict.offsetHeight - 12 : y + 20;
  verdict.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
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
  if (!button || event.button !== 0 || !event.isPrimary || picked) return;
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
document.addEventListener("pointerup", () => {
  const done = drag;
  const hadMoved = done !== null;
  release();
  if (!hadMoved) return;
  // The click that follows opens nothing.
  const swallow = (event: Event): void => { event.preventDefault(); event.stopPropagation(); };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => { removeEventListener("click", swallow, { capture: true }); }, 0);
  if (done.place) drop(done.card, done.place.local);
});
document.addEventListener("pointercancel", release);
document.addEventListener("touchmove", (event) => { if (drag) event.preventDefault(); }, { passive: false });
document.addEventListener("contextmenu", (event) => { if (pressed?.timer) event.preventDefault(); });
document.addEventListener("dragstart", (event) => { if (pressed) event.preventDefault(); });

// With the keyboard.
let picked: { card: Card; at: number } | null = null;

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
  const isPiece = picked.card.key.startsWith("piece-");
  const step = minutes * 60_000;
  // From a time between two quarters the first step goes to the next quarter.
  const odd = Math.abs(minutes) === QUARTER ? picked.at % (QUARTER * 60_000) : 0;
  picked.at += odd === 0 ? step : step > 0 ? step - odd : -odd;
  const local = written(picked.at);
  const day = document.querySelector<HTMLElement>(`[data-day="${local.slice(0, 10)}"]`);
  const cell = isPiece ? null : day?.querySelector<HTMLElement>(`[data-hour="${local.slice(11, 13)}"]`);
  mark(cell ?? day);
  const box = (cell ?? day ?? picked.card.button).getBoundingClientRect();
  judge(picked.card, local, `${day?.dataset.label ?? local.slice(0, 10)}${isPiece ? "" : `, ${local.slice(11)}`}`, true);
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
    const isPiece = picked.card.key.startsWith("piece-");
    if (!isPiece || Math.abs(way) >= DAY) shift(way);
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
  if (drag && event.key === "Escape") { release(); return; }
  if (picked) { whilePicked(event); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const at = event.target as Element;
  if (at.closest("input, textarea, select, [popover], [contenteditable]")) return;
  const card = at.closest<HTMLElement>("[data-movable]");
  if (card && event.key === "m") { event.preventDefault(); pick(card); return; }
  const name = places[event.key];
  const link = name && document.querySelector<HTMLAnchorElement>(`[data-key-of="${name}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
// A card that is moved by keys is not opened by the same Enter.
document.addEventListener("focusout", (event) => { if (picked?.card.button === event.target) letGo(); });

// Several at once: with Ctrl or Shift a click chooses, and the bar says how many.
let lastChosen: HTMLInputElement | null = null;
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>(".pick input")];

function count(): void {
  const number = boxes().filter((each) => each.checked).length;
  const words = document.querySelector<HTMLElement>("#calendar-many [data-count]");
  if (words && number) words.textContent = `${number} ${texts.chosen ?? ""}`;
}

function choose(box: HTMLInputElement, range: boolean): void {
  const all = boxes();
  if (range && lastChosen && all.includes(lastChosen)) {
    const [from = 0, to = 0] = [all.indexOf(lastChosen), all.indexOf(box)].sort((one, other) => one - other);
    for (const each of all.slice(from, to + 1)) each.checked = true;
  } else {
    box.checked = !box.checked;
  }
  lastChosen = box;
  count();
}

addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>(".tile > .slim");
  const box = button?.parentElement?.querySelector<HTMLInputElement>(".pick input");
  if (!box || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  choose(box, event.shiftKey);
}, { capture: true });
addEventListener("change", (event) => {
  const box = event.target as HTMLInputElement;
  if (box.matches(".pick input")) { lastChosen = box; count(); }
});
addEventListener("reset", () => { setTimeout(count, 0); });
