// Asks the server how the text looks and what is to say about it, a moment after somebody has typed. An answer that was
// overtaken is not waited for.
import { type Desk, say } from "./desk";
import { parsed, take } from "./parts";

const [pause, silence] = [300, 1500];

export class Looking {
  private readonly desk: Desk;
  private readonly taken: () => void;
  private readonly refused: () => void;
  private asking: AbortController | null = null;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private quiet: ReturnType<typeof setTimeout> | undefined;
  private told = "";

  constructor(desk: Desk, taken: () => void, refused: () => void) {
    this.desk = desk;
    this.taken = taken;
    this.refused = refused;
    for (const field of [desk.text, desk.title]) field?.addEventListener("input", () => this.soon());
    const network = this.network;
    network?.addEventListener("change", () => void this.now());
    network?.form?.addEventListener("submit", (event) => { event.preventDefault(); void this.now(); });
  }

  soon(): void {
    this.asking?.abort();
    clearTimeout(this.pending);
    clearTimeout(this.quiet);
    // A long text takes the server longer: it is asked less often.
    this.pending = setTimeout(() => void this.now(), pause + Math.min(1500, this.desk.text.value.length / 60));
  }

  async now(): Promise<void> {
    clearTimeout(this.pending);
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const { text, title } = this.desk.words;
    const data = new URLSearchParams({ body: text, csrf: this.desk.csrf });
    if (this.desk.title) data.set("title", title);
    if (this.network) data.set("network", this.network.value);
    try {
      const answer = await fetch(`${this.desk.path}/look`, { method: "POST", body: data, signal: asking.signal });
      if (answer.status === 401 || answer.status === 403) { this.refused(); return; }
      if (!answer.ok) return;
      const fresh = parsed(await answer.text());
      if (asking.signal.aborted || this.desk.text.value !== text) return;
      take(fresh, ["counter", "checks", "preview"]);
      this.taken();
      this.quiet = setTimeout(() => this.tell(), silence);
    } catch {
      // Overtaken, or the server does not answer: the next word asks again, and saving says what is wrong.
    }
  }

  /** For people who hear the page: when they pause, and only what is new. */
  private tell(): void {
    const count = document.querySelector("#counter span")?.textContent ?? "";
    const checks = document.querySelector("#checks header .quiet")?.textContent ?? "";
    const words = `${count}. ${checks}.`;
    if (words !== this.told) say(words);
    this.told = words;
  }

  private get network(): HTMLSelectElement | null {
    return document.querySelector<HTMLSelectElement>("#elsewhere select");
  }
}
