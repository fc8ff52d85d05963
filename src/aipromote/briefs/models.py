"""Drafts of briefs. They belong to a person: a policy shows each person only their own."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.briefs.shapes import Findings, Saved, Sources
from aipromote.db.base import Base, Global, Instant
from aipromote.db.types import Document


class BriefDraft(Global, Base):
    """One brief that is being written. Its steps are saved one by one; it goes when it is finished, or expires."""

    __tablename__ = "brief_drafts"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(server_default="1")
    steps: Mapped[Saved] = mapped_column(Document(Saved), server_default="{}")
    findings: Mapped[Findings] = mapped_column(Document(Findings), server_default="[]")
    sources: Mapped[Sources] = mapped_column(
        Document(Sources), server_default="[]", deferred=True, deferred_raiseload=True
    )
    expires_at: Mapped[Instant] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("version >= 1", name="version_counts"),)
