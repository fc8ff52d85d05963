"""Whether the product's own canary posts arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aipromote import clock
from aipromote.monitoring.canary import is_wanted
from aipromote.monitoring.checks import Check
from aipromote.monitoring.looking import Facts, Rows
from aipromote.monitoring.states import Area, State
from aipromote.monitoring.words import POSTS_ARE_SAFE, duration

_MISSED = 3
"""So many in a row that were not even sent are too many."""


def canary_check(facts: Facts, rows: Rows) -> Check:
    """Red when the newest one did not arrive in time, or none was sent for long."""
    if why := _why_none_flies(facts, rows):
        return Check("canary", Area.QUEUES, State.OK, why)
    last, now = rows.canary, clock.now()
    if last is None:
        return Check("canary", Area.QUEUES, State.OK, "No canary post was sent yet.")
    age, limit = now - last.due_at, timedelta(seconds=facts.config.late_alert_seconds)
    told = _numbers(rows)
    if not last.has_arrived and age > limit:
        return Check(
            "canary",
            Area.QUEUES,
            State.RED,
            f"A canary post did not arrive: it was due {duration(age.total_seconds())} ago and is "
            f"{last.status.lower()}.",
            f"{POSTS_ARE_SAFE} But what happened to this one may happen to others.",
            "Does the sandbox network run? `aipromote health` says what else is wrong, and the worker's log why.",
            facts=told,
        )
    every = timedelta(minutes=facts.config.canary_minutes)
    if age > _MISSED * every + limit:
        return Check(
            "canary",
            Area.QUEUES,
            State.RED,
            f"No canary post was sent for {duration(age.total_seconds())}.",
            POSTS_ARE_SAFE,
            "Does the sandbox network run? The worker's log says why.",
            facts=told,
        )
    return Check("canary", Area.QUEUES, State.OK, "Canary posts arrive.", facts=told)


def _why_none_flies(facts: Facts, rows: Rows) -> str:
    if not is_wanted(facts.config):
        return "No canary posts are sent: there is no sandbox network, or AIPROMOTE_CANARY_MINUTES is 0."
    if facts.is_simulated:
        return "No canary posts are sent while a simulation moves the clock."
    if rows.held:
        return "No canary posts are sent while publishing is held."
    return ""


def _numbers(rows: Rows) -> dict[str, Any]:
    arrived = rows.canary_arrived
    if arrived is None or arrived.delay is None:
        return {}
    age = (clock.now() - arrived.due_at).total_seconds()
    return {"delay_seconds": round(arrived.delay.total_seconds(), 3), "age_seconds": round(age, 1)}
