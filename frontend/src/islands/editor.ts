// The editor of one piece: looks, marks, keeps and saves while somebody writes. Without it the page is forms, and counts
// and checks when the text is saved.
import { Desk, say } from "../editor/desk";
import { handleFiles } from "../editor/files";
import { Drawer } from "../editor/kept";
import { Looking } from "../editor/looking";
import { Marks } from "../editor/marks";
import { offer } from "../editor/offer";
import { Saving } from "../editor/saving";
import { word } from "../editor/words";

function begin(desk: Desk, mirror: HTMLElement): void {
  const drawer = new Drawer(desk.piece, desk.person);
  const marks = new Marks(desk, mirror);
  let saving: Saving;
  const looking = new Looking(desk, () => marks.read(), () => { if (desk.isChanged) void saving.look(); });
  saving = new Saving(desk, drawer, () => { marks.read(); if (desk.isChanged || elsewhere()) void looking.now(); });
  document.documentElement.classList.add("scripted");
  for (const hint of document.querySelectorAll<HTMLElement>(".with-script")) hint.hidden = false;
  marks.read();
  handleFiles(desk, (words) => desk.isSaved(words), () => { if (desk.isChanged || elsewhere()) void looking.now(); });
  offer(desk, drawer);
  if (desk.isChanged) void looking.now(); // the browser has put back what stood there

  let pending: ReturnType<typeof setTimeout> | undefined;
  const keep = (): void => {
    clearTimeout(pending);
    if (desk.isChanged) drawer.keep(desk.words, desk.revision);
    else drawer.dropOwn();
  };
  for (const field of [desk.text, desk.title]) {
    field?.addEventListener("input", () => {
      clearTimeout(pending);
      pending = setTimeout(keep, 200);
    });
  }
  let leaving = false;
  addEventListener("pagehide", keep);
  addEventListener("beforeunload", (event) => { if (desk.isChanged && !leaving) { keep(); event.preventDefault(); } });

  // What is selected in the text is what a rewriting is for, and it is for the text as it stands, saved or not.
  desk.text.addEventListener("select", () => {
    const selection = document.querySelector<HTMLInputElement>("#rewriting input[name=selection]");
    if (selection) selection.value = desk.text.value.slice(desk.text.selectionStart, desk.text.selectionEnd);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.id !== "rewriting") return;
    (form.elements.namedItem("body") as HTMLInputElement).value = desk.text.value;
    keep();
    leaving = true;
  });

  const approve = async (): Promise<void> => {
    if (desk.isChanged && !await saving.save()) return;
    const button = document.querySelector<HTMLButtonElement>("[data-approve]");
    if (!button?.form) { say(word("cannotApprove")); return; }
    const reason = button.form.elements.namedItem("override_reason");
    if (reason instanceof HTMLInputElement && !reason.value.trim()) {
      reason.focus();
      say(word("giveAReason"));
      return;
    }
    button.form.requestSubmit(button);
  };
  addEventListener("keydown", (event) => {
    const mod = event.ctrlKey || event.metaKey;
    const inText = event.target === desk.text;
    if (mod && event.key.toLowerCase() === "s") { event.preventDefault(); void saving.save(); }
    else if (mod && event.key === "Enter") { event.preventDefault(); void approve(); }
    else if (event.key === "F8" || (inText && event.altKey && event.key === "ArrowDown")) { event.preventDefault(); marks.step(event.shiftKey); }
    else if (inText && event.altKey && event.key === "ArrowUp") { event.preventDefault(); marks.step(true); }
    else if (inText && event.altKey && event.key === "Enter") { if (marks.applyShown()) event.preventDefault(); }
    else if (event.key === "Escape") marks.hide();
  });
}

function elsewhere(): boolean {
  const network = document.querySelector<HTMLSelectElement>("#elsewhere select");
  return network !== null && network.selectedIndex > 0;
}

const form = document.querySelector<HTMLFormElement>("#writing");
const mirror = document.querySelector<HTMLElement>(".sheet .mirror");
const text = form?.elements.namedItem("body");
if (form && mirror && text instanceof HTMLTextAreaElement) begin(new Desk(form, text), mirror);
