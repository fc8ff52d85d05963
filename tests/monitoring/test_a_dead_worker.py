"""Whatever happens to a worker, health says so, and the operator is told once that it began and once of its end."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal

from monitoring.plant import SECRET, Plant


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
