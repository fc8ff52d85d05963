"""How sure a client can be, after a lost answer, whether the sandbox has its post: an account plays one of four kinds.

A: a repeated `Idempotency-Key` gets the first post again. B: posts can be looked up by their key. C: neither, but a
repeat of a text is refused for a while, and the account's list is complete after a time that is told. D: nothing but a
list, which is late, promises nothing, and gives texts back a little changed.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any, Literal, get_args

from aipromote.sandbox import processing
from aipromote.sandbox.accounts import Account
from aipromote.sandbox.posts import Post
from aipromote.sandbox.store import Store, instant, seed_of, stamp

Grade = Literal["A", "B", "C", "D"]
GRADES: tuple[str, ...] = get_args(Grade)
LABELS = {
    "A": "A: a repeat with the same key cannot double",
    "B": "B: a post can be looked up by its key",
    "C": "C: a repeated text is refused, the list is reliable",
    "D": "D: only a list, late and with changed texts",
}
REPEAT_SECONDS = 600.0
"""How long grade C refuses a text that it has already."""
COMPLETE_AFTER = 80.0
"""When the lists of A, B and C have everything that came: after the longest delay (50) and C's own lateness."""
_LATE = {"A": 0.0, "B": 0.0, "C": 20.0, "D": 120.0}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\"'.,;:!?)\]]")


def finds_by_key(grade: str) -> bool:
    """Whether posts can be looked up by their key."""
    return grade in {"A", "B"}


def scope(grade: str) -> str:
    """What a grant says of it, so that a client knows; nothing for the usual one."""
    return "" if grade == "B" else f" grade.{grade.lower()}"


def is_listed(grade: str, post: Post) -> bool:
    """Whether the account's list has the post by now. How late each one is comes from its seed."""
    late = _LATE[grade] * (seed_of(post.seed, "late") / 2**48)
    return post.visible_at + late <= stamp()


def complete_until(store: Store, account: Account) -> datetime | None:
    """Everything that came until then, and was not refused, is in the list; None where nobody promises that."""
    if account.grade == "D":
        return None
    now = stamp()
    oldest = processing.oldest_hidden(store, account.number, since=now - COMPLETE_AFTER)
    return instant(min(now - COMPLETE_AFTER, oldest) if oldest is not None else now - COMPLETE_AFTER)


def as_listed(grade: str, post: Post, shown: dict[str, Any]) -> dict[str, Any]:
    """The post as the account's list shows it: without its key where keys say nothing, and with D's changes."""
    if finds_by_key(grade):
        return shown
    if grade == "C":
        return shown | {"key": None}
    links: dict[str, str] = {}

    def shortened(match: re.Match[str]) -> str:
        short = f"https://s.example.com/{seed_of(post.seed, match.group()):012x}"
        links[short] = match.group()
        return short

    text = re.sub(r"[ \t]*\n\s*", "\n", _ADDRESS.sub(shortened, post.text)).strip()
    return shown | {"key": None, "text": html.escape(text, quote=False) if post.seed % 2 else text, "links": links}
