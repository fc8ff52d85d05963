"""What the network really received, set against what the rows say. Pure; every disagreement is told in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chaos.crowd import Crowd, Written
from chaos.happenings import Answered

FINAL = frozenset({"PUBLISHED", "FAILED", "CANCELLED", "MISSED"})
_DOORS_CLOSED = frozenset({"connect_again", "not_connected"})

POSTS = """
    SELECT p.id, p.status::text, p.platform_post_id, p.error_kind, p.error_message, p.next_attempt_at, p.attempt_count,
           p.max_attempts, p.scheduled_at, c.status::text AS piece, s.is_active, s.error_message AS account_error,
           (SELECT count(*) FROM notifications n
             WHERE n.key LIKE 'post-%:' || p.id || ':%'
                OR n.key LIKE 'account-needs-reconnect:' || s.id || ':%'
               AND (strpos(n.data->>'posts', left(split_part(c.body, E'\\n', 1), 60)) > 0
                    OR n.data->>'posts' LIKE '%and more, which stand on their own pages.')) AS told
      FROM scheduled_posts p
      JOIN content_pieces c ON c.organization_id = p.organization_id AND c.id = p.content_piece_id
      JOIN social_accounts s ON s.organization_id = p.organization_id AND s.id = p.social_account_id
"""
ATTEMPTS = """
    SELECT scheduled_post_id, part, outcome::text, platform_post_id FROM publish_attempts ORDER BY id
"""
USED = """
    SELECT o.owner_id, coalesce(max(u.posts_published), 0) AS used,
           count(p.id) FILTER (WHERE p.status IN ('PUBLISHED', 'UNCONFIRMED', 'PUBLISHING')) AS out
      FROM organizations o
      LEFT JOIN usage u ON u.user_id = o.owner_id
      LEFT JOIN scheduled_posts p ON p.organization_id = o.id
     GROUP BY o.owner_id
"""


@dataclass
class Reckoning:
    """The sums, and every disagreement."""

    posts: int = 0
    parts: int = 0
    received: int = 0
    states: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    """What else does not agree: with the attempts, the piece, the plan's counter, or with what a person was told."""

    @property
    def problems(self) -> list[str]:
        """Everything that must not be."""
        return [*self.duplicated, *self.lost, *self.untrue]


@dataclass(frozen=True)
class Evidence:
    """One post: as it was meant, its row, its attempts, and what the network has of it, by part."""

    meant: Written
    row: Any
    attempts: Sequence[Any]
    received: dict[int, list[dict[str, Any]]]

    @property
    def there(self) -> dict[int, str]:
        """What the network has: its id of each part."""
        return {part: found[0]["id"] for part, found in self.received.items() if found}

    @property
    def published_parts(self) -> dict[int, str]:
        """What the attempts say is out: the network's id of each part."""
        return {one["part"]: one["platform_post_id"] for one in self.attempts if one["outcome"] == "PUBLISHED"}

    @property
    def status(self) -> str:
        """With `parked` for what a person has to look at."""
        if self.row["status"] == "UNCONFIRMED" and self.row["next_attempt_at"] is None:
            return "UNCONFIRMED, a person was asked"
        return str(self.row["status"])


def reckon(
    crowd: Crowd,
    *,
    posts: Iterable[Any],
    attempts: Iterable[Any],
    used: Iterable[Any],
    audit: dict[str, Any],
    answered: Sequence[Answered],
    put_back: float,
) -> Reckoning:
    """Set everything against everything. `put_back` seconds are how far the clock ever went back."""
    sums = Reckoning(posts=len(crowd.posts), received=audit["received"])
    sums.duplicated += [f"the network has {key} {count} times" for key, count in audit["duplicates"].items()]
    by_post, by_key = {row["id"]: row for row in posts}, defaultdict(list)
    tried: dict[Any, list[Any]] = defaultdict(list)
    for one in attempts:
        tried[one["scheduled_post_id"]].append(one)
    for one in audit["posts"]:
        by_key[one["key"]].append(one)
    for number, meant in enumerate(crowd.posts):
        received = {part: by_key.pop(f"{meant.key}/{part}", []) for part in range(len(meant.texts))}
        evidence = Evidence(meant, by_post[meant.id], tried[meant.id], received)
        sums.parts += len(meant.texts)
        sums.states[evidence.status] += 1
        _judge(evidence, sums)
        mine = [one for one in answered if one.change.post == number]
        _hold_to_the_answers(evidence, mine, sums, put_back=put_back)
    sums.untrue += [f"the network has {key}, which nobody wrote" for key in by_key]
    sums.untrue += [
        f"the plan of {row['owner_id']} counts {row['used']} posts, and {row['out']} are out"
        for row in used
        if row["used"] != row["out"]
    ]
    return sums


def _judge(one: Evidence, sums: Reckoning) -> None:
    """Whether the post is in a true final state."""
    name, row = _name(one), one.row
    _judge_received(one, sums)
    if sum(1 for attempt in one.attempts if attempt["outcome"] == "PUBLISHED") != len(one.published_parts):
        sums.untrue.append(f"{name}: an attempt at one part was published twice")
    if row["attempt_count"] > row["max_attempts"]:
        sums.untrue.append(f"{name}: {row['attempt_count']} attempts of {row['max_attempts']}")
    if row["status"] == "UNCONFIRMED":
        _judge_parked(one, sums)
    elif row["status"] not in FINAL:
        sums.lost.append(f"{name}: left open ({row['error_kind']}: {row['error_message']})")
    else:
        _judge_final(one, sums)
        _JUDGES.get(row["status"], _nothing_more)(one, sums)


def _judge_received(one: Evidence, sums: Reckoning) -> None:
    """Each part once, with its text, on its account, behind the one before."""
    name = _name(one)
    for part, found in one.received.items():
        if len(found) > 1:
            sums.duplicated.append(f"{name}: part {part} was received {len(found)} times")
        if any(copy["text_sha256"] != one.meant.digests()[part] for copy in found):
            sums.untrue.append(f"{name}: part {part} went out with another text")
        if any(copy["handle"] != one.meant.account.handle for copy in found):
            sums.untrue.append(f"{name}: part {part} went out on another account")
        if part and any(copy["reply_to"] != one.there.get(part - 1) for copy in found):
            sums.untrue.append(f"{name}: part {part} does not hang on part {part - 1}")


def _judge_final(one: Evidence, sums: Reckoning) -> None:
    """What the attempts say is there, and nothing else is."""
    name, said, there = _name(one), one.published_parts, one.there
    if any(attempt["outcome"] in {"ARMED", "UNKNOWN"} for attempt in one.attempts):
        sums.untrue.append(f"{name}: an attempt has no outcome")
    if missing := sorted(set(said) - set(there)):
        sums.lost.append(f"{name}: parts {missing} are not there, although an attempt says so")
    if untold := sorted(set(there) - set(said)):
        sums.untrue.append(f"{name}: parts {untold} are there, and no attempt says so")
    if any(said[part] != there[part] for part in set(said) & set(there)):
        sums.untrue.append(f"{name}: an attempt names another post of the network")


def _judge_published(one: Evidence, sums: Reckoning) -> None:
    name, row = _name(one), one.row
    if len(one.there) < len(one.meant.texts):
        sums.lost.append(f"{name}: only parts {sorted(one.there)} of {len(one.meant.texts)} are there")
    if row["platform_post_id"] != one.there.get(0):
        sums.untrue.append(f"{name}: is known as {row['platform_post_id']}, the network says {one.there.get(0)}")
    if row["piece"] != "PUBLISHED":
        sums.untrue.append(f"{name}: its piece is {row['piece']}")


def _judge_ended(one: Evidence, sums: Reckoning) -> None:
    """Failed or missed: for a reason that there was, and that people were told."""
    name, row = _name(one), one.row
    sums.why[f"{row['status']}: {row['error_kind']}"] += 1
    if not row["error_message"] or not row["told"]:
        sums.untrue.append(f"{name}: nobody was told why")
    if row["error_kind"] in _DOORS_CLOSED and (row["is_active"] or not row["account_error"]):
        sums.untrue.append(f"{name}: failed for its account, which is not marked")
    if row["error_kind"] not in _DOORS_CLOSED | {"attempts_used_up"}:
        sums.lost.append(f"{name}: nothing stood against sending it ({row['error_message']})")


def _nothing_more(_one: Evidence, _sums: Reckoning) -> None:
    """Cancelled: that the answers hold is looked at below."""


_JUDGES = {"PUBLISHED": _judge_published, "FAILED": _judge_ended, "MISSED": _judge_ended}


def _judge_parked(one: Evidence, sums: Reckoning) -> None:
    """A person has to look. True only where the network could not be asked (any more), and nothing more is there."""
    name, row = _name(one), one.row
    if row["next_attempt_at"] is not None:
        sums.lost.append(f"{name}: is still to be looked up")
        return
    unknown = {attempt["part"] for attempt in one.attempts if attempt["outcome"] == "UNKNOWN"}
    if not unknown or not set(one.there) <= unknown | set(one.published_parts):
        sums.untrue.append(f"{name}: more is there than what is in doubt")
    if not row["told"]:
        sums.untrue.append(f"{name}: nobody was told that it is in doubt")
    sums.why[f"in doubt: {'there' if unknown & set(one.there) else 'not there'}"] += 1


def _hold_to_the_answers(one: Evidence, answered: Sequence[Answered], sums: Reckoning, *, put_back: float) -> None:
    """What was accepted must hold: a cancelled post is sent no more, one that was moved not before its time."""
    if not answered or any(answer.said == "unsure" for answer in answered):
        return
    accepted = [answer for answer in answered if answer.said == "accepted"]
    if not accepted:
        return
    last = accepted[-1]
    later = [copy for found in one.received.values() for copy in found if int(copy["id"][1:]) > last.received]
    if last.moved_to is None:
        if one.row["status"] != "CANCELLED" or later:
            sums.untrue.append(f"{_name(one)}: was cancelled, and then {len(later)} parts were sent")
    elif early := [
        copy
        for copy in later
        if datetime.fromisoformat(copy["received_at"]) < last.moved_to - timedelta(seconds=put_back)
    ]:
        sums.untrue.append(f"{_name(one)}: was moved to {last.moved_to}, and sent at {early[0]['received_at']}")


def _name(one: Evidence) -> str:
    outcomes = [f"{attempt['part']}:{attempt['outcome']}" for attempt in one.attempts]
    return f"post {one.meant.id} ({one.status}; {', '.join(outcomes) or 'no attempt'})"
