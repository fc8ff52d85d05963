// Counts while somebody writes. The server counts, in the network's own units; without this the page counts when saved.
const form = document.querySelector("[data-count]");
if (form) {
  const shown = document.querySelector("#counter");
  const text = form.elements.namedItem("body");
  let pending;
  let changed = false;
  text.addEventListener("input", () => { changed = true; });
  const refresh = async () => {
    const data = new URLSearchParams({ body: text.value, csrf: form.elements.namedItem("csrf").value });
    const answer = await fetch(form.dataset.count, { method: "POST", body: data }).catch(() => null);
    if (!answer || !answer.ok) return;
    const count = await answer.json();
    shown.querySelector("span").textContent = count.words;
    shown.querySelector("progress").value = Math.min(count.length, count.max_length);
    shown.className = `counter ${count.tone}`;
  };
  text.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(refresh, 250);
  });
  // What is marked in the text is what a rewriting is for, and it is for the text as it stands, saved or not.
  const rewriting = document.querySelector("[data-rewrite]");
  if (rewriting) {
    text.addEventListener("select", () => {
      rewriting.elements.namedItem("selection").value = text.value.slice(text.selectionStart, text.selectionEnd);
    });
    rewriting.addEventListener("submit", () => {
      rewriting.elements.namedItem("body").value = text.value;
      changed = false;
    });
  }
  // Ctrl-S saves, Ctrl-Enter approves; nothing is lost by closing the page by accident.
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "s") { event.preventDefault(); form.requestSubmit(form.querySelector("[data-save]")); }
    if (event.key === "Enter") {
      const approve = document.querySelector("[data-approve]");
      if (approve && !changed) { event.preventDefault(); approve.click(); }
    }
  });
}
