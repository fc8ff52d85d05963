"""From facts to risks: what may keep a post from going out. Pure; what the publish step asks is asked by its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aipromote.channels.models import AccountLook
from aipromote.channels.opening import Account
from aipromote.channels.states import LookAnswer
from aipromote.connectors import registry
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal, refusals
from aipromote.publishing.claims import Claim
from aipromote.publishing.findings import blocking_findings, may_be_blocked
from aipromote.publishing.forecast import remedies
from aipromote.publishing.forecast.reading import Facts, Home
from aipromote.publishing.media import files
from aipromote.publishing.moments import when
from aipromote.publishing.risks import Risk
from aipromote.publishing.words import duration

_ON_TIME = timedelta(minutes=15)
"""What leaves so soon after its time is not called at risk."""
_LIMITS = frozenset({"length", "parts"})
"""Findings about a network's limits, which the publish step finds by itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found out outside the house: what networks said, by account, and what is wrong with files.

    `damaged` is by asset; `unfit` by post: what its own network does not take, or cannot fetch.
    """

    looks: Mapping[Key, AccountLook]
    damaged: Mapping[Key, Refusal]
    unfit: Mapping[Key, Refusal] = field(default_factory=dict)


def risks(claim: Claim, facts: Facts, heard: Heard) -> list[Risk]:
    """What stands against this post at its time; the gravest first, each kind once."""
    found: dict[str, Refusal] = {}
    for one in _all(claim, facts, heard):
        found.setdefault(one.kind, one)
    return [remedies.risk(one.kind, one.fact, piece_id=claim.piece_id) for one in found.values()]


def _all(claim: Claim, facts: Facts, heard: Heard) -> Iterator[Refusal]:
    home, due = facts.homes[claim.organization_id], facts.due[claim.key]
    if home.is_held:
        yield Refusal("held", "Publishing is held since the data was restored, so nothing is sent.")
    refused = list(refusals(claim, at=due))
    yield from (_ahead(one, claim, home) for one in refused)
    if (alone := facts.withdrawn.get(claim.key)) is not None:
        yield alone
    account = claim.account
    if account is not None and account.is_active and account.connector in registry.names():
        yield from _of_the_tokens(account, heard.looks.get(claim.account_key), due, home)
        yield from _of_the_scopes(account, heard.looks.get(claim.account_key))
    said = _LIMITS if {one.kind for one in refused} & {"too_long", "too_many_parts"} else frozenset()
    yield from _of_the_findings(claim, facts, home, said=said)
    yield from _of_the_files(claim, facts, heard)
    yield from _of_the_pace(claim, facts, due, home)
    if claim.key in facts.beyond_plan:
        yield Refusal("plan_limit", "The plan's posts for the month will be used up by posts that go out before it.")
    yield from _of_a_twin(claim, facts, home)


def _ahead(one: Refusal, claim: Claim, home: Home) -> Refusal:
    """As it is said before it has happened."""
    expires_at = claim.piece.expires_at
    if one.kind == "expired" and expires_at is not None:
        return Refusal("expired", f"The piece is only good until {when(expires_at, home.zone)}, and is due later.")
    if one.kind == "not_connected" and claim.account is not None and claim.account.error_message:
        return Refusal("not_connected", claim.account.error_message.removesuffix(" Connect the account again."))
    return one


def _of_the_tokens(account: Account, look: AccountLook | None, due: datetime, home: Home) -> Iterator[Refusal]:
    network, ends = account.platform.label, account.expires_at
    ends_before = ends is not None and ends <= due
    if look is not None and look.answer is LookAnswer.CLOSED:
        yield Refusal("token", f"{network} no longer lets {account.handle} in ({_said(look)}).")
    elif ends is not None and ends_before and account.refresh_token_sealed is None:
        words = "cannot be renewed by itself. The post is due later."
        yield Refusal("token", f"The access to {account.handle} ends {when(ends, home.zone)} and {words}")
    elif ends is not None and ends_before and look is not None and look.answer is LookAnswer.NOT_RENEWED:
        until = f"holds until {when(ends, home.zone)}" if ends > look.asked_at else "has ended"
        words = f"The access to {account.handle} {until}, and renewing it failed ({_said(look)})."
        yield Refusal("token", words)


def _of_the_scopes(account: Account, look: AccountLook | None) -> Iterator[Refusal]:
    network = account.platform.label
    granted = set(re.split(r"[\s,]+", account.scope or "")) - {""}
    missing = sorted(registry.get(account.connector).scopes - granted) if granted else []
    if missing:
        words = "was connected without the permission" + ("s " if len(missing) > 1 else " ")
        yield Refusal("scopes", f"{account.handle} {words}{', '.join(missing)}, which {network} wants for posts.")
    elif look is not None and look.answer is LookAnswer.FORBIDDEN:
        yield Refusal("scopes", f"{network} says that {account.handle} lacks a permission ({_said(look)}).")


def _of_the_findings(claim: Claim, facts: Facts, home: Home, *, said: frozenset[str]) -> Iterator[Refusal]:
    """As of today and as of its day: a fact may have expired by then. `said` are the kinds that are known already."""
    account, due = claim.account, facts.due[claim.key]
    if account is None or account.connector not in registry.names():
        return
    if not may_be_blocked(claim):
        return
    judge = facts.judges[claim.organization_id]
    for day in dict.fromkeys((facts.now.date(), due.date())):
        blocking = [one for one in blocking_findings(claim, judge, day=day) if one.kind not in said]
        if blocking:
            by_then = f"When it is due, {when(due, home.zone)}, a" if day != facts.now.date() else "A"
            yield Refusal("finding", f"{by_then} check will stop it: {blocking[0].reason}.")


def _of_the_files(claim: Claim, facts: Facts, heard: Heard) -> Iterator[Refusal]:
    for asset_id, _ in files(claim):
        key = (claim.organization_id, asset_id)
        if key not in facts.assets:
            yield Refusal("file_gone", "A picture or video of this post is gone.")
        elif (wrong := heard.damaged.get(key)) is not None:
            yield wrong
    if (wrong := heard.unfit.get(claim.key)) is not None:
        yield wrong


def _of_the_pace(claim: Claim, facts: Facts, due: datetime, home: Home) -> Iterator[Refusal]:
    leaves = facts.departures.get(claim.key)
    pace, account = facts.paces.get(claim.account_key), claim.account
    if account is not None and pace is not None and pace.closed_until is not None and pace.closed_until > due:
        words = f"{account.platform.label} asked to wait until {when(pace.closed_until, home.zone)}"
        yield Refusal(
            "closed_account", f"{words} ({(pace.closed_reason or '').rstrip('.')}), and the post is due before."
        )
    delay = leaves.at - due if leaves else timedelta(0)
    if leaves is not None and leaves.brake == "quota" and delay > _ON_TIME:
        words = "More posts are planned on the account than its network takes in that time: this one"
        yield Refusal(
            "quota", f"{words} could leave {when(leaves.at, home.zone)} at the earliest, {duration(delay)} late."
        )
    at = max(due, leaves.at if leaves else due)
    if at > claim.scheduled_at + home.late:
        words = f"It would leave {duration(at - claim.scheduled_at)} after its time"
        yield Refusal("late", f"{words}; what is more than {duration(home.late)} late is not sent at all.")


def _of_a_twin(claim: Claim, facts: Facts, home: Home) -> Iterator[Refusal]:
    twin = facts.twins.get(claim.key)
    if twin is not None:
        verb = "went out" if twin.is_out else "is to go out"
        words = f"The same text {verb} on this account {when(twin.at, home.zone)}"
        yield Refusal("duplicate", f"{words}. Networks refuse repetitions, and people mind them.")


def _said(look: AccountLook) -> str:
    return (look.reason or "it gave no reason").rstrip(".")
