"""Every page of the application, for tests that look at all of them: the sample startup, and addresses of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from fastapi.routing import iter_route_contexts
from playwright.async_api import Page
from web_server import Site

from aipromote.accounts.queries import actor_of, by_email
from aipromote.briefs import actions as briefs
from aipromote.briefs.steps import STEPS
from aipromote.content.review import links
from aipromote.db.database import Database
from aipromote.organizations import invitations
from aipromote.organizations.states import Role
from aipromote.simulation.sample import people
from aipromote.simulation.seed import ORGANIZATION, plant

_NO_PAGE = (
    "/api/",
    "/health",
    "/ready",
    "/metrics",
    "/sign-in",
    "/sign-up",
    "/forgotten",
    "/setup",
    "/channels/callback",
)
NOBODY = (
    "/sign-in",
    "/sign-up",
    "/sign-up/sent",
    "/forgotten",
    "/forgotten/sent",
    "/reset/gone",
    "/join/gone",
    "/review/gone",
)
"""Pages for who is not signed in, also behind links that open nothing any more."""
_FACES = (
    "/calendar?view=month",
    "/calendar?view=week",
    "/calendar?view=list",
    "/content?q=rye",
    "/go?q=rye",
    "/nowhere",
)
"""Other faces of pages, and a page that there is not."""

_KEYS = {
    "piece_id": "SELECT id FROM content_pieces WHERE status = 'PENDING_REVIEW' ORDER BY id",
    "asset_id": "SELECT id FROM assets ORDER BY id",
    "strategy_id": "SELECT id FROM ai_strategies ORDER BY version DESC",
    "version": "SELECT version FROM ai_strategies ORDER BY version DESC",
    "week": "SELECT week_start FROM weekly_summaries ORDER BY week_start DESC",
    "request_id": "SELECT id FROM generation_requests ORDER BY id",
    "post_id": "SELECT id FROM scheduled_posts WHERE status = 'FAILED' ORDER BY id",
    "series_id": "SELECT id FROM series ORDER BY id",
    "choice_id": "SELECT id FROM connect_choices ORDER BY id",
}
_PIECES = (
    "SELECT DISTINCT ON (piece.status, post.status) piece.id FROM content_pieces piece"
    " LEFT JOIN scheduled_posts post ON post.content_piece_id = piece.id ORDER BY piece.status, post.status, piece.id"
)


@dataclass(frozen=True)
class Gallery:
    """Who opens the pages, and where they are."""

    founder: tuple[str, str]
    """E-mail and password."""
    administrator: tuple[str, str]
    inside: tuple[str, ...]
    """Pages of the founder."""
    operating: tuple[str, ...]
    """Pages of the administrator of the instance."""
    outside: tuple[str, ...]
    """Pages for who is not signed in."""


async def hung(site: Site, database: Database, owner: asyncpg.Connection) -> Gallery:
    """Plant the sample, and what is not in it: a draft of the interview, a link to review, an invitation."""
    planted = await plant(database)
    async with database.transaction(ORGANIZATION) as session:
        user = await by_email(session, email=people.OWNER)
        assert user is not None
        actor = actor_of(user)
        draft_id = (await briefs.open_draft(session, user_id=user.id)).id
        mine = {"organization_id": ORGANIZATION}
        waiting = await owner.fetch(f"{_KEYS['piece_id']} LIMIT 2")
        _, review = await links.make(
            session,
            actor,
            **mine,
            reviewer="Lea Ofen",
            piece_ids=[row["id"] for row in waiting],
            days=7,
            may_approve=True,
        )
        _, joining = await invitations.invite(session, actor, **mine, email="eve@example.org", role=Role.EDITOR)
    keys = {name: await owner.fetchval(query) or UUID(int=0) for name, query in _KEYS.items()}
    pieces = [f"/pieces/{row['id']}" for row in await owner.fetch(_PIECES)]
    found = _found(site, keys | {"draft_id": draft_id, "queue": "email", "part": "basics"})
    return Gallery(
        (people.OWNER, planted.passwords[people.OWNER]),
        (people.ADMIN, planted.passwords[people.ADMIN]),
        (*(one for one in found if not one.startswith("/operations")), *_FACES, *pieces),
        tuple(one for one in found if one.startswith("/operations")),
        (*NOBODY, f"/review/{review}", f"/join/{joining}"),
    )


def _found(site: Site, keys: dict[str, object]) -> list[str]:
    """The addresses of the application's own routes, with these keys."""
    assert site.app is not None
    routes = iter_route_contexts(site.app.routes)
    paths = sorted({one.path for one in routes if "GET" in (one.methods or ())})
    shown = [path for path in paths if not path.startswith(_NO_PAGE) and "{token}" not in path]
    return [
        path.format(**keys, step=step)
        for path in shown
        for step in ([one.key for one in STEPS] if "{step}" in path else [""])
    ]


async def is_page(page: Page, path: str) -> bool:
    """Whether that is something that people look at: a whole page of HTML, and no other page that it leads to."""
    answer = await page.request.get(path, max_redirects=0)
    kind, is_file = answer.headers.get("content-type", ""), "content-disposition" in answer.headers
    return kind.startswith("text/html") and not is_file and "<html" in await answer.text()


async def fixed_theme(page: Page, scheme: str) -> None:
    """Light or dark, as the computer asks for it."""
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
