import { areLettersKeys } from "../letters";
import { isOut, signedOut } from "../telling";

// Search or go to: "/" or Ctrl-K. The server finds; this shows its page `/go` as a list to walk through with the keys.
const dialog = document.querySelector<HTMLDialogElement>("#palette");
const list = dialog?.querySelector<HTMLElement>("#palette-list");
const told = dialog?.querySelector<HTMLElement>(".palette-told");
const field = dialog?.querySelector<HTMLInputElement>("input[name=q]");

if (dialog && list && told && field) {
  let chosen = -1;
  let asking: AbortController | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;
  // The text that was asked about last, and the answer to it, which may be on its way.
  let about: string | undefined;
  let answered: Promise<void> = Promise.resolve();

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];

  const choose = (index: number): void => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    for (const [at, option] of all.entries()) option.setAttribute("aria-selected", String(at === chosen));
    const one = all[chosen];
    if (one) field.setAttribute("aria-activedescendant", one.id);
    else field.removeAttribute("aria-activedescendant");
    one?.scrollIntoView({ block: "nearest" });
  };

  const unchoose = (): void => {
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    for (const option of options()) option.setAttribute("aria-selected", "false");
  };

  const fill = (page: Document): void => {
    list.replaceChildren();
    let count = 0;
    for (const section of page.querySelectorAll("#results section")) {
      const group = document.createElement("div");
      group.role = "group";
      group.ariaLabel = section.getAttribute("aria-label");
      const title = document.createElement("p");
      title.className = "quiet small";
      title.ariaHidden = "true";
      title.textContent = group.ariaLabel;
      group.append(title);
      for (const link of section.querySelectorAll<HTMLAnchorElement>("a[data-go]")) {
        const option = document.createElement("div");
        option.role = "option";
        option.id = `palette-${(count += 1)}`;
        option.dataset.href = link.getAttribute("href") ?? "/";
        option.append(...link.childNodes);
        group.append(option);
      }
      list.append(group);
    }
    told.textContent = count ? "" : told.dataset.none ?? "";
    choose(0);
  };

  const look = (): void => {
    clearTimeout(soon);
    if (about === field.value) return;
    about = field.value;
    answered = find(about);
  };

  const find = async (text: string): Promise<void> => {
    asking?.abort();
    const mine = asking = new AbortController();
    told.textContent = list.childElementCount ? "" : told.dataset.looking ?? "";
    try {
      const answer = await fetch(`/go?q=${encodeURIComponent(text)}`, { signal: mine.signal });
      if (isOut(answer)) {
        dialog.close();
        signedOut(() => { open(text); });
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      fill(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      if (mine.signal.aborted) return;
      about = undefined;
      told.textContent = told.dataset.failed ?? "";
    }
  };

  const open = (text = ""): void => {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    field.value = text;
    dialog.showModal();
    field.focus();
    look();
  };

  const go = (aside: boolean): void => {
    const address = options()[chosen]?.dataset.href;
    if (!address) return;
    if (aside) { window.open(address, "_blank", "noopener"); return; }
    location.assign(address);
  };

  // What was typed last counts, also where its answer has not come yet. With nothing to go to, the search's own page.
  const enter = async (aside: boolean): Promise<void> => {
    const text = field.value;
    look();
    await answered;
    if (!dialog.open || about !== text || field.value !== text) return;
    if (options()[chosen]) go(aside);
    else field.form?.submit();
  };

  field.addEventListener("input", () => {
    clearTimeout(soon);
    unchoose();
    soon = setTimeout(look, 120);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const steps: Record<string, () => void> = {
      ArrowDown: () => { choose(chosen + 1); },
      ArrowUp: () => { choose(chosen - 1); },
      Enter: () => { void enter(event.ctrlKey || event.metaKey); },
    };
    const step = event.target === field ? steps[event.key] : undefined;
    if (!step) return;
    event.preventDefault();
    step();
  });
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[role=option]");
    if (!option) return;
    choose(options().indexOf(option));
    go(event.ctrlKey || event.metaKey);
  });
  dialog.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => { asking?.abort(); clearTimeout(soon); about = undefined; });

  for (const door of document.querySelectorAll("[data-palette]")) {
    door.addEventListener("click", (event) => {
      const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
      if (ctrlKey || metaKey || shiftKey) return;
      event.preventDefault();
      open();
    });
  }
  document.addEventListener("keydown", (event) => {
    const writes = (event.target as Element).closest("input, textarea, select, [contenteditable]") !== null;
    const isKey = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    const isSlash = event.key === "/" && areLettersKeys() && !writes && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isKey && !isSlash) return;
    event.preventDefault();
    if (isKey && dialog.open) dialog.close();
    else open();
  });
}
