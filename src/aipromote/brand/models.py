"""Brand rules (one set per organization) and the library of facts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.brand.states import ApprovalMode
from aipromote.db.base import Base, Tenant
from aipromote.db.types import Document, Limited, enum_of, words
from aipromote.documents.content import AutoApprovalRules
from aipromote.documents.facts import FactKind


class BrandRule(Tenant, Base):
    """What a text should and must not say, and whether a person has to approve it."""

    __tablename__ = "brand_rules"

    tone: Mapped[str | None] = mapped_column(Limited(1000))
    voice: Mapped[str | None] = mapped_column(Limited(2000))
    allowed_phrases: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    forbidden_phrases: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    allowed_hashtags: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    forbidden_hashtags: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    compliance_notes: Mapped[str | None] = mapped_column(Limited(10_000))
    legal_disclaimer: Mapped[str | None] = mapped_column(Limited(2000))
    claims_to_avoid: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    approval_mode: Mapped[ApprovalMode] = mapped_column(
        enum_of(ApprovalMode, "approval_mode"), server_default=ApprovalMode.MANUAL.value
    )
    auto_approval_rules: Mapped[AutoApprovalRules | None] = mapped_column(Document(AutoApprovalRules))

    __extra_args__ = (
        UniqueConstraint("organization_id"),
        Index("ix_brand_rules_unattended", "organization_id", postgresql_where=text("approval_mode <> 'MANUAL'")),
    )


class Fact(Tenant, Base):
    """Something the startup can prove. A claim in a text must be linked to one that has not expired."""

    __tablename__ = "facts"

    statement: Mapped[str] = mapped_column(Limited(2000))
    kind: Mapped[FactKind] = mapped_column(enum_of(FactKind, "fact_kind"))
    source: Mapped[str | None] = mapped_column(Limited(2000))
    expires_on: Mapped[date | None]
    recorded_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )

    __extra_args__ = (
        UniqueConstraint("organization_id", "statement"),
        CheckConstraint("char_length(btrim(statement)) > 0", name="statement_given"),
    )
