// Moves cards of the calendar: with the mouse, with a finger (held for a moment), with the keyboard (m, arrows, Enter).
// The server says what a time would mean before anybody drops there, and decides when they do. Without this the card's
// own form moves it.
import "../calendar/choosing";
import "../calendar/keyboard";
import "../calendar/pointer";
