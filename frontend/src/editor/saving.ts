// Saves without leaving the page. Whatever the answer is, or if there is none, the text stays where it is.
import { type Desk, say } from "./desk";
import type { Drawer } from "./kept";
import { parsed, take } from "./parts";

interface State { revision: number; by: string; at: string; person: string; csrf: string; editable: boolean }
type Answer = "saved" | "refused" | "unknown";

export class Saving {
  private readonly desk: Desk;
  private readonly drawer: Drawer;
  private readonly taken: () => void;
  private readonly others: BroadcastChannel;
  private running = false;
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

  async save(): Promise<boolean> {
    if (this.running) return false;
    if (this.theirs) { document.querySelector("#conflict")?.scrollIntoView(); say("Choose first which text is kept."); return false; }
    this.running = true;
    this.tell("Saving …");
    let answer = await this.send();
    if (answer === "unknown" && await this.renewed()) answer = await this.send();
    this.running = false;
    return answer === "saved";
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
      this.tell("You are signed in again.");
    }
    if (String(state.revision) === this.desk.revision || this.theirs || this.running) return;
    if (this.desk.isChanged) { await this.save(); return; } // answered with both texts, side by side
    await this.refresh();
    this.tell(`${state.by} saved revision ${state.revision}. You see that text now.`);
  }

  /** The page as it is now, the text with it: only where nothing of one's own would be lost. */
  private async refresh(): Promise<void> {
    const answer = await fetch(this.desk.path, { redirect: "error" }).catch(() => null);
    if (!answer?.ok || this.desk.isChanged) return;
    const fresh = parsed(await answer.text());
    const writing = fresh.querySelector<HTMLFormElement>("#writing");
    if (!writing) { location.reload(); return; }
    const words = { text: valueOf(writing, "body"), title: valueOf(writing, "title") };
    this.desk.put(words);
    this.settle(fresh, words);
  }

  private async send(): Promise<Answer> {
    const sent = this.desk.words;
    const data = new URLSearchParams({ csrf: this.desk.csrf, based_on: this.desk.revision, body: sent.text });
    if (this.desk.title) data.set("title", sent.title);
    const answer = await fetch(this.desk.path, { method: "POST", body: data }).catch(() => null);
    if (!answer) {
      this.tell("Not saved: the server does not answer. Your text is kept in this browser.");
      return "refused";
    }
    if (answer.status === 401 || answer.status === 403) return "unknown";
    const fresh = parsed(await answer.text());
    if (!fresh.querySelector("#writing")) {
      if (answer.ok) return "unknown"; // a page to sign in
      const why = answer.status === 413 ? "the text is too large to be sent." : fresh.querySelector("main p, p")?.textContent ?? "";
      this.tell(`Not saved: ${why} Your text is kept in this browser.`);
      return "refused";
    }
    if (answer.ok) {
      this.settle(fresh, sent);
      this.others.postMessage("saved");
      return "saved";
    }
    take(fresh, ["conflict"]);
    if (answer.status === 409) {
      const text = fresh.querySelector("[data-theirs]")?.textContent ?? "";
      const form = fresh.querySelector<HTMLFormElement>("#writing");
      this.theirs = { text, page: fresh, revision: form ? valueOf(form, "based_on") : "" };
    }
    document.querySelector("#conflict")?.scrollIntoView({ block: "start" });
    this.tell("Not saved. Your text is still here.");
    return "refused";
  }

  private settle(fresh: Document, words: { text: string; title: string }): void {
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
    this.tell(this.desk.isChanged ? `${kept}; what you have written since then is not saved yet` : kept);
    this.taken();
  }

  /** One of the three ways out of a conflict. */
  private chosen(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("[data-take-theirs], [data-merge]") : null;
    if (!link || !this.theirs) return;
    event.preventDefault();
    if (link.hasAttribute("data-merge")) {
      this.merge();
      this.tell("Saving puts your text above the other one now.");
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
      this.tell("Not saved: somebody else is signed in by now. Your text is still here; copy it before you leave.");
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
    link.textContent = "Sign in in another tab";
    kept.replaceChildren("You are signed out, so nothing was saved. Your text stays here. ", link, "; it is saved when you come back.");
    kept.classList.add("problem");
  }

  private tell(words: string): void {
    const kept = document.querySelector("#kept");
    if (!kept) return;
    kept.classList.toggle("problem", words.startsWith("Not saved"));
    kept.textContent = words;
  }
}

function valueOf(form: HTMLFormElement, name: string): string {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : "";
}
