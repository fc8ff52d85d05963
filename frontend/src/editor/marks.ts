// Findings and proofs, marked under the text as it is written. The server finds them; until it has looked at the newest
// words, marks move along with what is typed before them, and one whose words are touched goes.
import { type Desk, say } from "./desk";
import { word } from "./words";

interface Mark { start: number; end: number; tone: string; item: HTMLElement }

export class Marks {
  private readonly desk: Desk;
  private readonly mirror: HTMLElement;
  private readonly bubble = document.createElement("div");
  private marks: Mark[] = [];
  private before: string;
  private shown: Mark | null = null;

  constructor(desk: Desk, mirror: HTMLElement) {
    this.desk = desk;
    this.mirror = mirror;
    this.before = desk.text.value;
    this.bubble.className = "bubble";
    this.bubble.hidden = true;
    mirror.parentElement?.append(this.bubble);
    desk.text.addEventListener("input", () => this.follow());
    desk.text.addEventListener("scroll", () => { this.mirror.scrollTop = this.desk.text.scrollTop; this.hide(); });
    desk.text.addEventListener("mousemove", (event) => this.over(event));
    desk.text.addEventListener("blur", () => { if (!this.bubble.matches(":hover, :focus-within")) this.hide(); });
    this.bubble.addEventListener("mouseleave", () => this.hide());
    document.addEventListener("submit", (event) => this.fix(event));
    new ResizeObserver(() => { this.mirror.scrollTop = this.desk.text.scrollTop; }).observe(desk.text);
  }

  /** Reads the places from the list of findings, which is for this text. */
  read(): void {
    this.marks = [];
    this.before = this.desk.text.value;
    for (const item of document.querySelectorAll<HTMLElement>("#checks li[data-start]")) {
      const { start, end, tone } = item.dataset;
      this.marks.push({ start: Number(start), end: Number(end), tone: tone ?? "review", item });
    }
    this.draw();
  }

  /** To the next finding, or the one before: selects its words and says what is wrong. Proofs are passed over. */
  step(back: boolean): void {
    const stops = this.marks.filter((one) => one.tone !== "published" && one.end > one.start);
    stops.sort((one, other) => one.start - other.start || one.end - other.end);
    if (!stops.length) { say(word("noFinding")); return; }
    const { selectionStart, selectionEnd } = this.desk.text;
    const here = stops.findIndex((one) => one === this.shown && one.start === selectionStart && one.end === selectionEnd);
    let next = here >= 0 ? here + (back ? -1 : 1) : Math.max(0, stops.findIndex((one) => one.start >= selectionStart));
    if (here < 0 && back) next = stops.findLastIndex((one) => one.start < selectionStart);
    const mark = stops[(next + stops.length) % stops.length];
    if (!mark) return;
    this.desk.text.focus();
    this.desk.text.setSelectionRange(mark.start, mark.end);
    const place = this.elementOf(mark)?.offsetTop ?? 0;
    if (place < this.desk.text.scrollTop || place > this.desk.text.scrollTop + this.desk.text.clientHeight - 40) {
      this.desk.text.scrollTop = Math.max(0, place - this.desk.text.clientHeight / 2);
    }
    requestAnimationFrame(() => this.show(mark));
    const fix = mark.item.querySelector("form[action$=\"/fix\"] button")?.getAttribute("aria-label");
    const reason = mark.item.querySelector("p")?.textContent ?? "";
    say(fix ? word("finding", { reason, fix }) : `${reason}.`);
  }

  /** Applies the fix of the finding that is shown. Returns whether there is one. */
  applyShown(): boolean {
    const form = this.shown?.item.querySelector<HTMLFormElement>("form[action$=\"/fix\"]");
    form?.requestSubmit();
    return Boolean(form);
  }

  hide(): void { this.bubble.hidden = true; this.shown = null; }

  private follow(): void {
    const [old, now] = [this.before, this.desk.text.value];
    this.before = now;
    let head = 0;
    while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
    let tail = 0;
    while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
    const shift = now.length - old.length;
    this.marks = this.marks.filter((mark) => {
      if (mark.end <= head) return true;
      if (mark.start < old.length - tail) { delete mark.item.dataset.start; return false; }
      mark.start += shift;
      mark.end += shift;
      return true;
    });
    for (const mark of this.marks) {
      mark.item.dataset.start = String(mark.start);
      mark.item.dataset.end = String(mark.end);
    }
    this.hide();
    this.draw();
  }

  private draw(): void {
    const text = this.desk.text.value;
    const edges = [...new Set([0, text.length, ...this.marks.flatMap((one) => [one.start, one.end])])];
    edges.sort((one, other) => one - other);
    const nodes: Node[] = [];
    for (let at = 0; at + 1 < edges.length; at += 1) {
      const [start, end] = [edges[at] ?? 0, edges[at + 1] ?? 0];
      const words = document.createTextNode(text.slice(start, end));
      const here = this.marks.filter((one) => one.start <= start && end <= one.end);
      const worst = ["failed", "review", "published"].find((tone) => here.some((one) => one.tone === tone));
      if (!worst) { nodes.push(words); continue; }
      const mark = document.createElement("mark");
      mark.className = `tone-${worst}`;
      mark.dataset.start = String(start);
      mark.append(words);
      nodes.push(mark);
    }
    // A line break at the end has a line of its own in a field, and none in a paragraph.
    this.mirror.replaceChildren(...nodes, document.createTextNode("\u200b"));
    this.mirror.scrollTop = this.desk.text.scrollTop;
  }

  private elementOf(mark: Mark): HTMLElement | null {
    return this.mirror.querySelector<HTMLElement>(`mark[data-start="${mark.start}"]`);
  }

  private over(event: MouseEvent): void {
    for (const element of this.mirror.querySelectorAll("mark")) {
      for (const box of element.getClientRects()) {
        const inside = event.clientX >= box.left && event.clientX <= box.right
          && event.clientY >= box.top - 2 && event.clientY <= box.bottom + 4;
        if (!inside) continue;
        const start = Number(element.dataset.start);
        const here = this.marks.filter((one) => one.start <= start && start < one.end);
        const mark = here.find((one) => one.tone === "failed") ?? here[0];
        if (mark && mark !== this.shown) this.show(mark);
        return;
      }
    }
    if (!this.bubble.matches(":hover") && document.activeElement === this.desk.text && !this.isSelected()) this.hide();
  }

  private isSelected(): boolean {
    return this.shown !== null && this.shown.start === this.desk.text.selectionStart
      && this.shown.end === this.desk.text.selectionEnd;
  }

  private show(mark: Mark): void {
    const element = this.elementOf(mark);
    const sheet = this.mirror.parentElement;
    if (!element || !sheet) return;
    this.shown = mark;
    const words = mark.item.querySelector("div")?.cloneNode(true) as HTMLElement | undefined;
    if (!words) return;
    words.querySelectorAll("[id]").forEach((each) => each.removeAttribute("id"));
    this.bubble.className = `bubble tone-${mark.tone}`;
    this.bubble.replaceChildren(words);
    this.bubble.hidden = false;
    const [box, around] = [element.getClientRects()[0], sheet.getBoundingClientRect()];
    if (!box) return;
    const most = around.width - this.bubble.offsetWidth - 8;
    this.bubble.style.left = `${Math.max(8, Math.min(box.left - around.left, most))}px`;
    this.bubble.style.top = `${box.bottom - around.top + 2}px`;
  }

  private fix(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("form[action$=\"/fix\"]")) return;
    event.preventDefault();
    const item = this.bubble.contains(form) ? this.shown?.item : form.closest<HTMLElement>("li");
    const value = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value.replaceAll("\r\n", "\n");
    const [start, end] = [Number(item?.dataset.start), Number(item?.dataset.end)];
    const whole = this.desk.text.value;
    if (!item?.dataset.start || whole.slice(start, end) !== value("said")) {
      say(word("wordsChanged"));
      return;
    }
    const instead = value("instead");
    this.hide();
    this.desk.replace(start, end, instead);
    say(instead ? word("putInstead", { words: instead }) : word("takenOut"));
  }
}
