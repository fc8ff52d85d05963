"""What people are told reaches their inbox once, and their mail by one of two ways."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import aiohttp
import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy import select, update

from aipromote import clock, settings
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from aipromote.jobs.outcomes import Done, Snooze
from aipromote.notifications import actions, handlers, letters, queries
from aipromote.notifications.actions import Recipient
from aipromote.notifications.jobs import Message
from aipromote.notifications.models import Notification
from aipromote.notifications.states import DeliveryStatus
from aipromote.notifications.told import Told
from factories import organizations
from factories.organizations import Startup

DATA = Told(
    platform="LinkedIn",
    handle="@kiln",
    reason="Too long.\nBy 3.",
    scheduled_at="3 March 10:00",
    excerpt="We fired <500> pots & none broke.",
    path="/posts/1",
)


class Mailbox:
    """A mail server that keeps what it takes, and answers with the replies it was given first."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.replies: list[str] = []

    async def handle_DATA(self, *said: object) -> str:  # noqa: N802 -- aiosmtpd asks by this name
        envelope = said[-1]
        assert isinstance(envelope, Envelope)
        if self.replies and (reply := self.replies.pop(0)):
            return reply
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 Taken"


@pytest.fixture
async def mailbox(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    """A real SMTP server on the loopback interface; the settings name it."""
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    monkeypatch.setenv("AIPROMOTE_SMTP_URL", f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    settings.get.cache_clear()
    yield box
    server.close()
    monkeypatch.undo()
    settings.get.cache_clear()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def place(database: Database) -> Startup:
    return await organizations.organization(database, name="Kiln")


async def _tell(database: Database, place: Startup, **values: object) -> int:
    options = {"key": "post-failed:1", "template": "post-failed", "data": DATA, **values}
    async with database.transaction(place.id) as session:
        return await actions.tell(
            session,
            organization_id=place.id,
            recipients=[Recipient(user_id=place.owner.user_id, email="ada@example.org")],
            **options,
        )


async def _only(database: Database, place: Startup) -> Notification:
    async with database.transaction(place.id) as session:
        return (await session.scalars(select(Notification))).one()


async def _deliver(database: Database, http: aiohttp.ClientSession, place: Startup) -> Done | Snooze:
    pointer = Message(organization_id=place.id, notification_id=(await _only(database, place)).id)
    return await handlers.send_email(pointer, database=database, http=http)


async def test_telling_the_same_thing_twice_tells_it_once(database: Database, place: Startup) -> None:
    assert await _tell(database, place) == 1
    assert await _tell(database, place) == 0
    assert await _tell(database, place, key="post-failed:2") == 1


async def test_many_at_once_tell_it_once(database: Database, place: Startup) -> None:
    assert sum(await asyncio.gather(*(_tell(database, place) for _ in range(8)))) == 1


async def test_a_message_holds_what_is_known_and_keeps_what_other_releases_said(
    database: Database, place: Startup, owner: asyncpg.Connection
) -> None:
    await _tell(database, place, data=Told(handle="@kiln"))
    assert await owner.fetchval('SELECT data = \'{"handle": "@kiln"}\' FROM notifications')
    await owner.execute('UPDATE notifications SET data = \'{"handle": "@kiln", "shape": [1]}\'')
    data = (await _only(database, place)).data
    assert data.model_dump() == {"handle": "@kiln", "shape": [1]}
    assert letters.render("post-failed", data).body


async def _amend(database: Database, place: Startup, key_begins: str) -> set[UUID]:
    def change(data: Told) -> Told:
        return data.model_copy(update={"reason": f"{data.reason}!"})

    async with database.transaction(place.id) as session:
        return await actions.amend(session, organization_id=place.id, key_begins=key_begins, change=change)


async def test_a_message_that_is_held_back_can_be_added_to_until_it_leaves(
    database: Database, http: aiohttp.ClientSession, mailbox: Mailbox, place: Startup
) -> None:
    await _tell(database, place, key="kiln:1", held_back=timedelta(minutes=1))
    assert await _amend(database, place, "kiln:") == {place.owner.user_id}
    assert await _amend(database, place, "k%:") == set(), "a key is no pattern"
    assert await _deliver(database, http, place) == Done()
    assert mailbox.taken == []
    async with database.transaction(place.id) as session:
        await session.execute(update(Notification).values(claimed_until=clock.now() - timedelta(seconds=1)))
    assert await _deliver(database, http, place) == Done()
    [message] = mailbox.taken
    assert "By 3.!" in message.get_content()
    assert await _amend(database, place, "kiln:") == set(), "somebody has it"
    assert (await _only(database, place)).data.reason == "Too long.\nBy 3.!"


async def test_nobody_to_tell_is_fine(database: Database, place: Startup) -> None:
    async with database.transaction(place.id) as session:
        told = await actions.tell(
            session, organization_id=place.id, recipients=[], key="k", template="post-failed", data=Told()
        )
    assert told == 0


async def test_an_unknown_template_is_refused_when_told(database: Database, place: Startup) -> None:
    with pytest.raises(InvalidInput, match="no message template"):
        await _tell(database, place, template="post-vanished")


async def test_the_inbox_shows_the_newest_first_and_only_ones_own(database: Database, place: Startup) -> None:
    other = await organizations.organization(database, name="Other")
    await _tell(database, place, key="a")
    await _tell(database, place, key="b", template="post-missed")
    await _tell(database, other, key="c")
    async with database.transaction(place.id) as session:
        notices = await queries.inbox(session, organization_id=place.id, user_id=place.owner.user_id)
        stranger = await queries.inbox(session, organization_id=place.id, user_id=other.owner.user_id)
    assert [notice.subject for notice in notices] == [
        "Your LinkedIn post missed its time",
        "Your LinkedIn post was not published",
    ]
    assert notices[0].path == "/posts/1"
    assert stranger == []


async def test_what_is_owed_comes_by_urgency_from_all_organizations(database: Database, place: Startup) -> None:
    other = await organizations.organization(database, name="Other")
    await _tell(database, place, key="later", priority=4)
    await _tell(database, other, key="now", priority=1)
    async with database.transaction() as session:
        due = await queries.pending_notifications(session, limit=10)
    assert [(one.pointer.organization_id, one.priority) for one in due] == [(other.id, 1), (place.id, 4)]


async def test_a_message_goes_out_over_smtp_once(
    database: Database, http: aiohttp.ClientSession, mailbox: Mailbox, place: Startup
) -> None:
    await _tell(database, place)
    assert await _deliver(database, http, place) == Done()
    assert await _deliver(database, http, place) == Done()
    (message,) = mailbox.taken
    row = await _only(database, place)
    assert message["Subject"] == "Your LinkedIn post was not published"
    assert message["To"] == "ada@example.org"
    assert message["Message-ID"] == f"<{row.id}@aipromote.invalid>"
    text = message.get_content()
    assert "We fired <500> pots & none broke." in text
    assert "http://127.0.0.1:8400/posts/1" in text
    assert (row.status, row.attempts, row.claimed_until) == (DeliveryStatus.SENT, 1, None)
    assert row.delivered_at is not None
    async with database.transaction() as session:
        assert await queries.pending_notifications(session, limit=10) == []


async def test_workers_at_the_same_time_send_one_message(
    database: Database, http: aiohttp.ClientSession, mailbox: Mailbox, place: Startup
) -> None:
    await _tell(database, place)
    await asyncio.gather(*(_deliver(database, http, place) for _ in range(6)))
    assert len(mailbox.taken) == 1


async def test_a_worker_that_died_after_sending_leaves_a_copy_with_the_same_message_id(
    database: Database, http: aiohttp.ClientSession, mailbox: Mailbox, place: Startup
) -> None:
    await _tell(database, place)
    row = await _only(database, place)
    async with database.transaction(place.id) as session:  # it claimed and sent, and never recorded
        claimed = await actions.claim(session, organization_id=place.id, notification_id=row.id)
    assert await _deliver(database, http, place) == Done()
    assert mailbox.taken == [], "the claim still holds"
    async with database.transaction(place.id) as session:
        past = claimed.claimed_until - timedelta(hours=1)
        await session.execute(update(Notification).values(claimed_until=past))
    await _deliver(database, http, place)
    assert mailbox.taken[0]["Message-ID"] == f"<{row.id}@aipromote.invalid>"
    assert (await _only(database, place)).attempts == 2


async def test_a_busy_server_is_tried_again_and_a_refusal_is_final(
    database: Database, http: aiohttp.ClientSession, mailbox: Mailbox, place: Startup
) -> None:
    mailbox.replies = ["451 Come back later", "550 No such box"]
    await _tell(database, place)
    first = await _deliver(database, http, place)
    assert isinstance(first, Snooze)
    waiting = await _only(database, place)
    assert (waiting.status, waiting.claimed_until) == (DeliveryStatus.PENDING, None)
    assert "Come back later" in (waiting.error_message or "")
    assert await _deliver(database, http, place) == Done()
    row = await _only(database, place)
    assert (row.status, row.attempts) == (DeliveryStatus.FAILED, 2)
    assert "No such box" in (row.error_message or "")
    assert mailbox.taken == []


async def test_a_server_that_is_away_is_given_up_after_five_attempts(
    database: Database, http: aiohttp.ClientSession, place: Startup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROMOTE_SMTP_URL", "smtp://127.0.0.1:1")  # nothing listens there
    settings.get.cache_clear()
    await _tell(database, place)
    outcomes = [await _deliver(database, http, place) for _ in range(5)]
    monkeypatch.undo()
    settings.get.cache_clear()
    waits = [outcome.seconds for outcome in outcomes if isinstance(outcome, Snooze)]
    assert waits == [15.0, 30.0, 60.0, 120.0]
    assert outcomes[-1] == Done()
    assert (await _only(database, place)).status is DeliveryStatus.FAILED


async def test_without_a_server_messages_are_files_in_the_outbox(
    database: Database, http: aiohttp.ClientSession, place: Startup
) -> None:
    await _tell(database, place)
    assert await _deliver(database, http, place) == Done()
    row = await _only(database, place)
    outbox = Path(settings.get().require("home")) / "outbox"
    message = email.message_from_bytes((outbox / f"{row.id}.eml").read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "Your LinkedIn post was not published"
    assert list(outbox.glob(".*.part")) == []
    assert row.status is DeliveryStatus.SENT


async def test_an_address_that_fits_no_header_fails_for_good(
    database: Database, http: aiohttp.ClientSession, place: Startup
) -> None:
    async with database.transaction(place.id) as session:
        await actions.tell(
            session,
            organization_id=place.id,
            recipients=[Recipient(user_id=place.owner.user_id, email="a@example.org\nBcc: all@example.org")],
            key="k",
            template="post-failed",
            data=DATA,
        )
    assert await _deliver(database, http, place) == Done()
    assert (await _only(database, place)).status is DeliveryStatus.FAILED


@pytest.mark.parametrize("template", letters.TEMPLATES)
def test_every_template_reads_well_with_and_without_its_data(owner_url: str, template: str) -> None:
    news = {"posts": "Tue: We fired", "waiting": "Wed: We glaze"}
    week = {**news, "week_start": "2 March", "week_end": "8 March", "headline": "Six posts."}
    full = letters.render(template, DATA.model_copy(update=week))
    bare = letters.render(template, Told())
    for letter in (full, bare):
        assert letter.subject
        assert "\n" not in letter.subject
        assert "None" not in letter.subject + letter.body
        assert "  " not in letter.subject
        assert "\n\n\n" not in letter.body
    assert full.body.rstrip().endswith("http://127.0.0.1:8400/posts/1")


def test_a_line_break_in_the_data_does_not_break_the_subject(owner_url: str) -> None:
    letter = letters.render("account-needs-reconnect", Told(handle="@a\r\nBcc: all@example.org"))
    assert letter.subject == "Please connect @a Bcc: all@example.org again"  # one line, and no header
    message = letters.compose(
        letter, notification_id=UUID(int=1), recipient="a@example.org", sender="b@example.org", date=clock.now()
    )
    assert message["Bcc"] is None
