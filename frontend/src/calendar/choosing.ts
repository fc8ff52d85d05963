// Several at once: with Ctrl or Shift a click chooses, and the bar says how many.
import { texts } from "./cards";

let lastChosen: HTMLInputElement | null = null;
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>(".tile-pick input")];

export function count(): void {
  const number = boxes().filter((each) => each.checked).length;
  const words = document.querySelector<HTMLElement>("#calendar-many [data-count]");
  if (words && number) words.textContent = `${number} ${texts.chosen ?? ""}`;
}

function choose(box: HTMLInputElement, range: boolean): void {
  const all = boxes();
  if (range && lastChosen && all.includes(lastChosen)) {
    const [from = 0, to = 0] = [all.indexOf(lastChosen), all.indexOf(box)].sort((one, other) => one - other);
    for (const each of all.slice(from, to + 1)) each.checked = true;
  } else {
    box.checked = !box.checked;
  }
  lastChosen = box;
  count();
}

addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>(".tile > .slim");
  const box = button?.parentElement?.querySelector<HTMLInputElement>(".tile-pick input");
  if (!box || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  choose(box, event.shiftKey);
}, { capture: true });
addEventListener("change", (event) => {
  const box = event.target as HTMLInputElement;
  if (box.matches(".tile-pick input")) { lastChosen = box; count(); }
});
addEventListener("reset", () => { setTimeout(count, 0); });
