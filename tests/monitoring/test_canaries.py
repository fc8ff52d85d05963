"""A canary travels all the way and leaves no trace for people; one that does not arrive is red."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from aipromote import clock, schema, settings
from aipromote.accounts import actions as accounts
from aipromote.accounts import queries as users
from aipromote.accounts.models import INTERNAL_USER
from aipromote.analytics.jobs import SLOTS
from aipromote.cli.prepare import sign_in_path
from aipromote.coach.queries import pending_summaries
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.errors import NotFound, NotSignedIn
from aipromote.monitoring import canary
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.report import report
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.publishing import canaries, holds
from aipromote.settings import Settings
from factories import organizations as founded
from monitoring.plant import Plant
from sandbox.network import Network

assert schema.metadata
SLOW = timedelta(days=40)


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[Network]:
    async with Network(tmp_path / "sandbox.db") as network:
        yield network


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with wire.open_session() as http:
        yield http


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has only just been started may need long on a busy machine."""
    monkeypatch.setattr(canary, "_WAIT_SECONDS", 120.0)


def config(network: Network, **values: object) -> Settings:
    return settings.get().model_copy(update={"sandbox_url": network.url, "canary_minutes": 5.0, **values})


async def look(database: Database, chosen: Settings) -> dict[str, object]:
    found = await report(Lookout(database, None, config=chosen))
    [check] = [check for check in found.checks if check.name == "canary"]
    return check.as_dict()


async def audit(network: Network) -> list[dict[str, object]]:
    async with network.http.get("/audit") as answer:
        return (await answer.json())["posts"]


async def test_a_canary_is_published_by_the_ordinary_worker_and_taken_down_again(
    plant: Plant, database: Database, network: Network, http: aiohttp.ClientSession
) -> None:
    chosen = config(network)
    plant.set({"AIPROMOTE_SANDBOX_URL": network.url, "AIPROMOTE_CANARY_MINUTES": "0"})
    plant.worker()
    await canary.fly(database, http, config=chosen)
    [sent] = await audit(network)
    assert sent["deleted_at"] is not None
    async with network.http.get("/") as feed:
        page = await feed.text()
    assert "canary" not in page
    told = await look(database, chosen)
    assert told["state"] == "ok"
    assert told["facts"]["delay_seconds"] >= 0
    await canary.fly(database, http, config=chosen)
    assert len(await audit(network)) == 1, "the next one is not due yet"


async def test_nobody_meets_it(
    plant: Plant, database: Database, network: Network, http: aiohttp.ClientSession, owner: asyncpg.Connection
) -> None:
    plant.set({"AIPROMOTE_SANDBOX_URL": network.url, "AIPROMOTE_CANARY_MINUTES": "0"})
    plant.worker()
    await canary.fly(database, http, config=config(network))
    async with database.transaction() as session:
        assert await users.count(session) == 0, "the first person still sets the instance up"
        assert await organizations.memberships_of(session, user_id=INTERNAL_USER) == []
        assert await pending_summaries(session, limit=10) == []
        with pytest.raises(NotFound):
            await users.by_email(session, email="canary@aipromote.invalid")
        with pytest.raises(NotSignedIn):
            await accounts.sign_in(session, email="canary@aipromote.invalid", password="")
    assert (await sign_in_path(database)).startswith("/setup")
    due = "SELECT count(*) FROM doors.due_captures($1, $2, 1000)"
    assert await owner.fetchval(due, clock.now() + SLOW, list(SLOTS)) == 0
    assert await owner.fetchval("SELECT count(*) FROM notifications") == 0
    assert await owner.fetchval("SELECT count(*) FROM audit_log WHERE action LIKE 'post.%'") == 0


async def test_one_that_nobody_publishes_is_red_and_does_not_go_out_later(
    database: Database, network: Network, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "_WAIT_SECONDS", 0.1)
    chosen = config(network, late_alert_seconds=0.2)
    await canary.fly(database, http, config=chosen)
    assert (await look(database, chosen))["state"] == "red"
    await canary.fly(database, http, config=chosen)
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        last = await canaries.newest(session)
    assert last.status == "CANCELLED"
    assert "did not arrive" in (await look(database, chosen))["words"]


async def test_a_network_that_forgot_the_account_is_connected_anew(
    plant: Plant, database: Database, network: Network, http: aiohttp.ClientSession, owner: asyncpg.Connection
) -> None:
    chosen = config(network)
    plant.set({"AIPROMOTE_SANDBOX_URL": network.url, "AIPROMOTE_CANARY_MINUTES": "0"})
    plant.worker()
    await canary.fly(database, http, config=chosen)
    await network.http.post("/faults", json={"kind": "revoke_tokens"})
    again = config(network, canary_minutes=0.00001)
    await canary.fly(database, http, config=again)
    assert (await look(database, chosen))["facts"], "the first one arrived"
    await canary.fly(database, http, config=again)
    assert (await look(database, chosen))["state"] == "ok"
    assert await owner.fetchval("SELECT count(*) FROM social_accounts") == 1


async def test_none_flies_while_publishing_is_held_or_time_is_simulated_or_nobody_wants_it(
    database: Database, network: Network, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await canary.fly(database, http, config=config(network, canary_minutes=0))
    await canary.fly(database, http, config=config(network, sandbox_url=""))
    clock.use(None)
    clock.Dial.create(tmp_path / "dial", start=clock.now() + timedelta(days=3))
    clock.use(tmp_path / "dial")
    try:
        await canary.fly(database, http, config=config(network))
    finally:
        clock.use(None)
    startup = await founded.organization(database)
    async with database.transaction(startup.id) as session:
        await holds.hold(session, organizations=[startup.id], reason="Restored.", known_until=clock.now())
    await canary.fly(database, http, config=config(network))
    assert await audit(network) == []
    assert "held" in (await look(database, config(network)))["words"]


async def test_only_the_last_fifty_are_kept(
    database: Database,
    network: Network,
    http: aiohttp.ClientSession,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(canary, "_KEPT", 2)
    monkeypatch.setattr(canary, "_WAIT_SECONDS", 0.0)
    for _ in range(4):
        await canary.fly(database, http, config=config(network, canary_minutes=0.000001))
    for table in ("content_pieces", "scheduled_posts", "approvals", "content_revisions"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 2, table
