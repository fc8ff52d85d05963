"""Letters about accounts, delivered as a worker delivers them, into the outbox of the test's data folder."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from aipromote import settings
from aipromote.accounts.handlers import send_letter
from aipromote.accounts.jobs import OwedLetter
from aipromote.accounts.letters import pending_letters
from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done


async def delivered(database: Database) -> list[EmailMessage]:
    """Deliver what is owed; those letters, the oldest first. Letters to addresses that nobody has bring none."""
    folder = _outbox()
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.eml"):
        file.unlink()
    async with database.transaction() as session:
        owed: list[OwedLetter] = [due.pointer for due in await pending_letters(session, limit=100)]
    letters = []
    for pointer in owed:
        assert await send_letter(pointer, database=database, http=None) == Done()
        file = folder / f"{pointer.letter_id}.eml"
        if file.exists():
            letters.append(email.message_from_bytes(file.read_bytes(), policy=email.policy.default))
    return letters


def path_in(letter: EmailMessage, begins: str) -> str:
    """The path of the link in it that begins so."""
    found = re.search(rf"https?://[^/\s]+({re.escape(begins)}\S+)", text_of(letter))
    assert found is not None, text_of(letter)
    return found.group(1)


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return body.get_content()


def _outbox() -> Path:
    return Path(settings.get().require("home")) / "outbox"
