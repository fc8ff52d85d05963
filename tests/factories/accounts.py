"""People."""

from __future__ import annotations

from uuid import uuid4

from aipromote.accounts import queries
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.db.database import Database


async def user(database: Database, *, name: str = "Ada", plan: str = "self-hosted") -> User:
    """A user without a password: hashing one takes longer than most tests."""
    row = User(email=f"{name.lower()}-{uuid4().hex[:8]}@example.org", name=name, plan=plan)
    async with database.transaction() as session:
        session.add(row)
    return row


async def person(database: Database, *, name: str = "Ada", plan: str = "self-hosted") -> Actor:
    """Somebody who acts."""
    return queries.actor_of(await user(database, name=name, plan=plan))
