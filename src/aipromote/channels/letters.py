"""The letter that an account must be connected again. One for each time that a network turns it away.

It is held back for a minute, so that the rooms above can add what they know of its posts: people then read of all of it
once, and not of the account and of each post.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels.models import SocialAccount
from aipromote.notifications import actions as notifications
from aipromote.notifications.told import Told
from aipromote.organizations.queries import members_with
from aipromote.organizations.states import Role

TEMPLATE = "account-needs-reconnect"
_HELD_BACK = timedelta(minutes=1)
_LISTED = 20
_MORE = "and more, which stand on their own pages."


async def tell_reconnect(session: AsyncSession, account: SocialAccount) -> None:
    """To those who can connect it again. `last_sync_at` tells one disconnection from the next."""
    members = await members_with(session, organization_id=account.organization_id, role=Role.ADMIN)
    await notifications.tell(
        session,
        organization_id=account.organization_id,
        recipients=[notifications.Recipient(member.id, member.email) for member in members],
        key=f"{_begins(account.id)}{account.last_sync_at}",
        template=TEMPLATE,
        data=Told(
            platform=account.platform.label,
            handle=account.handle,
            reason=account.error_message or "",
            path="/channels",
        ),
        priority=1,
        held_back=_HELD_BACK,
    )


async def add_posts(
    session: AsyncSession,
    *,
    organization_id: UUID,
    account_id: UUID,
    failed: Sequence[str] = (),
    waiting: Sequence[str] = (),
) -> set[UUID]:
    """Add posts, a line each, to the account's letter while nobody has it. Returns the users who will read of them.

    `failed` were not published because of the account, `waiting` are going to be due. A line is added once.
    """

    def add(data: Told) -> Told:
        news = {"posts": _joined(data.posts, failed), "waiting": _joined(data.waiting, waiting)}
        return data.model_copy(update=news)

    return await notifications.amend(
        session, organization_id=organization_id, key_begins=_begins(account_id), change=add
    )


def _begins(account_id: UUID) -> str:
    return f"{TEMPLATE}:{account_id}:"


def _joined(there: str | None, news: Sequence[str]) -> str | None:
    lines = [line for line in (there or "").splitlines() if line != _MORE]
    added = [line for line in dict.fromkeys(news) if line not in lines]
    is_cut = len(lines) + len(added) > _LISTED or _MORE in (there or "")
    lines = [*lines, *added][:_LISTED]
    return "\n".join([*lines, _MORE] if is_cut else lines) or None
