"""Delivery of one message by e-mail.

The order is claim, send, record. A re-run finds the message sent and does nothing; two workers never hold the same
claim. When a worker dies after the mail server took the message and before that was recorded, the message goes out once
more when the claim has run out: losing "your post failed" is worse than reading it twice. Both copies bear the same
Message-ID, by which mail programs recognise them as one.
"""

from __future__ import annotations

from email.message import EmailMessage

import aiohttp
import structlog

from aipromote import clock, settings
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from aipromote.jobs.outcomes import Done, Outcome, Snooze
from aipromote.notifications import actions, letters, senders
from aipromote.notifications.errors import Deferred, Refused
from aipromote.notifications.jobs import Message
from aipromote.notifications.models import Notification

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_BACKOFF_SECONDS = 15.0


async def send_email(pointer: Message, *, database: Database, http: aiohttp.ClientSession) -> Outcome:
    """Claim, send, record. A refusal is final; anything else is tried `MAX_ATTEMPTS` times."""
    del http  # e-mail has a protocol of its own
    row = {"organization_id": pointer.organization_id, "notification_id": pointer.notification_id}
    sender = senders.current()
    async with database.transaction(pointer.organization_id) as session:
        notification = await actions.claim(session, **row)
    if notification is None:
        return Done()
    try:
        await sender.send(_message(notification))
    except (Refused, Deferred) as error:
        final = isinstance(error, Refused) or notification.attempts >= actions.MAX_ATTEMPTS
        async with database.transaction(pointer.organization_id) as session:
            await actions.record_failure(session, **row, reason=str(error), final=final)
        log.warning("message not delivered", notification=str(notification.id), final=final, reason=str(error))
        return Done() if final else Snooze(_BACKOFF_SECONDS * 2 ** (notification.attempts - 1))
    async with database.transaction(pointer.organization_id) as session:
        await actions.record_sent(session, **row)
    return Done()


def _message(notification: Notification) -> EmailMessage:
    try:
        return letters.compose(
            letters.render(notification.template, notification.data),
            notification_id=notification.id,
            recipient=notification.recipient,
            sender=settings.get().mail_from,
            date=clock.now(),
        )
    except (InvalidInput, ValueError) as error:  # a template of another release, an address that fits no header
        raise Refused(f"The message cannot be put into words: {error}") from error
