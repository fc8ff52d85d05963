// The frame: menus that close, the organization's clock, light and dark, and forms whose text is never lost.
import { session, signedOut, silent, tell } from "./telling";

// Menus close when somebody looks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.switcher[open]")) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest<HTMLDetailsElement>("details.switcher[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});

// The clock goes on from the server's time, which may not be this computer's, by the rules of the organization's zone.
// Not `performance.now()`, which stands still while the computer sleeps.
const started = Date.now();
function tick(): void {
  for (const shown of document.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const now = new Date(Date.parse(shown.dateTime) + Date.now() - started);
    try {
      shown.textContent = new Intl.DateTimeFormat("en-GB", {
        timeZone: shown.dataset.clock, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
      }).format(now);
    } catch {
      return; // a zone that this browser does not know: the time stays that of when the page was opened
    }
  }
}
setInterval(tick, 5_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });

// Light or dark, and the rail, change where one is, and nothing that was typed is lost.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const by = (event as SubmitEvent).submitter;
  if (!form.dataset.look || !(by instanceof HTMLButtonElement)) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, by) as unknown as Record<string, string>);
  const root = document.documentElement;
  if (form.dataset.look === "theme") {
    root.dataset.theme = by.value;
    document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", by.value === "system" ? "light dark" : by.value);
    for (const one of document.querySelectorAll<HTMLElement>('button[name="theme"]')) {
      if (one.getAttribute("value") === by.value) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
  } else {
    const narrow = by.value === "true";
    if (narrow) root.dataset.rail = "narrow";
    else delete root.dataset.rail;
    for (const link of document.querySelectorAll<HTMLElement>(".rail nav a")) link.title = narrow ? link.textContent.trim() : "";
    form.querySelector<HTMLElement>(narrow ? ".when-narrow" : ".when-wide")?.focus();
  }
  // With `manual` the page that the answer leads to is not fetched.
  void fetch(form.action, { method: "POST", body: fields, redirect: "manual" }).catch(() => { silent(); });
});

// A form with something typed is sent only while somebody is signed in and the server answers: otherwise the answer
// would be a page in place of this one, and the text would be gone.
const fresh = 30_000;
let known = Date.now();
let sent: HTMLFormElement | undefined;

addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.method !== "post" || form === sent || !document.body.dataset.who) return;
  if (Date.now() - known < fresh || !form.querySelector("textarea, input:not([type=hidden])")) return;
  const by = (event as SubmitEvent).submitter;
  event.preventDefault();
  event.stopImmediatePropagation();
  const send = (): void => {
    sent = form;
    form.requestSubmit(by?.isConnected ? by : null);
    sent = undefined;
  };
  void session().then((found) => {
    if (found === "in") { known = Date.now(); send(); }
    else if (found === "out") signedOut(send);
    else if (found === "silent") silent(send);
    else tell({ text: document.querySelector<HTMLElement>("#toasts")?.dataset.other ?? "", tone: "bad" });
  });
}, { capture: true });

// Offline is said once, and taken back. The server may be on this very machine, so it is asked.
let away: HTMLElement | undefined;
addEventListener("offline", () => {
  void fetch("/health", { cache: "no-store" }).catch(() => {
    away ??= tell({ text: document.querySelector<HTMLElement>("#toasts")?.dataset.offline ?? "", tone: "careful" });
  });
});
addEventListener("online", () => {
  if (!away) return;
  away.remove();
  away = undefined;
  tell({ text: document.querySelector<HTMLElement>("#toasts")?.dataset.online ?? "" });
});
