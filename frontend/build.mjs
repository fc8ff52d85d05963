// Bundles scripts and styles into the folder that is named, under names that change with their content.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { sheet } from "./icons.mjs";

const out = process.argv[2];
const islands = (await readdir("src/islands")).filter((name) => name.endsWith(".ts"));
// The sheets that stand on some pages only; the others are parts of app.css.
const sheets = ["app.css", "calendar.css", "editor.css", "intake.css", "operations.css", "results.css"];

const { metafile } = await build({
  entryPoints: ["src/app.ts", ...islands.map((name) => `src/islands/${name}`), ...sheets.map((name) => `src/styles/${name}`)],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "shared-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: ["chrome123", "firefox121", "safari17.5"],
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [path, made] of Object.entries(metafile.outputs)) {
  if (!made.entryPoint) continue;
  const name = basename(made.entryPoint, extname(made.entryPoint)) + extname(path);
  if (name in manifest) throw new Error(`two bundles are called ${name}`);
  manifest[name] = relative(out, path);
}
await mkdir(out, { recursive: true });

const icons = await sheet();
manifest["icons.svg"] = `icons-${createHash("sha256").update(icons).digest("hex").slice(0, 8).toUpperCase()}.svg`;
await writeFile(join(out, manifest["icons.svg"]), icons);

// Compressed once, here, as far as it goes; the server picks what the browser takes.
for (const name of await readdir(out)) {
  if (![".js", ".css", ".svg"].includes(extname(name))) continue;
  const content = await readFile(join(out, name));
  await writeFile(join(out, `${name}.gz`), gzipSync(content, { level: 9 }));
  await writeFile(join(out, `${name}.br`), brotliCompressSync(content));
}
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
