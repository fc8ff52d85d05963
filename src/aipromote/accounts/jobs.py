"""The job of this room: deliver one letter to a person about their own account."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import EMAIL, Kind, Pointer


class OwedLetter(Pointer):
    """One letter. Its id alone is the job's: two copies of it never wait side by side."""

    letter_id: UUID

    @property
    def job_id(self) -> str:
        """The letter's id."""
        return str(self.letter_id)


SEND_ACCOUNT_LETTER = Kind(
    "send-account-letter", queue=EMAIL, pointer=OwedLetter, timeout_seconds=60.0, look_seconds=1.0
)
