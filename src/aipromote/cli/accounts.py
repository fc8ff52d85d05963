"""What whoever runs the instance may do for a person."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aipromote.accounts import queries
from aipromote.accounts.actor import SYSTEM
from aipromote.accounts.factors.queries import Standing
from aipromote.accounts.factors.resetting import reset
from aipromote.audit.actions import record
from aipromote.audit.detail import Detail
from aipromote.cli.instance import servers
from aipromote.db.database import Database, set_tenants
from aipromote.organizations.queries import memberships_of


def reset_factors(email: str, *, data: Path | None) -> None:
    """Take all second factors off, and say what there was."""
    with servers(data):
        before = asyncio.run(_reset(email))
    if not before.has_factor:
        sys.stdout.write(f"{email} had no second factor. Nothing was changed.\n")
        return
    gone = [*(["the app"] if before.app_since else []), *(f"passkey “{key.name}”" for key in before.passkeys)]
    sys.stdout.write(
        f"Taken off {email}: {', '.join(gone)}. The password alone opens the account now: ask its owner to set "
        "a second factor up again, under “Signing in”.\n"
    )


async def _reset(email: str) -> Standing:
    """In one transaction, and told to the log of every organization that the person belongs to."""
    database = Database.from_settings("aipromote command")
    try:
        async with database.transaction() as session:
            user = await queries.by_email(session, email=email)
            before = await reset(session, user_id=user.id)
            places = await memberships_of(session, user_id=user.id) if before.has_factor else []
            await set_tenants(session, [place.organization_id for place in places])
            detail = Detail(before={"app": before.app_since is not None, "passkeys": len(before.passkeys)})
            for place in places:
                await record(
                    session,
                    SYSTEM,
                    organization_id=place.organization_id,
                    action="user.factors_reset",
                    subject="users",
                    subject_id=user.id,
                    detail=detail,
                )
            return before
    finally:
        await database.close()
