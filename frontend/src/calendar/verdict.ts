// What is said of the time under the cursor, before anybody drops there.
import { type Card, mark, say, texts } from "./cards";

interface Verdict { at: string; tone: "good" | "careful" | "bad"; words: string[] }

const ASK_AFTER = 120;
const verdict = document.createElement("div");
verdict.className = "verdict";
verdict.hidden = true;
document.body.append(verdict);
let asked = "";
let waiting: ReturnType<typeof setTimeout> | undefined;

export function show(label: string, tone: string, words: string[], aloud: boolean): void {
  const line = document.createElement("b");
  line.textContent = label;
  verdict.replaceChildren(line, ...words.map((each) => {
    const more = document.createElement("span");
    more.textContent = `${each} `;
    return more;
  }));
  verdict.className = `verdict ${tone}`;
  verdict.hidden = false;
  if (aloud) say([label, ...words].join(". "));
}

export function judge(card: Card, local: string, label: string, aloud: boolean): void {
  const about = `${card.key} ${local}`;
  if (about === asked) return;
  asked = about;
  show(label, "good", [], false);
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const query = new URLSearchParams({ key: card.key, local });
    const answer = await fetch(`/calendar/judge?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (asked !== about) return;
    const told = answer?.ok ? await answer.json().catch(() => null) as Verdict | null : null;
    if (asked !== about) return;
    // Without an answer somebody who does not see the page still hears where the card is.
    if (told) show(told.at, told.tone, told.words, aloud);
    else show(label, "careful", [texts.unjudged ?? ""], aloud);
  }, ASK_AFTER);
}

export function quiet(): void {
  clearTimeout(waiting);
  asked = "";
  verdict.hidden = true;
  mark(null);
}

export function put(x: number, y: number): void {
  const left = Math.min(x + 16, innerWidth - verdict.offsetWidth - 8);
  const top = y + 20 + verdict.offsetHeight > innerHeight ? y - verdict.offsetHeight - 12 : y + 20;
  verdict.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
}
