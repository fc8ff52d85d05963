// Keys for whoever decides on many changes. They work in the list only, so that nobody decides by accident elsewhere.
const list = document.querySelector<HTMLFormElement>("#decide");
const told = document.querySelector<HTMLElement>(".keys");

if (list && told) {
  told.hidden = false;
  const changes = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[data-change]")].filter((one) => one.checkVisibility());
  const go = (change: HTMLElement | undefined): void => {
    change?.focus({ preventScroll: true });
    change?.scrollIntoView({ block: "nearest" });
  };
  told.querySelector("[data-first]")?.addEventListener("click", (event) => {
    event.preventDefault();
    // What is folded is unfolded on the way: a person who decides by keys goes through all of it.
    for (const folded of list.querySelectorAll<HTMLDetailsElement>("details:has([data-change])")) folded.open = true;
    go(changes()[0]);
  });
  list.addEventListener("keydown", (event) => {
    const from = event.target as HTMLElement;
    const types = from instanceof HTMLTextAreaElement || from instanceof HTMLSelectElement || (from instanceof HTMLInputElement && from.type !== "radio");
    if (types || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = changes();
    const at = all.findIndex((one) => one.contains(from));
    const decision = ({ a: "ACCEPTED", r: "REJECTED" } as Record<string, string | undefined>)[event.key];
    if (event.key === "j") go(all[at + 1]);
    else if (event.key === "k") go(all[Math.max(0, at - 1)]);
    else if (decision && at >= 0) {
      const choice = all[at]?.querySelector<HTMLInputElement>(`input[type=radio][value=${decision}]`);
      if (!choice) return;
      choice.checked = true;
      go(all[at + 1] ?? all[at]);
    } else return;
    event.preventDefault();
  });
}
