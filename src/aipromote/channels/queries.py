"""Reads of accounts. What is secret in them opens only where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels.models import SocialAccount
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound


async def account(
    session: AsyncSession, *, organization_id: UUID, account_id: UUID, lock: bool = False
) -> SocialAccount:
    """One account of the organization, its row locked until the transaction ends where asked. NotFound otherwise."""
    statement = select(SocialAccount).where(
        SocialAccount.organization_id == organization_id, SocialAccount.id == account_id
    )
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = await session.scalar(statement)
    if found is None:
        raise NotFound("This account is not connected here.")
    return found


async def accounts(
    session: AsyncSession, *, organization_id: UUID, active_only: bool = True
) -> Sequence[SocialAccount]:
    """The organization's accounts, by platform and handle."""
    statement = select(SocialAccount).where(SocialAccount.organization_id == organization_id)
    if active_only:
        statement = statement.where(SocialAccount.is_active)
    return (await session.scalars(statement.order_by(SocialAccount.platform, SocialAccount.handle))).all()


async def accounts_by_key(
    session: AsyncSession, keys: Iterable[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], SocialAccount]:
    """Accounts of several organizations at once, by (organization, account)."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    key = tuple_(SocialAccount.organization_id, SocialAccount.id)
    found = await session.scalars(select(SocialAccount).where(key.in_(wanted)))
    return {(one.organization_id, one.id): one for one in found}


async def same_identity(
    session: AsyncSession, *, organization_id: UUID, platform: Platform, connector: str, account_id: str, handle: str
) -> SocialAccount | None:
    """The row that already stands for this account of the network, connected or not."""
    mine = (
        SocialAccount.organization_id == organization_id,
        SocialAccount.platform == platform,
        SocialAccount.connector == connector,
    )
    same = SocialAccount.account_id == account_id if account_id else SocialAccount.handle == handle
    return await session.scalar(select(SocialAccount).where(*mine, same))
