// Cards of the calendar, their wall-clock times, and where on the page a time stands.
export interface Card { button: HTMLElement; key: string; local: string; seen: string }

export const texts = document.querySelector<HTMLElement>("#calendar-move")?.dataset ?? {};
export const QUARTER = 15;
const live = document.querySelector<HTMLElement>("#calendar-said");

// Times are wall-clock times of the organization, as texts; they are counted with as if they were in UTC.
export const parsed = (local: string): number => Date.parse(`${local.slice(0, 16)}Z`);
export const written = (at: number): string => new Date(at).toISOString().slice(0, 16);

/** Said aloud by a screen reader, at once. */
export function say(words: string): void {
  if (live) live.textContent = words;
}

export function cardOf(button: HTMLElement): Card {
  const { key = "", local = "", seen = "" } = button.dataset;
  return { button, key, local: local.slice(0, 16), seen };
}

export const isPiece = (card: Card): boolean => card.key.startsWith("piece-");

export const buttonOf = (key: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);

export function mark(element: Element | null): void {
  document.querySelectorAll(".target").forEach((each) => { if (each !== element) each.classList.remove("target"); });
  element?.classList.add("target");
}
