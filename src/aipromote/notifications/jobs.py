"""The job of this room: deliver one message by e-mail."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import EMAIL, Kind, Pointer


class Message(Pointer):
    """One notification. Its id alone is the job's: two copies of a message never wait side by side."""

    organization_id: UUID
    notification_id: UUID

    @property
    def job_id(self) -> str:
        """The notification's id."""
        return str(self.notification_id)


SEND_EMAIL = Kind("send-email", queue=EMAIL, pointer=Message, timeout_seconds=60.0)
