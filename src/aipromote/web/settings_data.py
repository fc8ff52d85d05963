"""Data: taking an organization along, bringing one in, and the backups of the instance."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.accounts.states import UserRole
from aipromote.backup.kept import kept_in
from aipromote.http.visits import Viewing
from aipromote.languages import Lazy, lazy
from aipromote.web.render import page

router = APIRouter()

IN_IT: Final = (
    lazy("Texts with all their versions, comments and approvals, and plans with theirs"),
    lazy("Posts with what became of each, and every number that networks reported"),
    lazy("Profile, brand rules, facts, series, feeds, templates, and all files"),
    lazy("Posts, texts and numbers once more as tables for spreadsheets"),
)
NOT_IN_IT: Final[tuple[Lazy, ...]] = (
    lazy("Passwords, API keys, review links, and what connects accounts of networks"),
    lazy("The team, invitations, messages to people, and the audit trail"),
)


@router.get("/settings/data")
async def data_page(request: Request, stay: Viewing) -> Response:
    """What can be taken along, and for administrators of the instance what is kept."""
    is_operator = stay.user.role is UserRole.ADMIN
    config = settings.get()
    return page(
        request,
        "settings_data.html",
        stay=stay,
        in_it=IN_IT,
        not_in_it=NOT_IN_IT,
        is_operator=is_operator,
        kept=await asyncio.to_thread(kept_in, config.home) if is_operator and config.home else [],
        has_passphrase=bool(config.backup_passphrase.get_secret_value()),
    )
