// Search or go to: "/" or Ctrl-K. The server finds; this shows its page `/go` as a list to walk through with the keys.
const dialog = document.querySelector<HTMLDialogElement>("#palette");
const list = dialog?.querySelector<HTMLElement>("#palette-list");
const told = dialog?.querySelector<HTMLElement>(".palette-told");
const field = dialog?.querySelector<HTMLInputElement>("input[name=q]");

if (dialog && list && told && field) {
  let chosen = -1;
  let asking: AbortController | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;

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

  const look = async (): Promise<void> => {
    asking?.abort();
    const mine = asking = new AbortController();
    told.textContent = list.childElementCount ? "" : told.dataset.looking ?? "";
    try {
      const answer = await fetch(`/go?q=${encodeURIComponent(field.value)}`, { signal: mine.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      fill(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      if (!mine.signal.aborted) told.textContent = told.dataset.failed ?? "";
    }
  };

  const open = (): void => {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    field.value = "";
    dialog.showModal();
    field.focus();
    void look();
  };

  const go = (aside: boolean): void => {
    const address = options()[chosen]?.dataset.href;
    if (!address) return;
    if (aside) { window.open(address, "_blank", "noopener"); return; }
    location.assign(address);
  };

  field.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(() => { void look(); }, 120);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const steps: Record<string, () => void> = {
      ArrowDown: () => { choose(chosen + 1); },
      ArrowUp: () => { choose(chosen - 1); },
      Enter: () => { go(event.ctrlKey || event.metaKey); },
    };
    const step = event.target === field ? steps[event.key] : undefined;
    if (!step) return;
    // Without anything to go to, Enter opens the page with the search.
    if (event.key === "Enter" && chosen < 0) return;
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
  dialog.addEventListener("close", () => { asking?.abort(); clearTimeout(soon); });

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
    const isSlash = event.key === "/" && !writes && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isKey && !isSlash) return;
    event.preventDefault();
    if (isKey && dialog.open) dialog.close();
    else open();
  });
}
