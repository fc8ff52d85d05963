"""How these pages put things: what came from a queue made harmless to read, commands set as such."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from aipromote.languages import _, lazy, ngettext

_COMMAND = re.compile(r"`([^`]+)`")
_LONGEST = 4000
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
"""In seconds."""

_REASONS = (
    (re.compile(r"did not finish within ([\d.]+) s"), lazy("It hung: it was ended after {0} s.")),
    (
        re.compile(r"job stalled more than"),
        lazy("Workers died of it again and again, so it is not given to another one."),
    ),
    (re.compile(r"no handler for"), lazy("No worker of this release knows this kind of job.")),
    (
        re.compile(r"malformed pointer"),
        lazy("What it carries is not what a job of its kind carries. Nothing was done."),
    ),
    (re.compile(r"its stored form cannot be read"), lazy("It cannot be read in Redis. Nothing was done.")),
    (re.compile(r"tried to end the worker|cancelled itself"), lazy("Its work broke off by itself.")),
    (re.compile(r"returned .* and not an outcome"), lazy("Its work ended without saying what came of it.")),
)
"""What this product's own workers write, as people would say it."""


def readable(text: object, longest: int = _LONGEST) -> str:
    """Text that nobody vouches for. What cannot be seen, or turns the direction of what follows, shows as a mark."""
    shown = "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in str(text))
    return (
        shown
        if len(shown) <= longest
        else _("%(shown)s… (%(number)s more characters)", shown=shown[:longest], number=f"{len(shown) - longest:,}")
    )


def pointed(pointer: Any) -> str:
    """What a job carries, as JSON in one line: ids, if it is a job of ours."""
    return readable(json.dumps(pointer, default=str))


def reason(raw: str) -> str:
    """Why a job failed, in words where we know them, else the first line of what was raised."""
    for pattern, words in _REASONS:
        if found := pattern.search(raw):
            return str(words).format(*found.groups())
    first = next((line.strip() for line in raw.splitlines() if line.strip()), "")
    return readable(first, 300) or _("It says nothing.")


def commands(text: str) -> Markup:
    """A sentence in which `commands` stand between backticks, with these set as code."""
    position, pieces = 0, []
    for found in _COMMAND.finditer(text):
        pieces += [escape(text[position : found.start()]), Markup("<code>{}</code>").format(found[1])]
        position = found.end()
    return Markup("").join([*pieces, escape(text[position:])])


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:  # noqa: PLR2004 -- one alone needs no word between
        return "".join(words)
    return _("%(first)s and %(last)s", first=", ".join(words[:-1]), last=words[-1])


def clock_time(there: datetime) -> str:
    """`09:30:05`."""
    return f"{there:%H:%M:%S}"


def lasting(seconds: float) -> str:
    """`40 seconds`, `5 minutes`, `3 hours`, `2 days`."""
    if seconds >= 1.5 * _DAY:
        return ngettext("%(num)s day", "%(num)s days", round(seconds / _DAY))
    if seconds >= 1.5 * _HOUR:
        return ngettext("%(num)s hour", "%(num)s hours", round(seconds / _HOUR))
    if seconds >= 1.5 * _MINUTE:
        return ngettext("%(num)s minute", "%(num)s minutes", round(seconds / _MINUTE))
    return ngettext("%(num)s second", "%(num)s seconds", round(seconds))


def brief(seconds: float) -> str:
    """How long something took that may have taken no time: `less than a second`, `3 seconds`, `5 minutes`."""
    return lasting(seconds) if seconds >= 1 else _("less than a second")


FILTERS = {
    "readable": readable, "pointed": pointed, "reason": reason, "commands": commands, "listed": listed,
    "duration": lasting, "clock_time": clock_time, "brief": brief,
}  # fmt: skip
