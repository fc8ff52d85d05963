// Saves without leaving the page. Whatever the answer is, or if there is none, the text stays where it is.
import { type Desk, type Words, say } from "./desk";
import type { Drawer } from "./kept";
import { parsed, take } from "./parts";
import { type Word, word } from "./words";

interface State { revision: number; by: string; at: string; person: string; csrf: string; editable: boolean }
type Answer = "saved" | "refused" | "unknown";

export class Saving {
  private readonly desk: Desk;
  private readonly drawer: Drawer;
  private readonly taken: () => void;
  private readonly others: BroadcastChannel;
  private running: Promise<boolean> | null = null;
  private signedOut = false;
  private theirs: { text: string; page: Document; revision: string } | null = null;
  private lookedAt = 0;

  constructor(desk: Desk, drawer: Drawer, taken: () => void) {
    this.desk = desk;
    this.drawer = drawer;
    this.taken = taken;
    this.others = new BroadcastChannel(`aipromote-piece-${desk.piece}`);
    this.others.onmessage = () => void this.look();
    desk.form.addEventListener("submit", (event) => { event.preventDefault(); void this.save(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) void this.look(); });
    addEventListener("focus", () => { if (this.signedOut || Date.now() - this.lookedAt > 3000) void this.look(); });
    addEventListener("online", () => { if (desk.isChanged) void this.save(); });
    document.addEventListener("click", (event) => this.chosen(event));
    document.addEventListener("submit", (event) => {
      if (event.target instanceof HTMLFormElement && event.target.closest(".conflict-choice")) {
        event.preventDefault();
        this.merge();
        void this.save();
      }
    });
  }

  /** Whether what stands in the field is saved. Who asks while it is being saved waits, and saves what came since. */
  async save(): Promise<boolean> {
    if (this.running) {
      const done = await this.running;
      return done && this.desk.isChanged ? this.save() : done;
    }
    if (this.theirs) { document.querySelector("#conflict")?.scrollIntoView(); say(word("chooseFirst")); return false; }
    this.running = this.attempt().finally(() => { this.running = null; });
    return this.running;
  }

  private async attempt(): Promise<boolean> {
    this.tell(word("saving"));
    const sent = this.desk.words;
    try {
      let answer = await this.send(sent);
      if (answer === "unknown" && await this.renewed()) answer = await this.send(sent);
      return answer === "saved";
    } catch {
      if (await this.isThere(sent).catch(() => false)) return true;
      this.bad("brokeOff");
      return false;
    }
  }

  /** Whether the page is still what is saved, and who is signed in. Tells what is new; saves what waited. */
  async look(): Promise<void> {
    this.lookedAt = Date.now();
    const state = await this.state();
    if (state === null) { if (this.desk.isChanged) this.tellSignedOut(); return; }
    if (state === undefined || state.person !== this.desk.person) return;
    this.desk.renew(state.csrf);
    if (this.signedOut) {
      this.signedOut = false;
      if (this.desk.isChanged) { await this.save(); return; }
      this.tell(word("signedInAgain"));
    }
    if (String(state.revision) === this.desk.revision || this.theirs || this.running) return;
    if (this.desk.isChanged) { await this.save(); return; } // answered with both texts, side by side
    await this.refresh();
    this.tell(word("theirsShown", { name: state.by, number: String(state.revision) }));
  }

  /** The page as it is now, the text with it: only where nothing of one's own would be lost. */
  private async refresh(): Promise<void> {
    const page = await this.page();
    if (!page || this.desk.isChanged) return;
    if (!page.words) { location.reload(); return; }
    this.desk.put(page.words, true);
    this.settle(page.fresh, page.words);
  }

  /** Whether these words are what is saved: of a request whose answer was lost, nobody knows. Goes on from there if so. */
  private async isThere(sent: Words): Promise<boolean> {
    const page = await this.page();
    if (page?.words?.text !== sent.text || page.words.title !== sent.title) return false;
    this.settle(page.fresh, sent);
    return true;
  }

  /** The page as it is now; without words where nobody may write any more. */
  private async page(): Promise<{ fresh: Document; words: Words | null } | null> {
    const answer = await fetch(this.desk.path, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return null;
    const fresh = parsed(await answer.text());
    const writing = fresh.querySelector<HTMLFormElement>("#writing");
    return { fresh, words: writing && { text: valueOf(writing, "body"), title: valueOf(writing, "title") } };
  }

  private async send(sent: Words): Promise<Answer> {
    const data = new URLSearchParams({ csrf: this.desk.csrf, based_on: this.desk.revision, body: sent.text, quietly: "true" });
    if (this.desk.title) data.set("title", sent.title);
    const answer = await fetch(this.desk.path, { method: "POST", body: data }).catch(() => null);
    if (!answer) {
      this.bad("noAnswer");
      return "refused";
    }
    if (answer.status === 401 || answer.status === 403) return "unknown";
    const fresh = parsed(await answer.text());
    if (!fresh.querySelector("#writing")) {
      if (answer.ok) return "unknown"; // a page to sign in
      const why = fresh.querySelector("main p, p")?.textContent?.trim() ?? "";
      this.bad(answer.status === 413 ? "tooLarge" : "refusedBecause", { why });
      return "refused";
    }
    if (answer.ok) {
      this.settle(fresh, sent);
      this.others.postMessage("saved");
      return "saved";
    }
    if (answer.status === 409 && await this.isThere(sent)) return "saved"; // an earlier try was taken, its answer lost
    take(fresh, ["conflict"]);
    if (answer.status === 409) {
      const text = fresh.querySelector("[data-theirs]")?.textContent ?? "";
      const form = fresh.querySelector<HTMLFormElement>("#writing");
      this.theirs = { text, page: fresh, revision: form ? valueOf(form, "based_on") : "" };
    }
    document.querySelector("#conflict")?.scrollIntoView({ block: "start" });
    this.bad("notSaved");
    return "refused";
  }

  private settle(fresh: Document, words: Words): void {
    const writing = fresh.querySelector<HTMLFormElement>("#writing");
    if (!writing) return;
    this.theirs = null;
    this.signedOut = false;
    this.desk.settle(words);
    this.desk.revision = valueOf(writing, "based_on");
    this.desk.renew(valueOf(writing, "csrf"));
    // The preview on another network stays what it is; the next look, which comes at once, brings it up to date.
    take(fresh);
    this.drawer.dropOwn();
    if (this.desk.isChanged) this.drawer.keep(this.desk.words, this.desk.revision);
    const kept = fresh.querySelector("#kept")?.textContent?.trim() ?? "";
    this.tell(this.desk.isChanged ? word("sinceThen", { saved: kept }) : kept);
    this.taken();
  }

  /** One of the three ways out of a conflict. */
  private chosen(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("[data-take-theirs], [data-merge]") : null;
    if (!link || !this.theirs) return;
    event.preventDefault();
    if (link.hasAttribute("data-merge")) {
      this.merge();
      this.tell(word("aboveTheOther"));
      this.desk.text.focus();
      return;
    }
    const { page, text } = this.theirs;
    const titled = page.querySelector<HTMLInputElement>('#writing input[name="title"]');
    const words = { text, title: this.desk.title ? titled?.value ?? "" : "" };
    this.desk.put(words);
    document.querySelector("#conflict")?.replaceChildren();
    this.theirs = null;
    this.desk.settle(words);
    this.drawer.dropOwn();
    void this.refresh();
  }

  private merge(): void {
    if (!this.theirs) return;
    this.desk.revision = this.theirs.revision;
    this.theirs = null;
  }

  private async renewed(): Promise<boolean> {
    const state = await this.state();
    if (!state) { this.tellSignedOut(); return false; }
    if (state.person !== this.desk.person) {
      this.bad("somebodyElse");
      return false;
    }
    this.desk.renew(state.csrf);
    return true;
  }

  /** null: not signed in. undefined: no answer. */
  private async state(): Promise<State | null | undefined> {
    const answer = await fetch(`${this.desk.path}/state`, { redirect: "manual" }).catch(() => undefined);
    if (!answer) return undefined;
    if (answer.ok) return await answer.json() as State;
    return answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403 ? null : undefined;
  }

  tellSignedOut(): void {
    this.signedOut = true;
    const kept = document.querySelector("#kept");
    if (!kept) return;
    const link = document.createElement("a");
    link.href = `/sign-in?next=${encodeURIComponent("/this-week")}`;
    link.target = "_blank";
    link.rel = "opener";
    link.textContent = word("signIn");
    kept.replaceChildren(`${word("signedOut")} `, link);
    kept.classList.add("problem");
  }

  private bad(name: Word, places: Record<string, string> = {}): void { this.tell(word(name, places), true); }

  private tell(words: string, isBad = false): void {
    const kept = document.querySelector("#kept");
    if (!kept) return;
    kept.classList.toggle("problem", isBad);
    kept.textContent = words;
  }
}

function valueOf(form: HTMLFormElement, name: string): string {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : "";
}
