// Keys of one character can be switched off, for whoever speaks to the computer or often hits one by mistake.
const kept = "aipromote letters";

export function areLettersKeys(): boolean {
  try { return localStorage.getItem(kept) !== "off"; } catch { return true; }
}

for (const box of document.querySelectorAll<HTMLInputElement>("input[data-letters]")) {
  box.checked = areLettersKeys();
  box.closest("label")!.hidden = false;
}
document.addEventListener("change", (event) => {
  const box = event.target as HTMLInputElement;
  if (!box.matches("input[data-letters]")) return;
  // A browser that keeps nothing has the keys on.
  try { localStorage.setItem(kept, box.checked ? "on" : "off"); } catch { box.checked = true; }
});
