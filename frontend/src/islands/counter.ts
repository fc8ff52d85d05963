// Counts while somebody writes. The server counts, in the network's own units; without this the page counts when saved.
interface Count { words: string; length: number; max_length: number; tone: string }

const form = document.querySelector<HTMLFormElement>("[data-count]");
const shown = document.querySelector<HTMLElement>("#counter");
const text = form?.elements.namedItem("body");

if (form && shown && text instanceof HTMLTextAreaElement) {
  let pending: ReturnType<typeof setTimeout> | undefined;
  let changed = false;
  text.addEventListener("input", () => { changed = true; });

  const refresh = async (): Promise<void> => {
    const csrf = form.elements.namedItem("csrf") as HTMLInputElement;
    const data = new URLSearchParams({ body: text.value, csrf: csrf.value });
    const answer = await fetch(form.dataset.count ?? "", { method: "POST", body: data }).catch(() => null);
    if (!answer?.ok) return;
    const count = await answer.json() as Count;
    const words = shown.querySelector("span");
    const progress = shown.querySelector("progress");
    if (words) words.textContent = count.words;
    if (progress) progress.value = Math.min(count.length, count.max_length);
    shown.className = `counter ${count.tone}`;
  };
  text.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(refresh, 250);
  });

  // What is marked in the text is what a rewriting is for, and it is for the text as it stands, saved or not.
  const rewriting = document.querySelector<HTMLFormElement>("[data-rewrite]");
  if (rewriting) {
    const field = (name: string): HTMLInputElement => rewriting.elements.namedItem(name) as HTMLInputElement;
    text.addEventListener("select", () => {
      field("selection").value = text.value.slice(text.selectionStart, text.selectionEnd);
    });
    rewriting.addEventListener("submit", () => {
      field("body").value = text.value;
      changed = false;
    });
  }

  // Ctrl-S saves, Ctrl-Enter approves; nothing is lost by closing the page by accident.
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "s") { event.preventDefault(); form.requestSubmit(form.querySelector<HTMLElement>("[data-save]")); }
    if (event.key === "Enter") {
      const approve = document.querySelector<HTMLElement>("[data-approve]");
      if (approve && !changed) { event.preventDefault(); approve.click(); }
    }
  });
}
