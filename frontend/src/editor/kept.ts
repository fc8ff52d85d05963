// Texts that were not saved, kept in this browser: by piece, person, revision and tab, so that nothing of one overwrites
// another. They go when they are saved, dropped, or when their person signs out.
import type { Words } from "./desk";

const prefix = "aipromote-text:";
const month = 30 * 24 * 3600 * 1000;

export interface Kept extends Words { key: string; revision: string; at: number }

export class Drawer {
  private readonly own: string;
  private readonly mine: string;

  constructor(piece: string, person: string) {
    this.mine = `${prefix}${piece}:${person}:`;
    this.own = token();
  }

  keep(words: Words, revision: string): boolean {
    try {
      this.dropOwn();
      localStorage.setItem(`${this.mine}${revision}:${this.own}`, JSON.stringify({ ...words, at: Date.now() }));
      return true;
    } catch {
      return false; // full, or not allowed here
    }
  }

  dropOwn(): void { for (const key of keys()) if (key.startsWith(this.mine) && key.endsWith(this.own)) localStorage.removeItem(key); }

  drop(key: string): void { localStorage.removeItem(key); }

  /** What other tabs and earlier days left of this piece, the newest first; not what is the same as `saved`. */
  found(saved: Words): Kept[] {
    const kept: Kept[] = [];
    for (const key of keys()) {
      if (!key.startsWith(this.mine) || key.endsWith(this.own)) continue;
      const one = read(key);
      if (!one || one.at < Date.now() - month || (one.text === saved.text && one.title === saved.title)) {
        localStorage.removeItem(key);
        continue;
      }
      kept.push({ ...one, key, revision: key.slice(this.mine.length).split(":")[0] ?? "" });
    }
    return kept.sort((one, other) => other.at - one.at);
  }
}

/** When somebody signs out, nothing of theirs stays behind. */
export function forgetAll(): void { for (const key of keys()) if (key.startsWith(prefix)) localStorage.removeItem(key); }

/** `crypto.randomUUID` is absent from a page that came by plain http from another computer. */
function token(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keys(): string[] {
  try { return Object.keys(localStorage); } catch { return []; }
}

function read(key: string): (Words & { at: number }) | null {
  try {
    const { text, title, at } = JSON.parse(localStorage.getItem(key) ?? "") as Words & { at: number };
    return typeof text === "string" && typeof at === "number" ? { text, title: String(title ?? ""), at } : null;
  } catch {
    return null;
  }
}
