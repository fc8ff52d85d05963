// What htmx asks the server for: said while it lasts, and never failing in silence.
import { failed, silent, tell, type Told } from "./telling";

interface Asked {
  target: HTMLElement;
  xhr: XMLHttpRequest;
  // The element that asked. `elt` of the event itself is now it and now the target, and may be gone by then.
  requestConfig: { elt: HTMLElement; triggeringEvent?: Event };
  shouldSwap?: boolean;
  isError?: boolean;
}

const busy = document.querySelector<HTMLElement>("#busy");
const patience = 250;
// What asks by itself every few seconds says once that somebody was signed out, not again after it was put away.
let toldOut = false;
let open = 0;
let soon: ReturnType<typeof setTimeout> | undefined;

const isQuiet = (detail: Asked): boolean => detail.requestConfig.elt.closest("[data-quietly]") !== null;

function show(): void {
  if (!busy) return;
  busy.classList.toggle("on", open > 0);
  busy.firstElementChild!.textContent = open > 0 ? busy.dataset.word ?? "" : "";
}

function on(name: string, act: (detail: Asked) => void): void {
  document.body.addEventListener(`htmx:${name}`, (event) => { act((event as CustomEvent<Asked>).detail); });
}

on("beforeRequest", (detail) => {
  if (isQuiet(detail)) return;
  open += 1;
  detail.target.setAttribute("aria-busy", "true");
  // A quick answer needs no sign that something is under way.
  soon ??= setTimeout(show, patience);
});

on("afterRequest", (detail) => {
  if (detail.xhr.status >= 200 && detail.xhr.status < 300) toldOut = false;
  if (isQuiet(detail)) return;
  open = Math.max(0, open - 1);
  detail.target.removeAttribute("aria-busy");
  if (open > 0) return;
  clearTimeout(soon);
  soon = undefined;
  show();
});

// A form that was refused comes back with the reason beside the field: it is put in place like any other answer.
on("beforeSwap", (detail) => {
  if (detail.xhr.status !== 409 && detail.xhr.status !== 422) return;
  const wanted = detail.requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select");
  if (!wanted) return;
  const page = new DOMParser().parseFromString(detail.xhr.responseText, "text/html");
  if (!page.querySelector(wanted)) return;
  detail.shouldSwap = true;
  detail.isError = false;
});

on("responseError", (detail) => {
  if (isQuiet(detail)) {
    if (detail.xhr.status !== 401 || toldOut) return;
    toldOut = true;
  }
  void failed(detail.xhr.status, detail.xhr.responseText, again(detail));
});
on("sendError", (detail) => { if (!isQuiet(detail)) silent(again(detail)); });
on("timeout", (detail) => { if (!isQuiet(detail)) silent(again(detail)); });

// What the server says beside a part of a page (`render.page`).
document.body.addEventListener("notice", (event) => { tell((event as CustomEvent<Told>).detail); });

function again({ requestConfig: { elt, triggeringEvent: event } }: Asked): (() => void) | undefined {
  if (elt instanceof HTMLFormElement) {
    const by = event instanceof SubmitEvent ? event.submitter : null;
    return () => { elt.requestSubmit(by?.isConnected ? by : null); };
  }
  if (!event) return undefined;
  if (event.type === "click") return () => { elt.click(); };
  return () => { elt.dispatchEvent(new Event(event.type, { bubbles: true, cancelable: true })); };
}
