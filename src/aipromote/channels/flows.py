"""OAuth flows while a person is away at the network: each is good once, for who began it, for a few minutes."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, settings
from aipromote.channels.models import OAuthFlow
from aipromote.errors import NotAllowed


async def take(session: AsyncSession, *, organization_id: UUID, user_id: UUID, state: str) -> OAuthFlow:
    """The flow of this state, which ends with this."""
    flow: OAuthFlow | None = await session.scalar(
        delete(OAuthFlow)
        .where(
            OAuthFlow.organization_id == organization_id,
            OAuthFlow.state_hash == state_hash(state),
            OAuthFlow.user_id == user_id,
            OAuthFlow.expires_at > clock.now(),
        )
        .returning(OAuthFlow)
    )
    if flow is None:
        raise NotAllowed("This connection was not begun here, took too long, or is finished. Please connect again.")
    return flow


async def sweep(session: AsyncSession, *, organization_id: UUID) -> None:
    """Forget the organization's flows that nobody finished in time."""
    over = OAuthFlow.expires_at <= clock.now()
    await session.execute(delete(OAuthFlow).where(OAuthFlow.organization_id == organization_id, over))


def state_hash(state: str) -> bytes:
    """What is stored of a state: whoever reads the table cannot finish a flow."""
    key = settings.get().secret_key.get_secret_value().encode()
    return hmac.digest(key, b"oauth-state:" + state.encode(), hashlib.sha256)
