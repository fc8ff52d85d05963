// Takes parts out of a page of the server and puts them in the place of those that are shown. What somebody has opened
// stays open, and the focus stays where it was.
const focusable = "a, button, summary, input, select, textarea";

function nameOf(details: Element): string { return details.id || details.getAttribute("data-key") || ""; }

function put(part: HTMLElement, next: HTMLElement): void {
  if (part.innerHTML === next.innerHTML && part.className === next.className) return;
  const open = new Set([...part.querySelectorAll("details[open]")].map(nameOf).filter(Boolean));
  const focused = [...part.querySelectorAll(focusable)].findIndex((each) => each === document.activeElement);
  for (const each of next.querySelectorAll("details")) if (open.has(nameOf(each))) each.setAttribute("open", "");
  part.className = next.className;
  part.replaceChildren(...next.childNodes);
  if (focused >= 0) part.querySelectorAll<HTMLElement>(focusable)[focused]?.focus({ preventScroll: true });
}

/** The parts with these ids, or all that are marked as parts. */
export function take(fresh: Document, ids?: string[]): void {
  const wanted = ids ?? [...document.querySelectorAll("[data-part]")].map((each) => each.id);
  for (const id of wanted) {
    const part = document.getElementById(id);
    const next = fresh.getElementById(id);
    if (part && next) put(part, next);
  }
  document.dispatchEvent(new Event("parts-taken"));
}

export function parsed(html: string): Document { return new DOMParser().parseFromString(html, "text/html"); }
