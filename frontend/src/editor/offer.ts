// Offers a text that was not saved: take it, drop it, or compare it with the saved one first.
import type { Desk } from "./desk";
import type { Drawer, Kept } from "./kept";
import { parsed } from "./parts";
import { moment, word } from "./words";

export function offer(desk: Desk, drawer: Drawer): void {
  const place = document.querySelector<HTMLElement>("#unsaved");
  const one = drawer.found(desk.words)[0];
  if (!place) return;
  place.hidden = !one;
  if (!one) return;
  const words = document.createElement("p");
  words.textContent = word("unsaved", { time: moment(one.at) });
  const more = document.createElement("p");
  more.className = "soft";
  more.textContent = one.revision === desk.revision ? "" : word("writtenOver", { old: one.revision, new: desk.revision });
  const row = document.createElement("div");
  row.className = "row";
  const compared = document.createElement("div");
  row.append(
    button(word("takeIt"), () => { desk.put(one); drawer.drop(one.key); offer(desk, drawer); }),
    button(word("dropIt"), () => { drawer.drop(one.key); offer(desk, drawer); }),
    button(word("compare"), () => void compare(desk, one, compared)),
  );
  const stack = document.createElement("div");
  stack.className = "stack tight";
  stack.append(words, ...(more.textContent ? [more] : []), row, compared);
  place.replaceChildren(stack);
}

async function compare(desk: Desk, one: Kept, place: HTMLElement): Promise<void> {
  const data = new URLSearchParams({ body: one.text, csrf: desk.csrf });
  const answer = await fetch(`${desk.path}/compare`, { method: "POST", body: data }).catch(() => null);
  const shown = answer?.ok ? parsed(await answer.text()).getElementById("compared") : null;
  if (shown) { place.replaceChildren(shown); return; }
  const plain = document.createElement("p");
  plain.className = "text";
  plain.dir = "auto";
  plain.textContent = one.text;
  place.replaceChildren(plain);
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
