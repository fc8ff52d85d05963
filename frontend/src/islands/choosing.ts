// Choosing several posts of a list: all that are shown, a stretch of them with Shift, and how many there are.
// Without this the boxes and the buttons work alone, and "Choose all shown" opens the list with all of them ticked.
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>("#pieces input[name=piece]")];
let last: HTMLInputElement | null = null;

function count(): void {
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  const shown = document.querySelector<HTMLElement>("[data-count-chosen]");
  if (shown) shown.textContent = chosen ? `${chosen} / ${all.length}` : "";
  document.querySelector("[data-chosen-bar]")?.classList.toggle("idle", chosen === 0);
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const link = target.closest("[data-choose-all]");
  if (link) {
    event.preventDefault();
    const all = boxes();
    const every = all.every((box) => box.checked);
    for (const box of all) box.checked = !every;
    count();
  }
  if (target instanceof HTMLInputElement && target.name === "piece") {
    const all = boxes();
    const from = last ? all.indexOf(last) : -1;
    if (event.shiftKey && from >= 0) {
      const to = all.indexOf(target);
      for (const box of all.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
    }
    last = target;
    count();
  }
});
document.addEventListener("htmx:afterSettle", count);
count();
