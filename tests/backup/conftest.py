"""An instance with something in it, and an empty one beside it, each with a data folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote import schema, settings
from aipromote.ai import actions as requests
from aipromote.ai.models import Order
from aipromote.ai.states import RequestKind
from aipromote.assets import actions as assets
from aipromote.assets import storage
from aipromote.assets.states import AssetType
from aipromote.backup import restoring, taking
from aipromote.backup.envelope import Passphrase
from aipromote.backup.programs import Programs
from aipromote.backup.restoring import Restored
from aipromote.channels.models import SocialAccount
from aipromote.cli.db.programs import programs_for
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.db.sealing import KeyRing, ring
from aipromote.documents.vocabulary import Platform
from aipromote.notifications import actions as notifications
from aipromote.notifications.actions import Recipient
from aipromote.notifications.told import Told
from factories import organizations, publishing
from factories.organizations import Startup
from publishing.conftest import dial, scene  # noqa: F401 -- a running sandbox network

assert schema.metadata
PASSPHRASE = Passphrase("correct horse battery", cost=10)


@pytest.fixture(scope="session")
def programs(owner_url: str) -> Programs:
    return asyncio.run(programs_for(owner_url))


@dataclass(frozen=True)
class Place:
    """A database (the owner's URL) and a data folder."""

    url: str
    home: Path


@pytest.fixture
async def empty(owner_url: str, owner: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[Place]:
    """What a backup can be restored into."""
    name = f"{make_url(owner_url).database}_restored"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    (tmp_path / "new").mkdir()
    yield Place(make_url(owner_url).set(database=name).render_as_string(hide_password=False), tmp_path / "new")
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


PICTURE = b"\x89PNG\r\n\x1a\n and so on" * 100_000


@dataclass(frozen=True)
class Full:
    """The instance to back up, with its one startup."""

    database: Database
    url: str
    startup: Startup
    file: Path
    programs: Programs

    async def take(self, **options: object) -> taking.Taken:
        options = {"secret": PASSPHRASE, "programs": self.programs} | options
        return await taking.take(self.url, options.pop("to", self.file), **options)


@pytest.fixture
async def full(database: Database, owner_url: str, programs: Programs, tmp_path: Path) -> AsyncIterator[Full]:
    startup = await organizations.organization(database)
    account = SocialAccount(
        organization_id=startup.id, id=new_id(), platform=Platform.SANDBOX, connector="sandbox", server="http://x",
        handle="kornblume", is_active=True,
    )  # fmt: skip
    account.access_token = "a secret token"
    async with database.transaction(startup.id) as session:
        session.add(account)
        await assets.store(
            session, startup.owner, organization_id=startup.id, name="a.png", content=PICTURE, mime_type="image/png",
            type=AssetType.IMAGE,
        )  # fmt: skip
        await requests.ask(
            session,
            startup.owner,
            organization_id=startup.id,
            kind=RequestKind.STRATEGY,
            wanted=Order(start=date(2027, 1, 1)),
        )
        await notifications.tell(
            session, organization_id=startup.id, recipients=[Recipient(startup.owner.user_id, "ada@example.org")],
            key="one", template="post-missed", data=Told(platform="X", handle="a", reason="b"),
        )  # fmt: skip
    for number in range(3):
        await publishing.post(database, startup, account, body=f"Bread {chr(65 + number)}.")
    yield Full(database, owner_url, startup, tmp_path / "one.backup", programs)
    for path in storage.folder().rglob("*"):
        if path.is_file():
            path.unlink()


async def restore(full: Full, there: Place, *, secret: object = PASSPHRASE, keys: KeyRing | None = None) -> Restored:
    return await restoring.restore(there.url, full.file, secret=secret, programs=full.programs, ring=keys or ring())


@contextmanager
def at(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process's settings are that instance's."""
    with monkeypatch.context() as patch:
        patch.setenv("AIPROMOTE_HOME", str(place.home))
        patch.setenv("DATABASE_URL", place.url)
        settings.get.cache_clear()
        yield
    settings.get.cache_clear()


async def leftovers(place: Place) -> tuple[int, list[Path]]:
    connection = await asyncpg.connect(place.url)
    try:
        count = await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        return count, [path for path in place.home.rglob("*") if path.is_file()]
    finally:
        await connection.close()
