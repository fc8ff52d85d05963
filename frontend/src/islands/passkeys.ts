// Lets a passkey fill in a form: asks the server what to sign, asks the device to sign it, and sends what it said.
// The server judges; a browser that knows no passkeys never sees these forms.
interface Descriptor { id: string; type: PublicKeyCredentialType; transports?: AuthenticatorTransport[] }
interface Asked {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | null): string | null {
  if (!buffer) return null;
  const letters = [...new Uint8Array(buffer)].map((byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function known(list: Descriptor[] | undefined): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

async function signed(form: HTMLFormElement, asked: Asked): Promise<Record<string, unknown>> {
  const challenge = bytes(asked.challenge);
  if (form.dataset.passkey === "create" && asked.user) {
    const publicKey = {
      ...asked, challenge, user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: known(asked.excludeCredentials),
    } as unknown as PublicKeyCredentialCreationOptions;
    const made = await navigator.credentials.create({ publicKey }) as PublicKeyCredential;
    const response = made.response as AuthenticatorAttestationResponse;
    return { ...named(made), response: {
      clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject),
    } };
  }
  const publicKey = {
    ...asked, challenge, allowCredentials: known(asked.allowCredentials),
  } as PublicKeyCredentialRequestOptions;
  const made = await navigator.credentials.get({ publicKey }) as PublicKeyCredential;
  const response = made.response as AuthenticatorAssertionResponse;
  return { ...named(made), response: {
    clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData),
    signature: text(response.signature), userHandle: text(response.userHandle),
  } };
}

function named(made: PublicKeyCredential): Record<string, unknown> {
  return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {} };
}

function why(form: HTMLFormElement, error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return form.dataset.stopped ?? "";
  if (name === "InvalidStateError") return form.dataset.known ?? "";
  return error instanceof Refused ? error.message : form.dataset.failed ?? "";
}

class Refused extends Error {}

async function ask(form: HTMLFormElement): Promise<Asked> {
  const body = new URLSearchParams({ csrf: field(form, "csrf").value });
  const answer = await fetch(form.dataset.options ?? "", { method: "POST", body });
  if (!answer.ok) throw new Refused(form.dataset.failed);
  return await answer.json() as Asked;
}

async function fill(form: HTMLFormElement): Promise<void> {
  const problem = form.querySelector<HTMLElement>("[data-problem]");
  const button = form.querySelector("button");
  if (problem) problem.hidden = true;
  if (button) button.disabled = true;
  try {
    field(form, "answer").value = JSON.stringify(await signed(form, await ask(form)));
    form.submit();
  } catch (error) {
    if (problem) {
      problem.textContent = why(form, error);
      problem.hidden = false;
    }
    if (button) button.disabled = false;
  }
}

if ("PublicKeyCredential" in window) {
  for (const each of document.querySelectorAll<HTMLElement>("[data-no-passkeys]")) each.hidden = true;
  for (const form of document.querySelectorAll<HTMLFormElement>("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void fill(form);
    });
  }
}
