"""What an operator is told, in words for somebody who was woken by it, and the ways by which it reaches them.

The e-mail goes straight to the sender and not through the queue, which may be what is dead.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

import aiohttp

from aipromote import clock
from aipromote.errors import AipromoteError
from aipromote.monitoring.words import duration, moment
from aipromote.notifications import senders
from aipromote.notifications.errors import Deferred, Refused
from aipromote.notifications.letters import Letter, compose
from aipromote.settings import Settings

Way = Literal["email", "webhook"]

_CATCHING_UP = (
    "Posts that came due meanwhile go out now; those that are too late for it are not sent, and you are told of each."
)
_WEBHOOK_TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=5.0)
_LONGEST_SUBJECT = 200


class NotDelivered(AipromoteError):
    """It did not reach them; the message says why, without secrets."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An incident, as it is told. With `closed_at` it is over."""

    incident_id: UUID
    kind: str
    subject: str
    words: str
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def phase(self) -> str:
        """What makes its beginning and its end two messages."""
        return "opening" if self.closed_at is None else "closing"

    @property
    def headline(self) -> str:
        """The one sentence."""
        said = self.words.partition("\n")[0]
        if self.closed_at is None:
            return said
        return f"Over after {duration((self.closed_at - self.opened_at).total_seconds())}: {said}"


def ways(config: Settings, administrators: list[str]) -> dict[Way, list[str]]:
    """By which ways somebody is told, and whom each reaches. Empty: nobody is."""
    named = [one.strip() for one in config.alert_email.split(",") if one.strip()]
    found: dict[Way, list[str]] = {}
    if people := named or administrators:
        found["email"] = people
    if config.alert_webhook is not None and config.alert_webhook.get_secret_value():
        found["webhook"] = [config.alert_webhook.get_secret_value()]
    return found


def letter(alert: Alert, config: Settings) -> Letter:
    """The e-mail."""
    home = address(config)
    if alert.closed_at is None:
        since = duration((clock.now() - alert.opened_at).total_seconds())
        lines = [
            *alert.words.splitlines(),
            f"It has been so since {moment(alert.opened_at)}, for {since}. You get one more message, when it is over.",
            f"More: `aipromote health` on the server, or {home}/operations",
        ]
    else:
        lines = [
            f"This is over: {alert.words.partition(chr(10))[0]}",
            f"It lasted from {moment(alert.opened_at)} to {moment(alert.closed_at)}.",
            _CATCHING_UP,
            f"More: `aipromote incidents` on the server, or {home}/operations",
        ]
    return Letter(f"AIPromote: {alert.headline}"[:_LONGEST_SUBJECT], "\n\n".join(lines) + "\n")


async def send_email(alert: Alert, people: list[str], config: Settings) -> None:
    """To all of them, in one message. Raises NotDelivered."""
    message = compose(
        letter(alert, config),
        notification_id=uuid5(alert.incident_id, alert.phase),
        recipient=", ".join(people),
        sender=config.mail_from,
        date=clock.now(),
    )
    try:
        await senders.current().send(message)
    except (Refused, Deferred, AipromoteError, OSError) as error:
        raise NotDelivered(f"E-mail: {error}") from error


async def send_webhook(alert: Alert, url: str, config: Settings, http: aiohttp.ClientSession) -> None:
    """As JSON, signed where there is a secret. Anything but 2xx is NotDelivered; a redirect is not followed."""
    body = json.dumps(document(alert, config)).encode()
    headers = {"Content-Type": "application/json", **signature(body, config.alert_webhook_secret.get_secret_value())}
    try:
        async with http.post(
            url, data=body, headers=headers, timeout=_WEBHOOK_TIMEOUT, allow_redirects=False
        ) as answer:
            if not answer.ok or answer.status >= 300:  # noqa: PLR2004 -- a redirect is no receipt
                raise NotDelivered(f"Webhook: it answered {answer.status}.")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # The address may hold a token, and some of these errors quote it.
        raise NotDelivered(f"Webhook: no answer ({type(error).__name__}).") from error


def document(alert: Alert, config: Settings) -> dict[str, str | None]:
    """What the webhook gets. `id` and `event` together are the same for the same message."""
    return {
        "id": str(alert.incident_id),
        "event": "incident.opened" if alert.closed_at is None else "incident.closed",
        "kind": alert.kind,
        "subject": alert.subject,
        "words": alert.words,
        "text": f"AIPromote: {alert.headline}",
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        "instance": address(config),
    }


def signature(body: bytes, secret: str) -> dict[str, str]:
    """The headers that prove where a body comes from and when it left; none without a secret."""
    if not secret:
        return {}
    stamp = str(int(clock.real_now().timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-AIPromote-Timestamp": stamp, "X-AIPromote-Signature": f"sha256={digest}"}


def address(config: Settings) -> str:
    """Where people reach this instance."""
    return (config.public_url or f"http://{config.host}:{config.port}").rstrip("/")
