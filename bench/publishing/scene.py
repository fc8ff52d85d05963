"""The servers, and a database with organizations whose approved texts wait to be scheduled; each run gets its copy."""

from __future__ import annotations

import base64
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from aipromote import clock, settings
from aipromote.channels.models import SocialAccount
from aipromote.connectors import limits
from aipromote.db import migrate, roles, sealing
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.embedded.runtime import Runtime
from aipromote.simulation.scale import startups, words
from aipromote.simulation.scale.shape import Shape, Startup

Row = dict[str, Any]
_MADE = "bench_made"
DATABASE = "bench_run"
"""The copy that a run works on."""
_ACCOUNTS = 4
"""Of an organization, where the platform lets an account post as often as it likes."""


@dataclass(frozen=True)
class Post:
    """A post to be, without its time."""

    organization_id: uuid.UUID
    piece_id: uuid.UUID
    account_id: uuid.UUID
    key: str


@dataclass
class Scene:
    """What all variants work on."""

    base_url: str
    redis_url: str
    posts: list[Post]

    @property
    def owner_url(self) -> str:
        """Of the run's database, as its owner."""
        return _at(self.base_url, DATABASE)

    async def fresh(self) -> None:
        """A new copy of the database, in which nothing is scheduled yet."""
        async with _connected(self.base_url) as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {_MADE}")
        await roles.ensure(self.owner_url)

    async def schedule(self, first: datetime, *, apart: timedelta, count: int | None = None) -> dict[str, float]:
        """Schedule `count` posts, the first at that time, one after the other. Returns key → time as sent and due."""
        chosen, rows, due = self.posts[:count], [], {}
        for place, post in enumerate(chosen):
            at = first + place * apart
            rows.append((post.organization_id, new_id(), post.piece_id, 1, post.account_id, at, post.key))
            due[f"{post.key}/0"] = at.timestamp()
        columns = [
            "organization_id",
            "id",
            "content_piece_id",
            "revision",
            "social_account_id",
            "scheduled_at",
            "idempotency_key",
        ]
        async with _connected(self.owner_url) as connection:
            await connection.copy_records_to_table("scheduled_posts", records=rows, columns=columns)
            await connection.execute("VACUUM (ANALYZE) scheduled_posts")
            await connection.execute("CHECKPOINT")
        return due

    async def recorded(self) -> tuple[int, int]:
        """How many posts are PUBLISHED, and how many attempts."""
        sql = """SELECT (SELECT count(*) FROM scheduled_posts WHERE status = 'PUBLISHED'),
                        (SELECT count(*) FROM publish_attempts WHERE outcome = 'PUBLISHED')"""
        async with _connected(self.owner_url) as connection:
            row = await connection.fetchrow(sql)
        return row[0], row[1]

    async def states(self) -> dict[str, int]:
        """Posts by state and error, to see what went wrong."""
        sql = "SELECT concat_ws(' ', status, error_kind, error_message) AS s, count(*) FROM scheduled_posts GROUP BY 1"
        async with _connected(self.owner_url) as connection:
            return {row[0]: row[1] for row in await connection.fetch(sql)}


@contextmanager
def servers(*, durable: bool) -> Iterator[tuple[str, str]]:
    """PostgreSQL and Valkey as the product runs them, with new data: their URLs. This process's settings name them."""
    folder = Path(tempfile.mkdtemp(prefix="aipromote-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    settings.adopt(
        {
            "AIPROMOTE_SECRET_KEY": "of a benchmark's databases, which hold nothing secret",
            "AIPROMOTE_ENCRYPTION_KEYS": "bench:" + base64.b64encode(bytes(32)).decode(),
            "AIPROMOTE_HOME": str(folder / "home"),
        }
    )
    plain = settings.Settings.model_validate({"DATABASE_URL": None, "REDIS_URL": None})
    runtime = Runtime(folder / "home", settings=plain, durable=durable)
    try:
        runtime.start_servers()
        yield runtime.database_url, runtime.redis_url
    finally:
        runtime.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def make(base_url: str, redis_url: str, *, posts: int, organizations: int, platform: Platform) -> Scene:
    """Fill the database that the runs are copied from. Posts of different organizations stand beside each other."""
    async with _connected(base_url) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {_MADE} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {_MADE}")
    url = _at(base_url, _MADE)
    settings.adopt({"DATABASE_URL": url, "REDIS_URL": redis_url})
    await migrate.upgrade(url)
    each = -(-posts // organizations)
    shape = Shape([each] * organizations, 0, clock.now())
    template = await startups.template(shape)
    accounts = each if limits.of(platform).min_gap_seconds else min(each, _ACCOUNTS)
    everyone, made = shape.startups(), list[Post]()
    async with _connected(url) as connection:
        for table, rows_of in startups.TABLES.items():
            rows = [row for startup in everyone for row in rows_of(template, startup)]
            if table == "social_accounts":
                rows = [_account(one, n, platform) for one in everyone for n in range(accounts)]
            await _copy(connection, table, rows)
        phrases = words.phrases(shape.seed)
        for number in range(posts):
            organization = everyone[number % organizations].key()
            account = _account_key(organization, number // organizations % accounts)
            made.append(Post(organization, new_id(), account, f"bench-{number:06}"))
        owners = {startup.key(): startup.key("owner") for startup in everyone}
        texts = [f"{phrases[n % len(phrases)]} {phrases[n * 7 % len(phrases)]}" for n in range(posts)]
        await _write(connection, made, texts, owners=owners, platform=platform)
        await connection.execute("VACUUM (ANALYZE)")
    return Scene(base_url, redis_url, made)


async def _write(
    connection: Any,
    posts: Sequence[Post],
    texts: Sequence[str],
    *,
    owners: dict[uuid.UUID, uuid.UUID],
    platform: Platform,
) -> None:
    """Pieces with their texts, each approved by a person and scheduled."""
    now = clock.now()
    pieces, revisions, approvals = [], [], []
    for post, body in zip(posts, texts, strict=True):
        own: Row = {"organization_id": post.organization_id}
        pieces.append(
            own | {"id": post.piece_id, "platform": platform, "status": "SCHEDULED", "body": body, "scheduled_at": now}
        )
        of: Row = own | {"id": new_id(), "piece_id": post.piece_id}
        revisions.append(of | {"number": 1, "body": body, "author": "Owner"})
        decided = {"revision": 1, "decision": "APPROVED", "decided_by": "Owner", "decided_at": now}
        approvals.append(of | decided | {"id": new_id(), "user_id": owners[post.organization_id]})
    await _copy(connection, "content_pieces", pieces)
    await _copy(connection, "content_revisions", revisions)
    await _copy(connection, "approvals", approvals)


def _account(startup: Startup, number: int, platform: Platform) -> Row:
    """A connected account. Its id on the network is its token in plain text: the yardsticks need not open a seal."""
    organization = startup.key()
    key, token = _account_key(organization, number), uuid.uuid4().hex
    place = SocialAccount.access_token.place("social_accounts", organization, key)
    return {
        "organization_id": organization,
        "id": key,
        "platform": platform,
        "connector": "sandbox",
        "server": "http://sandbox.example",
        "handle": f"startup-{startup.number}-{number}",
        "account_id": token,
        "access_token": sealing.ring().seal(token, place),
    }


def _account_key(organization: uuid.UUID, number: int) -> uuid.UUID:
    return uuid.uuid5(organization, f"account {number}")


async def _copy(connection: Any, table: str, rows: list[Row]) -> None:
    columns = list(rows[0])
    await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in rows], columns=columns)


def _at(base_url: str, database: str) -> str:
    return make_url(base_url).set(database=database).render_as_string(hide_password=False)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()
