// The questions of the interview as a form has them: reading, writing, comparing and showing answers.
export interface Kept { typed: string; seen: string; at: number }

export function read(key: string): Kept | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
    return found && typeof found.typed === "string" && typeof found.seen === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The answers as a form sends them; with `asSaved` as the server wrote them, whatever the browser has filled in. */
export function asTyped(form: HTMLFormElement, asSaved = false): string {
  const found = new URLSearchParams();
  for (const one of form.elements) {
    if (!isAnswer(one) || one.closest("fieldset:disabled")) continue;
    if (one instanceof HTMLInputElement && one.type === "checkbox") {
      if (asSaved ? one.defaultChecked : one.checked) found.append(one.name, one.value);
    } else if (one instanceof HTMLSelectElement) {
      const first = [...one.options].find((option) => option.defaultSelected) ?? one.options[0];
      found.append(one.name, asSaved ? first?.value ?? "" : one.value);
    } else found.append(one.name, asSaved ? one.defaultValue : one.value);
  }
  return found.toString();
}

export function write(form: HTMLFormElement, values: URLSearchParams): void {
  for (const one of form.elements) {
    if (!isAnswer(one)) continue;
    if (one instanceof HTMLInputElement && one.type === "checkbox") one.checked = values.getAll(one.name).includes(one.value);
    else one.value = values.get(one.name) ?? one.value;
    if (one.value) one.closest("details")?.setAttribute("open", "");
  }
}

/** The same answers in the order of the form, so that two of them can be compared as texts. */
export function ordered(form: HTMLFormElement, values: URLSearchParams): string {
  const made = new URLSearchParams();
  const names = new Set([...new URLSearchParams(asTyped(form)).keys(), ...values.keys()]);
  const rank = [...form.elements].filter(isAnswer).map((one) => one.name);
  for (const name of [...names].sort((a, b) => place(rank, a) - place(rank, b))) for (const value of values.getAll(name)) made.append(name, value);
  return made.toString();
}

export function place(rank: string[], name: string): number {
  const at = rank.indexOf(name);
  return at < 0 ? rank.length : at;
}

export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function isAnswer(one: Element): one is Control {
  const isOne = one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement;
  return isOne && one.name !== "" && one.type !== "hidden" && !one.closest("fieldset:disabled");
}

export function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

export function question(form: HTMLFormElement, path: string): HTMLElement | null {
  return form.querySelector<HTMLElement>(`[data-question="${CSS.escape(path)}"]`);
}

export function enter(form: HTMLFormElement, path: string): void {
  question(form, path)?.querySelector<HTMLElement>("input, textarea, select")?.focus();
}

/** The question that a field belongs to. */
export function pathOf(form: HTMLFormElement, name: string): string | undefined {
  const all = [...form.querySelectorAll<HTMLElement>("[data-question]")].map((one) => one.dataset.question ?? "");
  return all.find((path) => name === path || name.startsWith(`${path}.`));
}

export function asOf(values: URLSearchParams, path: string): [string, string][] {
  return [...values].filter(([name]) => name === path || name.startsWith(`${path}.`));
}

export function same(one: [string, string][], other: [string, string][]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Shows a question anew. Whoever is in it stays where they are. */
export function replace(form: HTMLFormElement, path: string, html: string): void {
  const old = question(form, path);
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!old || !fresh) return;
  const active = document.activeElement;
  const here = active && old.contains(active) ? active as Control : undefined;
  const [from, to] = here && !(here instanceof HTMLSelectElement) ? [here.selectionStart, here.selectionEnd] : [null, null];
  old.replaceWith(fresh);
  if (!here?.name) return;
  const next = form.elements.namedItem(here.name);
  if (!(next instanceof HTMLElement)) return;
  next.closest("details")?.setAttribute("open", "");
  next.focus({ preventScroll: true });
  if (from !== null && (next instanceof HTMLTextAreaElement || next instanceof HTMLInputElement)) next.setSelectionRange(from, to);
}

export function show(id: string, html: string): void {
  const place = document.getElementById(id);
  if (place && place.innerHTML !== html && !place.contains(document.activeElement)) place.innerHTML = html;
  if (id === "stages") toStage();
}

/** On a phone the stages are a strip; the one that somebody is at is seen. */
export function toStage(): void {
  const strip = document.querySelector<HTMLElement>(".stages");
  const here = strip?.querySelector<HTMLElement>("[aria-current]");
  if (strip && here) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
}

export function button(words: string | undefined, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words ?? "";
  made.addEventListener("click", act);
  return made;
}

export function clock(at: string): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

export function sentence(html: string): string {
  const told = new DOMParser().parseFromString(html, "text/html").querySelector("main p:not(.brand)");
  return told?.textContent.trim() ?? "";
}
