"""Startups with accounts that were connected as people connect them, and all their posts, approved and scheduled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import aiohttp
from sqlalchemy import insert

from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.states import ContentStatus, Decision
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.actions import idempotency_key
from aipromote.publishing.models import ScheduledPost
from chaos.plan import Plan
from factories import channels, organizations
from factories.organizations import Startup

PER_STARTUP = 2
_PLATFORMS = (*(7 * (Platform.SANDBOX,)), Platform.BLUESKY)
"""One account in eight keeps a gap between its posts."""


@dataclass(frozen=True, slots=True)
class Written:
    """A post as it was meant."""

    id: UUID
    startup: Startup
    account: SocialAccount
    key: str
    texts: tuple[str, ...]
    due: datetime

    def digests(self) -> list[str]:
        """What the network tells of each part's text."""
        return [hashlib.sha256(text.encode()).hexdigest() for text in self.texts]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Accounts and posts by their numbers in the plan."""

    accounts: tuple[tuple[Startup, SocialAccount], ...]
    posts: tuple[Written, ...]


async def settle_in(
    database: Database, http: aiohttp.ClientSession, plan: Plan, *, server: str, start: datetime
) -> Crowd:
    """Everybody, and every post of the plan; the first is due at `start`."""
    accounts: list[tuple[Startup, SocialAccount]] = []
    while len(accounts) < plan.accounts:
        startup = await organizations.organization(database, name=f"Startup {len(accounts)}")
        for _ in range(min(PER_STARTUP, plan.accounts - len(accounts))):
            number = len(accounts)
            platform = _PLATFORMS[number % len(_PLATFORMS)]
            account = await channels.account(
                database, http, startup, server=server, handle=f"account-{number}", platform=platform
            )
            accounts.append((startup, account))
    return Crowd(tuple(accounts), await _write(database, plan, accounts, start=start))


async def _write(
    database: Database, plan: Plan, accounts: list[tuple[Startup, SocialAccount]], *, start: datetime
) -> tuple[Written, ...]:
    written = []
    for number, wanted in enumerate(plan.posts):
        startup, account = accounts[wanted.account]
        texts = tuple(f"Fresh bread, as {_spelt(number)} likes it: {_spelt(part)}." for part in range(wanted.parts))
        due = start + timedelta(seconds=wanted.offset)
        piece = new_id()
        key = idempotency_key(piece_id=piece, revision=1, account_id=account.id, slot=due)
        written.append((piece, Written(new_id(), startup, account, key, texts, due)))
    by_startup: dict[UUID, list[tuple[UUID, Written]]] = {}
    for piece, post in written:
        by_startup.setdefault(post.startup.id, []).append((piece, post))
    for own in by_startup.values():
        await _store(database, own)
    return tuple(post for _, post in written)


def _spelt(number: int) -> str:
    """In letters: a number in a text would need a proof."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


async def _store(database: Database, own: list[tuple[UUID, Written]]) -> None:
    """Rows as the verbs leave them, of one startup."""
    startup = own[0][1].startup
    mine = {"organization_id": startup.id}
    pieces, revisions, approvals, posts = [], [], [], []
    for piece, post in own:
        said = {"body": "\n\n".join(post.texts), "parts": list(post.texts) if len(post.texts) > 1 else []}
        status = {"platform": post.account.platform, "status": ContentStatus.SCHEDULED, "scheduled_at": post.due}
        pieces.append({**mine, "id": piece, **said, **status})
        revisions.append({**mine, "id": new_id(), "piece_id": piece, "number": 1, "author": "Ada", **said})
        decided = {"decided_by": "Ada", "user_id": startup.owner.user_id, "decided_at": clock.now()}
        covered = {"piece_id": piece, "revision": 1, "decision": Decision.APPROVED}
        approvals.append({**mine, "id": new_id(), **covered, **decided})
        planned = {"content_piece_id": piece, "revision": 1, "social_account_id": post.account.id}
        posts.append({**mine, "id": post.id, **planned, "scheduled_at": post.due, "idempotency_key": post.key})
    async with database.transaction(startup.id) as session:
        for model, rows in (
            (ContentPiece, pieces),
            (Revision, revisions),
            (Approval, approvals),
            (ScheduledPost, posts),
        ):
            await session.execute(insert(model), rows)
