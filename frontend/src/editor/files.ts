// Files of the post, without leaving the text: forms are sent by themselves, files are dropped, pasted, or several.
import type { Desk } from "./desk";
import { parsed, sent, take } from "./parts";
import { share, word } from "./words";

const parts = ["files-of-piece", "preview", "decide", "history", "state", "more"];

export function handleFiles(desk: Desk, isSaved: (text: string) => boolean, taken: () => void): void {
  let last: Promise<void> = Promise.resolve();
  const soon = (form: HTMLFormElement, data: FormData): void => {
    last = last.then(() => send(form, data)).catch(() => tell(word("fileUnknown"), true)); // the next one is sent all the same
  };

  async function send(form: HTMLFormElement, data: FormData): Promise<void> {
    data.set("csrf", desk.csrf);
    data.set("based_on", desk.revision);
    tell(label(data));
    const answer = await post(form.action, data, form.enctype).catch(() => null);
    if (!answer) { tell(word("fileUnsent"), true); return; }
    const fresh = parsed(answer.text);
    const writing = fresh.querySelector<HTMLFormElement>("#writing");
    if (!writing) {
      tell(fresh.querySelector("main p")?.textContent?.trim() || word("fileRefused"), true);
      return;
    }
    const notice = fresh.querySelector("main .notice");
    const bad = notice?.classList.contains("tone-failed") ?? false;
    if (!bad) sent(form);
    take(fresh, parts);
    const body = writing.elements.namedItem("body") as HTMLTextAreaElement;
    const revision = writing.elements.namedItem("based_on") as HTMLInputElement;
    if (isSaved(body.value)) desk.revision = revision.value; // only files have changed: the text goes on from there
    tell([...(notice?.querySelectorAll("p, li") ?? [])].map((each) => each.textContent).join(" "), bad);
    taken();
  }

  const upload = (files: FileList | File[]): void => {
    const form = document.querySelector<HTMLFormElement>("#uploading");
    if (!form) return;
    for (const file of files) {
      const data = new FormData(form);
      data.set("file", file);
      if (files.length > 1) data.set("alt_text", "");
      soon(form, data);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.closest("#files-of-piece")) return;
    event.preventDefault();
    const chosen = form.querySelector<HTMLInputElement>("input[type=file]");
    if (chosen?.files?.length) upload(chosen.files);
    else soon(form, new FormData(form));
  });
  document.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    upload(event.dataTransfer.files);
  });
  desk.text.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    upload(event.clipboardData.files);
  });
  prepare();
  document.addEventListener("parts-taken", prepare);
}

/** Several at once can only be sent by a script. */
function prepare(): void {
  document.querySelector("#uploading input[type=file]")?.setAttribute("multiple", "");
  for (const hint of document.querySelectorAll<HTMLElement>(".with-script")) hint.hidden = false;
}

function label(data: FormData): string {
  const file = data.get("file");
  return file instanceof File ? word("sending", { name: file.name }) : word("saving");
}

function tell(words: string, isBad = false): void {
  const said = document.querySelector<HTMLElement>("#files-said");
  if (!said) return;
  said.hidden = !words;
  said.classList.toggle("problem", isBad);
  said.textContent = words;
}

/** The page that answers is read here, so what became of the form may stand in it. */
const told = { "x-shows-notice": "yes" };

/** Files by a request that says how far it is. */
function post(address: string, data: FormData, kind: string): Promise<{ text: string }> {
  if (kind !== "multipart/form-data") {
    const fields = new URLSearchParams();
    for (const [name, value] of data) if (typeof value === "string") fields.append(name, value);
    return fetch(address, { method: "POST", body: fields, headers: told }).then(async (answer) => ({ text: await answer.text() }));
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const file = data.get("file");
    const name = file instanceof File ? file.name : "";
    request.open("POST", address);
    request.upload.onprogress = ({ loaded, total }) => tell(word("sendingAt", { name, share: share(loaded / total) }));
    request.onload = () => resolve({ text: request.responseText });
    request.onerror = () => reject(new Error("no answer"));
    for (const [name, value] of Object.entries(told)) request.setRequestHeader(name, value);
    request.send(data);
  });
}
