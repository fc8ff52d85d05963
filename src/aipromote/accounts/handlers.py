"""Delivery of one letter about an account: claim, send, record, as notifications are delivered.

A worker that dies between sending and recording sends the letter once more, with the same link and Message-ID. Nothing
of a letter's text is logged: the link in it opens an account.
"""

from __future__ import annotations

import aiohttp
import structlog

from aipromote import clock, settings
from aipromote.accounts import clearing, letters, names
from aipromote.accounts.jobs import OwedLetter
from aipromote.accounts.models import User
from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done, Outcome, Snooze
from aipromote.jobs.periodic import Means
from aipromote.notifications import senders
from aipromote.notifications.errors import Deferred, Refused
from aipromote.notifications.letters import compose

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_BACKOFF_SECONDS = 10.0


async def send_letter(pointer: OwedLetter, *, database: Database, http: aiohttp.ClientSession) -> Outcome:
    """A refusal is final; anything else is tried `MAX_ATTEMPTS` times."""
    del http  # e-mail has a protocol of its own
    sender = senders.current()
    async with database.transaction() as session:
        row = await letters.claim(session, letter_id=pointer.letter_id)
        user = await session.get(User, row.user_id) if row is not None else None
    if row is None or user is None:
        return Done()
    try:
        # A stranger may have chosen the name, and a name holds a sentence: an address that nobody confirmed gets none.
        is_theirs = user.verified and row.recipient == user.email
        written = letters.words(row, name=names.one_line(user.name or "") if is_theirs else None)
        origin = settings.get().mail_from
        message = compose(written, notification_id=row.id, recipient=row.recipient, sender=origin, date=clock.now())
        await sender.send(message)
    except (Refused, Deferred, ValueError) as error:  # ValueError: an address that fits no header
        final = not isinstance(error, Deferred) or row.attempts >= letters.MAX_ATTEMPTS
        async with database.transaction() as session:
            await letters.record(session, letter_id=row.id, failure=str(error) or "It fits no header.", final=final)
        log.warning("letter not delivered", letter=str(row.id), template=row.template, final=final)
        return Done() if final else Snooze(_BACKOFF_SECONDS * 2 ** (row.attempts - 1))
    async with database.transaction() as session:
        await letters.record(session, letter_id=row.id)
    return Done()


async def clear_expired(means: Means) -> None:
    """Let go of sessions, flows and letters whose time is over."""
    async with means.database.transaction() as session:
        await clearing.clear(session)
