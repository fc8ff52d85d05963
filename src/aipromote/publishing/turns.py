"""Whose turn it is: how fast one account may be used, whatever worker or batch its posts are in.

An account has one row (`AccountPace`). Its gap and its quotas are kept by whoever claims posts of it, in the claim's
transaction and under the account's lock, so that two batches never both take the last call. Until when a network asked
to wait is written when it said so, and comes back with every claim. An account without gap and quotas costs nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.connectors import registry
from aipromote.connectors.contract import Limits, Quota
from aipromote.db.base import new_id
from aipromote.publishing.buckets import Bucket, Buckets, filled, fitted, taken, wait
from aipromote.publishing.changes import Key, columns
from aipromote.publishing.claims import Claim
from aipromote.publishing.reply import storable
from aipromote.publishing.words import duration

_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(CAST(id AS text), 0)) FROM unnest(CAST(:accounts AS uuid[])) AS id"
)

_READ = text("""
    SELECT a.organization_id, a.social_account_id, a.armed_at, a.filled_at, a.buckets
      FROM account_paces a
      JOIN unnest(CAST(:organizations AS uuid[]), CAST(:accounts AS uuid[])) AS k (organization_id, id)
        ON a.organization_id = k.organization_id AND a.social_account_id = k.id
     ORDER BY a.organization_id, a.social_account_id
       FOR UPDATE OF a
""")

_TAKE = text("""
    INSERT INTO account_paces (organization_id, id, social_account_id, armed_at, filled_at, buckets)
    SELECT r.organization_id, r.id, r.account, :now, :now, r.buckets
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (organization_id uuid, id uuid, account uuid, buckets jsonb)
        ON CONFLICT (organization_id, social_account_id)
        DO UPDATE SET armed_at = excluded.armed_at, filled_at = excluded.filled_at, buckets = excluded.buckets
""")

_GIVE_BACK = text("""
    UPDATE account_paces a SET buckets = r.buckets, filled_at = :now
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (organization_id uuid, account uuid, buckets jsonb)
     WHERE a.organization_id = r.organization_id AND a.social_account_id = r.account
""")

_USED = text("""
    UPDATE account_paces a SET armed_at = :now
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:accounts AS uuid[])) AS k (organization_id, id)
     WHERE a.organization_id = k.organization_id AND a.social_account_id = k.id
""")

# What was closed for longer stays closed for longer, whatever is heard meanwhile.
_CLOSE = text("""
    INSERT INTO account_paces AS a (organization_id, id, social_account_id, filled_at, closed_until, closed_kind,
                                    closed_reason)
    SELECT r.organization_id, r.id, r.account, :now, r.until, r.kind, r.reason
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
           organization_id uuid, id uuid, account uuid, until timestamptz, kind text, reason text)
        ON CONFLICT (organization_id, social_account_id)
        DO UPDATE SET closed_until = excluded.closed_until, closed_kind = excluded.closed_kind,
                      closed_reason = excluded.closed_reason
                WHERE a.closed_until IS NULL OR a.closed_until < excluded.closed_until
""")

_BUCKETS = TypeAdapter(tuple[Bucket, ...])


@dataclass(frozen=True, slots=True)
class Turn:
    """When a post that has to wait may leave, and what it waits for, for people."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Closing:
    """A network asked that nothing of an account is sent before `until`."""

    until: datetime
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """How an account was used: when a call was armed last, and how full its buckets were at `filled_at`."""

    armed_at: datetime | None
    filled_at: datetime
    buckets: Buckets


async def hold(session: AsyncSession, claims: Iterable[Claim], *, now: datetime) -> dict[Key, Use]:
    """How the accounts that have a pace to keep were used; until the transaction ends nobody else may ask."""
    limits = {claim.account_key: own for claim in claims if _has_pace(own := limits_of(claim))}
    if not limits:
        return {}
    organizations, accounts = columns(limits)
    await session.execute(_LOCK, {"accounts": accounts})
    rows = await session.execute(_READ, {"organizations": organizations, "accounts": accounts})
    used = {
        (row.organization_id, row.social_account_id): _as_stored(row.armed_at, row.filled_at, row.buckets, now=now)
        for row in rows
    }
    never = Use(None, now, ())
    return {key: _fit(used.get(key, never), own, now=now) for key, own in limits.items()}


def turns(claims: Sequence[Claim], used: Mapping[Key, Use], *, now: datetime) -> dict[Key, Turn]:
    """Those of the posts that may not leave now, each with its turn; in the order given, one after the other. Pure."""
    waiting = {}
    by_account: dict[Key, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_account[claim.account_key].append(claim)
    for account, own in by_account.items():
        use, limits = used.get(account, Use(None, now, ())), limits_of(own[0])
        for claim in own:
            turn, use = _next(use, claim, limits, now=now)
            if turn is not None:
                waiting[claim.key] = turn
    return waiting


async def take(session: AsyncSession, claims: Sequence[Claim], used: Mapping[Key, Use], *, now: datetime) -> None:
    """Write down that these claims are being armed: each message that is still to be sent takes one token."""
    tokens: dict[Key, int] = defaultdict(int)
    for claim in claims:
        tokens[claim.account_key] += len(claim.texts) - len(claim.sent)
    rows = [
        {
            "organization_id": key[0],
            "id": new_id(),
            "account": key[1],
            "buckets": _dumped(taken(used[key].buckets, own)),
        }
        for key, own in sorted(tokens.items())
        if key in used
    ]
    if rows:
        await session.execute(_TAKE, {"rows": json.dumps(rows, default=str), "now": now})


async def give_back(session: AsyncSession, claims: Sequence[Claim]) -> None:
    """These were armed and no call was made: what their parts took of the quotas is there again."""
    tokens: dict[Key, int] = defaultdict(int)
    for claim in claims:
        tokens[claim.account_key] += len(claim.texts) - len(claim.sent)
    now = clock.now()
    used = await hold(session, claims, now=now) if claims else {}
    rows = [
        {"organization_id": key[0], "account": key[1], "buckets": _dumped(taken(use.buckets, -tokens[key]))}
        for key, use in sorted(used.items())
    ]
    if rows:
        await session.execute(_GIVE_BACK, {"rows": json.dumps(rows, default=str), "now": now})


async def used_again(session: AsyncSession, claims: Iterable[Claim]) -> None:
    """The next part of a thread goes out: the gap to the next post of the account counts from here."""
    accounts = {claim.account_key for claim in claims if limits_of(claim).min_gap_seconds}
    if accounts:
        organizations, ids = columns(accounts)
        values = {"organizations": organizations, "accounts": ids, "now": clock.now()}
        await session.execute(_USED, values)


async def close(session: AsyncSession, closings: Mapping[Key, Closing]) -> None:
    """Let nothing of these accounts, (organization, account), leave before the network allows it."""
    rows = [
        {
            "organization_id": key[0],
            "id": new_id(),
            "account": key[1],
            "until": one.until.isoformat(),
            "kind": one.kind,
            "reason": storable(one.reason)[:2000],
        }
        for key, one in sorted(closings.items())
    ]
    if rows:
        await session.execute(_CLOSE, {"rows": json.dumps(rows, default=str), "now": clock.now()})


def limits_of(claim: Claim) -> Limits:
    """What the account of a claim accepts."""
    assert claim.account is not None
    return registry.get(claim.account.connector).limits(claim.account.platform)


def _has_pace(limits: Limits) -> bool:
    return bool(limits.min_gap_seconds or limits.quotas)


def _as_stored(armed_at: datetime | None, filled_at: datetime, buckets: object, *, now: datetime) -> Use:
    return Use(armed_at, min(filled_at, now), _BUCKETS.validate_python(buckets))


def _fit(use: Use, limits: Limits, *, now: datetime) -> Use:
    """As it is now. A last use that lies further ahead than the gap was written by a clock that was put back since."""
    buckets = filled(fitted(use.buckets, limits.quotas), since=use.filled_at, now=now)
    ahead = use.armed_at is not None and use.armed_at > now + timedelta(seconds=limits.min_gap_seconds)
    return Use(None if ahead else use.armed_at, now, buckets)


def _next(use: Use, claim: Claim, limits: Limits, *, now: datetime) -> tuple[Turn | None, Use]:
    """The turn of the post that comes next on the account, if it must wait, and the use once it has left."""
    at, reason = now, "Another post of the same account goes first."
    gap = timedelta(seconds=limits.min_gap_seconds)
    if use.armed_at is not None and use.armed_at + gap > at:
        at, reason = use.armed_at + gap, _keeps_apart(claim, gap)
    if claim.closed_until is not None and claim.closed_until > at:
        at, reason = claim.closed_until, _asked_to_wait(claim)
    at = max(at, use.filled_at)
    buckets = filled(use.buckets, since=use.filled_at, now=at)
    tokens = len(claim.texts) - len(claim.sent)
    scarce = max(buckets, key=lambda bucket: wait(bucket, tokens), default=None)
    if scarce is not None and (pause := wait(scarce, tokens)):
        buckets = filled(buckets, since=at, now=at + pause)
        at, reason = at + pause, _used_up(claim, Quota(scarce.size, scarce.seconds))
    after = Use(at, at, taken(buckets, tokens))
    return (Turn(at, reason) if at > now else None), after


def _keeps_apart(claim: Claim, gap: timedelta) -> str:
    return (
        f"Another post of the same account went out a moment ago; posts on {_network(claim)} are kept "
        f"{duration(gap)} apart."
    )


def _asked_to_wait(claim: Claim) -> str:
    return f"{_network(claim)} asked to wait until {claim.closed_until:%Y-%m-%d %H:%M} UTC ({claim.closed_reason})"


def _used_up(claim: Claim, quota: Quota) -> str:
    spans = {3600: "an hour", 86_400: "a day"}
    span = spans.get(quota.seconds) or f"in {duration(timedelta(seconds=quota.seconds))}"
    posts = "post" if quota.size == 1 else "posts"
    return f"{_network(claim)} takes {quota.size} {posts} {span} from an account, and these are used up for now."


def _network(claim: Claim) -> str:
    assert claim.account is not None
    return claim.account.platform.label


def _dumped(buckets: Buckets) -> list[dict[str, object]]:
    return [{"size": bucket.size, "seconds": bucket.seconds, "tokens": bucket.tokens} for bucket in buckets]
