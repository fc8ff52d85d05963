"""From a notification to words: packaged templates, whose first line is the subject and whose rest is the body.

A template shows what its data has and stays readable when something is missing: a message with a gap helps a person
more than none. What each one knows:

    post-failed              platform, handle, reason, scheduled_at, excerpt, path
    post-missed              platform, handle, scheduled_at, excerpt, path
    post-needs-you           platform, handle, reason, excerpt, path
    post-at-risk             platform, handle, reason, scheduled_at, count, posts, path
    summary-ready            week_start, week_end, headline, path
    account-needs-reconnect  platform, handle, reason, posts, waiting, path
    feed-paused              headline, reason, path
    network-unpaid           platform, handle, reason, path
    invitation               organization, inviter, role, until, ticket
    piece-commented          headline (who), platform, reason (what was said), excerpt, path
    piece-reviewed           the same, of what was decided through a review link
    review-invitation        headline (who asks), reason (the startup), count, excerpt (what one can do), waiting (until
                             when), path; never kept as a notification, because its path is a key

`path` is where the person goes next, within the product (`/posts/…`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from uuid import UUID

from jinja2 import Environment, PackageLoader

from aipromote import settings
from aipromote.errors import InvalidInput
from aipromote.notifications import tickets
from aipromote.notifications.told import Told

TEMPLATES = (
    "post-failed",
    "post-missed",
    "post-needs-you",
    "post-at-risk",
    "summary-ready",
    "account-needs-reconnect",
    "network-unpaid",
    "feed-paused",
    "invitation",
    "piece-commented",
    "piece-reviewed",
    "review-invitation",
)


_NAMES = ("organization", "inviter", "headline", "handle")
"""What people are and call things: on one line, wherever it stands. A line break in one would begin a letter anew."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject of one line, and a body of plain text."""

    subject: str
    body: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("aipromote.notifications", "templates")
    # Plain text: escaping for HTML would garble it.
    return Environment(loader=loader, autoescape=False, trim_blocks=True, lstrip_blocks=True)  # noqa: S701


def check_template(name: str) -> None:
    """Raises InvalidInput for a template that there is not."""
    if name not in TEMPLATES:
        raise InvalidInput(
            f"There is no message template {name!r}; there are {', '.join(TEMPLATES)}.", field="template"
        )


def render(template: str, data: Told) -> Letter:
    """The letter in words. Links lead to the instance's public address; raises InvalidInput for an unknown template."""
    check_template(template)
    signed = tickets.signed(data.ticket) if data.ticket else None
    said = data.model_dump()
    names = {key: " ".join(str(said[key]).split()) for key in _NAMES if key in said}
    values = {**said, **names, "home": _public_url(), "ticket": signed}
    text = _environment().get_template(f"{template}.txt").render(values)
    subject, _, body = text.partition("\n")
    # A line break in a subject would end the header; data may hold one.
    return Letter(subject=" ".join(subject.split()), body=body.strip() + "\n")


def compose(letter: Letter, *, notification_id: UUID, recipient: str, sender: str, date: datetime) -> EmailMessage:
    """The message for the wire. Its Message-ID follows from the row: copies of one message have the same."""
    message = EmailMessage()
    message["Message-ID"] = f"<{notification_id}@aipromote.invalid>"
    message["Date"] = format_datetime(date)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def _public_url() -> str:
    config = settings.get()
    return (config.public_url or f"http://{config.host}:{config.port}").rstrip("/")
