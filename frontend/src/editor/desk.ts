// The form with the text, and what is known of it: which piece and revision, whose, and whether it was changed.
export interface Words { text: string; title: string }

export class Desk {
  readonly form: HTMLFormElement;
  readonly text: HTMLTextAreaElement;
  readonly title: HTMLInputElement | null;
  private saved: Words;

  constructor(form: HTMLFormElement, text: HTMLTextAreaElement) {
    this.form = form;
    this.text = text;
    const title = form.elements.namedItem("title");
    this.title = title instanceof HTMLInputElement ? title : null;
    this.saved = { text: text.defaultValue, title: this.title?.defaultValue ?? "" };
  }

  get path(): string { return `/pieces/${this.piece}`; }
  get piece(): string { return this.form.dataset.piece ?? ""; }
  get person(): string { return this.form.dataset.person ?? ""; }
  get words(): Words { return { text: this.text.value, title: this.title?.value ?? "" }; }
  get isChanged(): boolean {
    const now = this.words;
    return now.text !== this.saved.text || now.title !== this.saved.title;
  }

  isSaved(text: string): boolean { return text === this.saved.text; }

  get revision(): string { return this.field("based_on").value; }
  set revision(value: string) { this.field("based_on").value = value; }
  get csrf(): string { return this.field("csrf").value; }

  /** These words are what the server has now. */
  settle(words: Words): void { this.saved = words; }

  /** Every form of the page carries the token; a new one is for all of them. */
  renew(csrf: string): void {
    for (const each of document.querySelectorAll<HTMLInputElement>('input[name="csrf"]')) each.value = csrf;
  }

  /** Puts other words into the field: as one step that can be undone, unless somebody is busy elsewhere on the page. */
  put(words: Words, quietly = false): void {
    if (quietly && document.activeElement !== this.text) this.fill(words.text);
    else this.replace(0, this.text.value.length, words.text);
    if (this.title) this.title.value = words.title;
  }

  /** Replaces a passage. The caret stays at the words where it was. Undo knows of it. */
  replace(start: number, end: number, instead: string): void {
    const { selectionStart, selectionEnd, scrollTop } = this.text;
    const shift = instead.length - (end - start);
    const moved = (place: number): number => (place >= end ? place + shift : Math.min(place, start + instead.length));
    this.text.focus({ preventScroll: true });
    this.text.setSelectionRange(start, end);
    const done = instead ? document.execCommand("insertText", false, instead) : document.execCommand("delete");
    if (!done) {
      this.text.setRangeText(instead, start, end, "end");
      this.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    this.text.setSelectionRange(moved(selectionStart), moved(selectionEnd));
    this.text.scrollTop = scrollTop;
  }

  /** Without taking the focus, which the browser's own way of inserting needs. */
  private fill(text: string): void {
    if (this.text.value === text) return;
    this.text.setRangeText(text, 0, this.text.value.length, "preserve");
    this.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  private field(name: string): HTMLInputElement { return this.form.elements.namedItem(name) as HTMLInputElement; }
}

/** Says something to people who hear the page; nobody sees it. */
export function say(words: string): void {
  const said = document.querySelector("#said");
  if (said) said.textContent = words;
}
