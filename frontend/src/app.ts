// On every page. Pages work without it; it makes them quicker.
import htmx from "htmx.org";
import "./asking";
import "./frame";
import { forgetAll } from "./editor/kept";

// The policy of our pages allows no style or script inside them, and nothing that turns text into code.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;

// Texts that were not saved are kept in the browser (`editor/kept.ts`): not for whoever comes after.
document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.action.endsWith("/sign-out")) forgetAll();
});
