// Saves a step of the interview while somebody types, and keeps it in the browser whenever the server cannot.
// Without this the buttons below the questions save.
import {
  asOf, asTyped, button, clock, enter, field, ordered, pathOf, question, read, replace, same, sentence, show, toStage, write,
  type Kept,
} from "../interview/answers";

interface Answer {
  version: number;
  saved_at: string | null;
  beside: Record<string, string>;
  fields: Record<string, string>;
  contested: Record<string, string>;
}

const pause = 600;
const again = 5_000;
const sending = 10_000;
const patience = 1_500;
const form = document.querySelector<HTMLFormElement>("form[data-typed]");
const status = document.querySelector<HTMLElement>("#saved");
const door = document.querySelector<HTMLElement>("#sign-in-again");

toStage();
if (form && status && door) begin(form, status, door);

function begin(form: HTMLFormElement, status: HTMLElement, door: HTMLElement): void {
  const kept = `aipromote ${form.dataset.typed ?? ""}`;
  if (form.dataset.settling !== undefined) {
    // Both texts are on the page, and the button is the decision: nothing is saved before it is pressed.
    form.addEventListener("submit", () => { localStorage.removeItem(kept); });
    return;
  }
  const mine = new Set<string>();
  let seen = asTyped(form, true);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<boolean> | undefined;
  let leaving = false;
  let unsettled = false;

  const say = (words: string | undefined, trouble = false): void => {
    if (status.textContent !== words) status.textContent = words ?? "";
    status.classList.toggle("wrong", trouble);
    status.classList.toggle("quiet", !trouble);
    door.hidden = words !== form.dataset.signedOut;
  };
  const hold = (): void => {
    // A browser without room, or one that keeps nothing, leaves the saving by the server.
    try { localStorage.setItem(kept, JSON.stringify({ typed: asTyped(form), seen, at: Date.now() } satisfies Kept)); } catch { /* see above */ }
  };
  const later = (after: number): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { void save(); }, after);
  };
  const troubled = (words: string | undefined, retry = true): false => {
    say(words, true);
    if (retry) later(again);
    return false;
  };

  const save = async (): Promise<boolean> => {
    clearTimeout(waiting);
    while (running) await running;
    if (asTyped(form) === seen && mine.size === 0 && !unsettled) return true;
    running = attempt().finally(() => { running = undefined; });
    return running;
  };

  const attempt = async (renewed = false): Promise<boolean> => {
    const typed = asTyped(form);
    const insisted = [...mine];
    const data = new URLSearchParams(typed);
    data.set("csrf", field(form, "csrf").value);
    data.set("seen", seen);
    for (const path of insisted) data.append("mine", path);
    if (!status.classList.contains("wrong")) say(form.dataset.saving);
    const asking = fetch(form.dataset.typed ?? "", { method: "POST", body: data, redirect: "manual", signal: AbortSignal.timeout(sending) });
    const answer = await asking.catch(() => null);
    if (!answer || answer.status >= 500) return troubled(form.dataset.silent);
    if (answer.ok) {
      taken(await answer.json() as Answer, typed, insisted);
      return true;
    }
    if (answer.status === 404) return troubled(form.dataset.gone, false);
    if ([401, 403].includes(answer.status) || answer.type === "opaqueredirect") {
      // The session may be a new one, from another tab: then the page has the token for its forms.
      if (!renewed && await renew()) return attempt(true);
      return troubled(form.dataset.signedOut);
    }
    return troubled(sentence(await answer.text()));
  };

  const renew = async (): Promise<boolean> => {
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector<HTMLInputElement>("form[data-typed] input[name=csrf]");
    if (!fresh) return false;
    for (const one of document.querySelectorAll<HTMLInputElement>("input[name=csrf]")) one.value = fresh.value;
    return true;
  };

  const taken = (answer: Answer, typed: string, insisted: string[]): void => {
    for (const path of insisted) mine.delete(path);
    const before = new URLSearchParams(typed);
    const known = new URLSearchParams(seen);
    for (const [name, html] of Object.entries(answer.beside)) show(name, html);
    const renewed = new Set<string>();
    for (const [path, html] of Object.entries(answer.fields)) {
      // What somebody has gone on typing meanwhile stays; the next saving looks again.
      if (!same(asOf(new URLSearchParams(asTyped(form)), path), asOf(before, path))) continue;
      replace(form, path, html);
      renewed.add(path);
    }
    // What both windows changed stays open: of it, this window has seen what it saw before.
    const open = new Set(Object.keys(answer.contested));
    const now = new URLSearchParams(asTyped(form));
    const agreed = new URLSearchParams();
    for (const [name, value] of before) {
      const path = pathOf(form, name) ?? "";
      if (!open.has(path) && !renewed.has(path)) agreed.append(name, value);
    }
    for (const path of open) for (const [name, value] of asOf(known, path)) agreed.append(name, value);
    for (const path of renewed) for (const [name, value] of asOf(now, path)) agreed.append(name, value);
    seen = ordered(form, agreed);
    contested(answer.contested);
    unsettled = open.size > 0;
    if (!unsettled) {
      field(form, "version").value = String(answer.version);
      localStorage.removeItem(kept);
    }
    if (answer.saved_at) say(form.dataset.saved?.replace("{time}", clock(answer.saved_at)));
    if (asTyped(form) !== seen && !unsettled) { hold(); later(pause); }
  };

  const contested = (found: Record<string, string>): void => {
    for (const old of form.querySelectorAll<HTMLElement>("[data-contested-by]")) if (!((old.dataset.contestedBy ?? "") in found)) old.remove();
    for (const [path, html] of Object.entries(found)) {
      const place = question(form, path);
      if (!place) continue;
      place.querySelector("[data-contested-by]")?.remove();
      const told = document.createElement("div");
      told.className = "notice tone-risk contested";
      told.dataset.contestedBy = path;
      told.setAttribute("role", "alert");
      const words = document.createElement("p");
      words.textContent = form.dataset.contested ?? "";
      const theirs = document.createElement("fieldset");
      theirs.disabled = true;
      theirs.innerHTML = html;
      theirs.querySelector("[data-question]")?.removeAttribute("data-question");
      const row = document.createElement("div");
      row.className = "row";
      row.append(button(form.dataset.theirs, () => { replace(form, path, html); seen = asSeen(path); enter(form, path); void save(); }));
      row.append(button(form.dataset.mine, () => { told.remove(); mine.add(path); enter(form, path); void save(); }));
      told.append(words, theirs, row);
      place.append(told);
    }
  };
  // The answer of the other window, taken over: this window has seen it now.
  const asSeen = (path: string): string => {
    const now = new URLSearchParams(asTyped(form));
    const all = new URLSearchParams();
    for (const [name, value] of new URLSearchParams(seen)) if (pathOf(form, name) !== path) all.append(name, value);
    for (const [name, value] of asOf(now, path)) all.append(name, value);
    return ordered(form, all);
  };

  form.addEventListener("input", () => { hold(); later(pause); });
  form.addEventListener("change", () => { hold(); later(0); });
  addEventListener("online", () => { void save(); });
  document.addEventListener("visibilitychange", () => { void save(); });
  form.addEventListener("submit", (event) => {
    if (leaving) return;
    // The button goes on only after what is here is kept, so that no error page takes its place. A saving that takes
    // long is not waited for: the form says the same, and what was typed stays in the browser until it is saved.
    event.preventDefault();
    const by = event.submitter;
    hold();
    const long = new Promise<boolean>((resolve) => { setTimeout(resolve, patience, true); });
    void Promise.race([save(), long]).then((done) => {
      if (!done) return;
      leaving = true;
      if (by instanceof HTMLButtonElement && by.name) {
        const chosen = Object.assign(document.createElement("input"), { type: "hidden", name: by.name, value: by.value });
        form.append(chosen);
      }
      HTMLFormElement.prototype.submit.call(form);
    });
  });

  form.classList.add("typed");
  const before = status.dataset.at;
  if (before && new Date(before).toDateString() === new Date().toDateString()) say(form.dataset.saved?.replace("{time}", clock(before)));
  const told = read(kept);
  if (told && told.typed !== seen) {
    write(form, new URLSearchParams(told.typed));
    seen = told.seen;
    say(form.dataset.restored);
    later(0);
  }
}
