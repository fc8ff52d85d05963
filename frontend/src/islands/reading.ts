// Says what is being read while it is: the answer to this form takes seconds. Without this the browser shows that it waits.
const form = document.querySelector<HTMLFormElement>("form[data-reading]");
const told = form?.querySelector<HTMLElement>("[data-told]");

if (form && told) {
  const words = told.querySelector<HTMLElement>("[role=status]");
  const passed = told.querySelector<HTMLElement>("[data-seconds]");
  const button = form.querySelector("button");
  let ticking: ReturnType<typeof setInterval> | undefined;

  const ended = (): void => {
    clearInterval(ticking);
    told.hidden = true;
    if (button) button.disabled = false;
  };
  form.addEventListener("submit", () => {
    const address = (form.elements.namedItem("address") as HTMLInputElement).value.trim();
    const files = [...(form.elements.namedItem("files") as HTMLInputElement).files ?? []].map((file) => file.name);
    const what = [address, ...files].filter(Boolean).join(", ");
    if (!what || !words || !passed) return;
    const began = performance.now();
    const usual = Number(form.dataset.usual);
    told.hidden = false;
    words.textContent = form.dataset.reading?.replace("{what}", () => what) ?? "";
    const tick = (): void => {
      const seconds = Math.round((performance.now() - began) / 1000);
      passed.textContent = form.dataset.passed?.replace("{seconds}", String(seconds)) ?? "";
      if (seconds > usual) words.textContent = form.dataset.long ?? "";
    };
    tick();
    ticking = setInterval(tick, 1_000);
    // After the browser has taken the form: a disabled button would not be in it.
    setTimeout(() => { if (button) button.disabled = true; });
  });
  // Back to this page from the next one.
  addEventListener("pageshow", ended);
}
