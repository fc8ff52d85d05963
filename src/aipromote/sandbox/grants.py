"""Codes and tokens of the OAuth 2 code flow: single-use codes, two-hour access tokens, single-use refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass

from aipromote.sandbox import accounts
from aipromote.sandbox.accounts import Account
from aipromote.sandbox.store import Store, digest, stamp

SCOPES = ("posts.read", "posts.write", "metrics.read")
CODE_SECONDS = 60.0
ACCESS_SECONDS = 7200.0
REFRESH_SECONDS = 180 * 86400.0
_MEMORY = "accounts by token"
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """A fresh pair, the only time it is in clear."""

    account: int
    access: str
    refresh: str
    scope: str


def issue_code(store: Store, *, account: int, redirect_uri: str, challenge: str, scope: str) -> str:
    """A code that can be traded once within a minute."""
    code = secrets.token_urlsafe(24)
    store.run(
        "INSERT INTO codes (digest, account, redirect_uri, challenge, scope, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (digest(code), account, redirect_uri, challenge, scope, stamp() + CODE_SECONDS),
    )
    return code


def redeem_code(
    store: Store, *, code: str, redirect_uri: str, verifier: str, access_seconds: float = ACCESS_SECONDS
) -> Tokens | None:
    """Tokens for a code, or None where code, address or verifier do not fit. A code works once, right or wrong."""
    row = store.one("SELECT * FROM codes WHERE digest = ? AND used = 0 AND expires_at > ?", (digest(code), stamp()))
    if row is None or not store.run("UPDATE codes SET used = 1 WHERE digest = ? AND used = 0", (digest(code),)):
        return None
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if row["redirect_uri"] != redirect_uri or not secrets.compare_digest(row["challenge"], hashed):
        return None
    lineage = secrets.token_hex(8)
    return _issue(store, account=row["account"], scope=row["scope"], lineage=lineage, access_seconds=access_seconds)


def rotate(store: Store, *, refresh: str, access_seconds: float = ACCESS_SECONDS) -> Tokens | None:
    """A new pair for a refresh token, which ends with this; None where it has ended already."""
    now = stamp()
    ended = store.run(
        "UPDATE tokens SET ended_at = ? WHERE digest = ? AND kind = 'refresh' AND ended_at IS NULL AND expires_at > ?",
        (now, digest(refresh), now),
    )
    row = store.one("SELECT * FROM tokens WHERE digest = ?", (digest(refresh),))
    if not ended or row is None:
        return None
    lineage = row["lineage"]
    return _issue(store, account=row["account"], scope=row["scope"], lineage=lineage, access_seconds=access_seconds)


def revoke(store: Store, *, token: str) -> None:
    """End everything that grew from the consent behind this token. An unknown token is no error."""
    store.run(
        "UPDATE tokens SET ended_at = ? WHERE ended_at IS NULL"
        " AND lineage = (SELECT lineage FROM tokens WHERE digest = ?)",
        (stamp(), digest(token)),
    )


def end_all(store: Store, *, account: int | None, kinds: tuple[str, ...] = ("access", "refresh")) -> int:
    """End the tokens of an account, or of all; how many."""
    marks = ", ".join("?" * len(kinds))
    return store.run(
        f"UPDATE tokens SET ended_at = ? WHERE ended_at IS NULL AND kind IN ({marks}) AND account = ifnull(?, account)",  # noqa: S608 -- only question marks are put in
        (stamp(), *kinds, account),
    )


def check(store: Store, *, access: str) -> tuple[Account, str] | None:
    """The account and the scope behind a living access token."""
    name = digest(access)
    known: dict[str, tuple[Account, str, float]] = store.memory.setdefault(_MEMORY, {})
    if name not in known:
        row = store.one(
            "SELECT a.*, t.scope, t.expires_at FROM tokens t JOIN accounts a ON a.number = t.account"
            " WHERE t.digest = ? AND t.kind = 'access' AND t.ended_at IS NULL",
            (name,),
        )
        if row is None:
            return None
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[name] = accounts.from_row(row), row["scope"], row["expires_at"]
    account, scope, expires_at = known[name]
    return (account, scope) if expires_at > stamp() else None


def _issue(store: Store, *, account: int, scope: str, lineage: str, access_seconds: float) -> Tokens:
    tokens = Tokens(account, secrets.token_urlsafe(32), secrets.token_urlsafe(32), scope)
    now = stamp()
    for kind, secret, life in (("access", tokens.access, access_seconds), ("refresh", tokens.refresh, REFRESH_SECONDS)):
        store.run(
            "INSERT INTO tokens (digest, kind, account, lineage, scope, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
            (digest(secret), kind, account, lineage, scope, now + life),
        )
    return tokens
