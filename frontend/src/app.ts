// On every page. Pages work without it; it makes them quicker.
import htmx from "htmx.org";

// The policy of our pages allows no style or script inside them, and nothing that turns text into code.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
