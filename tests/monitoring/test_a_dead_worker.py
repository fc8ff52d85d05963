"""Whatever happens to a worker, health says so, and the operator is told once that it began and once of its end."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
from pathlib import Path

from aipromote import schema
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.publishing import queries
from factories import channels, organizations, publishing
from monitoring.plant import SECRET, Plant
from sandbox.network import Network

assert schema.metadata


async def test_frozen_workers_are_told_of_once_and_once_more_when_they_go_on(plant: Plant) -> None:
    workers = [plant.worker(), plant.worker()]
    await plant.web()
    await plant.until_well()

    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    told = await plant.until_red("workers")
    assert told["reasons"][0] == "No worker is running, so that nothing is published."
    assert await plant.until_mails(1) == ["AIPromote: No worker is running, so that nothing is published."]
    [message] = plant.mailbox.taken
    words = message.get_content()
    for part in ("posts wait in PostgreSQL", "more than 24 h late is not sent", "docker compose up -d worker", "since"):
        assert part in words, part

    for worker in workers:
        worker.send_signal(signal.SIGCONT)
    await plant.until_well()
    begun, over = await plant.until_mails(2)
    assert over.startswith("AIPromote: Over after ")
    assert over.endswith(begun.removeprefix("AIPromote: "))

    events = [json.loads(body) for body, _ in plant.receiver.got]
    assert [event["event"] for event in events] == ["incident.opened", "incident.closed"]
    assert {event["kind"] for event in events} == {"workers"}
    assert events[1]["closed_at"] > events[1]["opened_at"]
    for body, headers in plant.receiver.got:
        signed = headers["X-AIPromote-Timestamp"].encode() + b"." + body
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-AIPromote-Signature"] == f"sha256={expected}"


async def test_posts_that_nobody_sends_are_late_until_a_worker_comes_back(
    plant: Plant, database: Database, tmp_path: Path
) -> None:
    startup = await organizations.organization(database)
    async with Network(tmp_path / "network.db") as network, wire.open_session() as http:
        account = await channels.account(database, http, startup, server=network.url)
        plant.set({"AIPROMOTE_SANDBOX_URL": network.url})
        plant.set({"AIPROMOTE_LATE_ALERT_SECONDS": "20"})  # a worker is missed after 15 s, its posts after that
        worker = plant.worker()
        await plant.web()
        await plant.until_well()
        worker.kill()
        worker.wait()
        post = await publishing.post(database, startup, account)
        told = await plant.until_red("late")
        [late] = [check for check in told["checks"] if check["name"] == "late" and check["subject"] == "publishing"]
        assert "1 post should have been worked on by now" in late["words"]
        await plant.until_red("workers")
        assert len(await plant.until_mails(1)) == 1, "what only follows from the dead worker wakes nobody again"
        plant.worker()
        await plant.until_well()
        assert len(await plant.until_mails(2)) == 2
        async with database.transaction(startup.id) as session:
            assert (await queries.post(session, organization_id=startup.id, post_id=post.id)).status == "PUBLISHED"
