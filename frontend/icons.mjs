// One sheet with exactly the icons that src/icons.json names: ours on the left, Lucide's name on the right.
import { readFile } from "node:fs/promises";
import lucide from "@iconify-json/lucide/icons.json" with { type: "json" };

// States fill part of a circle, so that shape tells what colour tells; Lucide has outlines only.
const own = {
  half: '<circle cx="12" cy="12" r="10"/><path d="M12 6.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"/>',
  done: '<circle cx="12" cy="12" r="10" fill="currentColor"/><path d="m16 9-5.5 5.5L8 12" stroke="var(--raised)"/>',
};

function drawn(name, theirs) {
  if (theirs === null) return own[name];
  const icon = lucide.icons[theirs] ?? lucide.icons[lucide.aliases?.[theirs]?.parent];
  if (!icon) throw new Error(`src/icons.json: Lucide has no icon ${theirs}`);
  // Stroke, width and colour are those of the place where the icon is used.
  return icon.body.replace(/^<g [^>]*>/, "").replace(/<\/g>$/, "").replace(/<path fill="none" [^>]*? d=/g, "<path d=")
    .replace(/ (?:stroke|stroke-width|stroke-linecap|stroke-linejoin)="[^"]*"/g, (found) => found.includes("var(") ? found : "")
    .replace(/ fill="none"/g, "");
}

/** The text of the sheet. */
export async function sheet() {
  const names = JSON.parse(await readFile("src/icons.json", "utf8"));
  const symbols = Object.entries(names).map(
    ([name, theirs]) => `<symbol id="${name}" viewBox="0 0 24 24">${drawn(name, theirs)}</symbol>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}
