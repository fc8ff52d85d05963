// Takes parts out of a page of the server and puts them in the place of those that are shown. What somebody has opened
// stays open, what was filled in and not sent yet stays filled in, and the focus stays where it was.
const focusable = "a, button, summary, input, select, textarea";
const fillable = "input:not([type=hidden]), select, textarea";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function nameOf(details: Element): string { return details.id || details.getAttribute("data-key") || ""; }

function put(part: HTMLElement, next: HTMLElement): void {
  if (part.innerHTML === next.innerHTML && part.className === next.className) return;
  const open = new Set([...part.querySelectorAll("details[open]")].map(nameOf).filter(Boolean));
  const focused = [...part.querySelectorAll(focusable)].findIndex((each) => each === document.activeElement);
  for (const each of next.querySelectorAll("details")) if (open.has(nameOf(each))) each.setAttribute("open", "");
  carry(part, next);
  part.className = next.className;
  part.replaceChildren(...next.childNodes);
  if (focused >= 0) part.querySelectorAll<HTMLElement>(focusable)[focused]?.focus({ preventScroll: true });
}

/** Fields in which something else stands than what the page came with keep it, where the same form still has them. */
function carry(part: HTMLElement, next: HTMLElement): void {
  const filled = new Map<string, Field>();
  for (const field of part.querySelectorAll<Field>(fillable)) if (field.name && isTouched(field)) filled.set(placeOf(field), field);
  for (const fresh of next.querySelectorAll<Field>(fillable)) {
    const field = filled.get(placeOf(fresh));
    if (field) keep(field, fresh);
  }
}

/** A name alone is not enough: each post of a piece has a time of its own. */
function placeOf(field: Field): string {
  const choice = isChoice(field) ? field.value : "";
  return [field.form?.getAttribute("action"), field.name, choice].join("\n");
}

function isChoice(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

function isTouched(field: Field): boolean {
  if (isChoice(field)) return field.checked !== field.defaultChecked;
  if (!(field instanceof HTMLSelectElement)) return field.value !== field.defaultValue;
  const options = [...field.options];
  return field.selectedIndex !== Math.max(0, options.findIndex((each) => each.defaultSelected));
}

function keep(field: Field, fresh: Field): void {
  if (field instanceof HTMLInputElement && field.type === "file") fresh.replaceWith(field); // no script may fill it in
  else if (isChoice(field) && isChoice(fresh)) fresh.checked = field.checked;
  else if (!(fresh instanceof HTMLSelectElement)) fresh.value = field.value;
  else if ([...fresh.options].some((each) => each.value === field.value)) fresh.value = field.value;
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

/** What was sent is no longer to be carried over: its form, as it stands in the page by now, is empty again. */
export function sent(form: HTMLFormElement): void {
  const address = form.getAttribute("action");
  for (const each of document.forms) if (each.getAttribute("action") === address) each.reset();
}

export function parsed(html: string): Document { return new DOMParser().parseFromString(html, "text/html"); }
