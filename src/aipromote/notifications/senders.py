"""Ways out of the house for e-mail: an SMTP server, or, where none is named, files that a person can open.

A sender returns when the message was taken over, and raises `Refused` or `Deferred` otherwise.
"""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from aipromote import settings
from aipromote.errors import SetupError
from aipromote.notifications.errors import Deferred, Refused

SEND_SECONDS = 30.0
"""How long one delivery may take, connection included; well within a claim."""
_PERMANENT = 500


class Sender(Protocol):
    """Hands one message over."""

    async def send(self, message: EmailMessage) -> None:
        """Return once the message was taken over; raises Refused (for good) or Deferred (worth another try)."""
        ...


def current() -> Sender:
    """As the settings say. Raises SetupError when the URL is malformed, or neither it nor a data folder is set."""
    config = settings.get()
    if config.smtp_url is not None and config.smtp_url.get_secret_value():
        return SmtpSender(config.smtp_url.get_secret_value())
    return OutboxSender(Path(config.require("home")) / "outbox")


class SmtpSender:
    """Speaks to one SMTP server: `smtp://user:pass@host:port` (STARTTLS where offered) or `smtps://…`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise SetupError("AIPROMOTE_SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465.")
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, message: EmailMessage) -> None:
        """Deliver over a connection of its own."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await aiosmtplib.send(
                    message,
                    hostname=self._host,
                    port=self._port,
                    use_tls=self._tls,
                    username=self._user,
                    password=self._password,
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _sorted(error) from error


class OutboxSender:
    """Writes `<Message-ID>.eml` into a folder. Sending the same message again replaces the file by its equal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write the file whole or not at all."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise Deferred(f"The outbox cannot be written: {error}") from error

    def _write(self, message: EmailMessage) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        unfinished = self._folder / f".{name}.part"
        with unfinished.open("wb") as file:
            file.write(message.as_bytes(policy=SMTP))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / f"{name}.eml")


def _sorted(error: Exception) -> Refused | Deferred:
    """A 5xx reply to this message is final; a wrong password or a server that is away is worth another try."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
    elif isinstance(error, aiosmtplib.SMTPAuthenticationError):
        codes = []
    elif isinstance(error, aiosmtplib.SMTPResponseException):
        codes = [error.code]
    else:
        codes = []
    kind = Refused if codes and all(code >= _PERMANENT for code in codes) else Deferred
    return kind(f"The mail server did not take the message: {error or type(error).__name__}")
