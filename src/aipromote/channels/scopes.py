"""What a person granted, compared with what a network needs, in words.

Networks write scopes in many ways: `tweet.write`, `w_member_social`, `write:statuses`, an address. What one is for is
read off its words, and where they do not say, its name is told as it is.
"""

from __future__ import annotations

import re

from aipromote.connectors.protocols import Connector

_WRITES = frozenset({"write", "w", "publish", "submit", "upload", "manage", "create"})
_READS = frozenset({"read", "r", "list", "history", "show", "view", "readonly", "insights", "identity", "profile"})
_RENEWS = frozenset({"offline", "refresh"})


def missing(connector: Connector, granted: str | None) -> frozenset[str]:
    """The scopes that publishing and looking up need and that were not given. None where the network told nothing."""
    given = set(re.split(r"[\s,]+", (granted or "").strip())) - {""}
    if not given:
        return frozenset()
    return frozenset(needed for needed in connector.scopes if not any(_covers(one, needed) for one in given))


def _covers(given: str, needed: str) -> bool:
    """`write` covers `write:statuses`."""
    return needed == given or needed.startswith(f"{given}:")


def words(lacking: frozenset[str]) -> str:
    """What the account can and cannot do without these scopes; nothing where none is lacking."""
    if not lacking:
        return ""
    kinds = {_kind(scope) for scope in lacking}
    names = ", ".join(sorted(lacking))
    can = [what for kind, what in (("write", "publish"), ("read", "read back")) if kind not in kinds]
    cannot = [
        what
        for kind, what in (("write", "publish"), ("read", "read back"), ("renew", "renew its access"))
        if kind in kinds
    ]
    if "" in kinds or not cannot:
        return f"The grant lacks {names}, so some of what is asked of the network will be refused."
    first = f"can {' and '.join(can)}, " if can else ""
    told = f"{first}cannot {' or '.join(cannot)}: the grant lacks {names}."
    return told[0].upper() + told[1:]


def _kind(scope: str) -> str:
    parts = {part for part in re.split(r"[^a-z]+", scope.lower()) if part}
    for kind, marks in (("write", _WRITES), ("renew", _RENEWS), ("read", _READS)):
        if parts & marks:
            return kind
    return ""
