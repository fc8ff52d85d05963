"""No page tells a member of one organization anything of another, or changes it, whatever keys it is asked with.

The routes are found by looking, so a new page is tested from its first day.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import seeds
from fastapi.routing import iter_route_contexts
from site_client import Browser
from web_server import Site

from aipromote.accounts.actor import Actor
from aipromote.ai import actions as ai
from aipromote.ai.models import Order
from aipromote.ai.states import RequestKind
from aipromote.content.models import Signature, Template, Variant
from aipromote.content.review import actions as review
from aipromote.content.review import links
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations import invitations
from aipromote.organizations.states import Role
from factories.tenants import KEYS, fingerprint, whose

SECRET = "Quillwort"
"""In the name and in the pieces of the other organization."""

LEFT_OUT = {
    "/sign-out": "ends the session that the others need",
    "/api": "is asked with a key and not with a session",
}
NOT_KEYS = {"connector": "sandbox", "token": "unknown", "week": "2026-11-16", "path": "app.css", "kind": "all",
    "queue": "email", "draft_id": "00000000-0000-7000-8000-000000000000", "step": "basics", "part": "basics",
    "number": "1",
    "provider": "google", "passkey_id": "00000000-0000-7000-8000-000000000000",
    "session_id": "00000000-0000-7000-8000-000000000000"}  # fmt: skip
"""Parts of addresses that are no keys of an organization's rows: the last are of the person's own."""

_WORDS = {
    "local": "2031-05-05T09:00",
    "platform": Platform.SANDBOX.value,
    "week": "2026-11-16",
    "number": "1",
    "since": "2026-11-23",
    "type": "POST",
    "task": "shorter",
    "role": "VIEWER",
    "day": "2031-05-05",
    "network": Platform.SANDBOX.value,
    "kind": "other",
    "expires": "",
    "revision": "1",
    "decision": "accept",
    "act": "cancel",
    "seen": "2031-05-05T09:00:00+00:00",
    "account": "00000000-0000-7000-8000-000000000000",
}


@pytest.fixture
async def stranger(database: Database, owner: asyncpg.Connection) -> seeds.Seeded:
    """Another organization, with something on every page."""
    made = await seeds.startup(database, email="eve@other.example", name=SECRET)
    await seeds.feed_and_series(database, made)
    async with database.transaction(made.organization_id) as session:
        asks = Actor("Eve", made.startup.owner.user_id)
        wanted = Order(start=date(2026, 11, 16))
        await ai.ask(session, asks, organization_id=made.organization_id, kind=RequestKind.CONTENT, wanted=wanted)
        session.add(
            Variant(
                organization_id=made.organization_id,
                piece_id=made.piece.id,
                number=1,
                revision=1,
                body=f"{SECRET} variant",
                confidence=0.4,
                generated_by="tests",
            )
        )
        session.add(Template(organization_id=made.organization_id, name=SECRET, body=SECRET))
        session.add(Signature(organization_id=made.organization_id, platform=Platform.TWITTER, words=SECRET))
    async with database.transaction(made.organization_id) as session:
        mine = {"organization_id": made.organization_id}
        await review.comment(session, asks, **mine, piece_id=made.piece.id, revision=made.piece.revision, said=SECRET)
        await links.make(session, asks, **mine, reviewer=SECRET, piece_ids=[made.piece.id], days=7, may_approve=True)
        await invitations.invite(session, asks, **mine, email="guest@other.example", role=Role.EDITOR)
    await owner.execute(
        f"UPDATE content_pieces SET body = '{SECRET} ' || body WHERE organization_id = $1", made.organization_id
    )
    return made


@pytest.fixture
async def member(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in."""
    made = await seeds.startup(database)
    await seeds.feed_and_series(database, made)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _keys(owner: asyncpg.Connection, organization: UUID) -> dict[str, str]:
    """A key of each kind of row that this organization has."""
    found = {
        name: await owner.fetchval(f"SELECT id FROM {table} WHERE organization_id = $1 LIMIT 1", organization)
        for name, table in KEYS.items()
        if table != "users"
    }
    member = await owner.fetchval("SELECT user_id FROM memberships WHERE organization_id = $1", organization)
    own = {"organization_id": str(organization), "user_id": str(member)}
    return {name: str(key) for name, key in found.items() if key} | own


def _asked(site: Site, own: dict[str, str], foreign: dict[str, str]) -> Iterator[tuple[str, str, Any, bool]]:
    """Method, address and form of every request, and whether it is about something foreign (the last key says).

    Where an address has several keys, each of them is foreign once, and all of them are.
    """
    assert site.app is not None
    for route in iter_route_contexts(site.app.routes):
        path, dependant = route.path or "", getattr(route.original_route, "dependant", None)
        if dependant is None or any(path.startswith(left_out) for left_out in LEFT_OUT):
            continue
        names = [parameter.name for parameter in dependant.path_params]
        keys = [name for name in names if name not in NOT_KEYS]
        assert set(keys) <= set(foreign), f"{path}: name them in KEYS or NOT_KEYS, and give the stranger one"
        for whose_keys in itertools.product((own, foreign), repeat=len(keys)):
            if not keys or any(given is foreign for given in whose_keys):
                filled = {name: given.get(name, "") for name, given in zip(keys, whose_keys, strict=True)}
                for method in sorted(route.methods or ()):
                    form = {field.name: _field(field.name, foreign) for field in dependant.body_params}
                    yield method, path.format(**NOT_KEYS | filled), form, bool(keys) and whose_keys[-1] is foreign


def _field(name: str, foreign: dict[str, str]) -> str:
    """What a form might be made to say: a foreign key, where it takes a key."""
    by_name = {
        "organization": foreign["organization_id"],
        "piece": f"{foreign['piece_id']}:1",
        "base": foreign["strategy_id"],
    }
    return by_name.get(name) or foreign.get(name) or _WORDS.get(name, "1")


async def test_no_page_tells_or_changes_anything_of_another_organization(
    site: Site, browser: Browser, member: seeds.Seeded, stranger: seeds.Seeded, owner: asyncpg.Connection
) -> None:
    own, foreign = await _keys(owner, member.organization_id), await _keys(owner, stranger.organization_id)
    tables = await whose(owner)
    before = await fingerprint(owner, tables, but=[member.organization_id])
    tried = 0
    await browser.open("/this-week")
    for method, path, form, is_foreign in _asked(site, own, foreign):
        seen = await (browser.open(path, follow=False) if method == "GET" else browser.send(path, form, follow=False))
        place = (method, path, form)
        if is_foreign:
            # 422: refused for what the form says, before anything was looked up.
            assert seen.status in {403, 404, 422}, place
        assert seen.status < 500 or path == "/health/queues", place
        assert SECRET not in seen.text, place
        for key in set(foreign.values()) - set(path.split("/")):
            assert key not in seen.text or key in str(form), place
        assert await fingerprint(owner, tables, but=[member.organization_id]) == before, place
        tried += 1
    assert tried > 45


async def test_the_stranger_has_something_to_be_seen(
    second_browser: Browser, stranger: seeds.Seeded, owner: asyncpg.Connection
) -> None:
    """The test above would pass on empty pages too."""
    await second_browser.sign_in(stranger.email, seeds.PASSWORD)
    keys = await _keys(owner, stranger.organization_id)
    assert SECRET in (await second_browser.open(f"/pieces/{keys['piece_id']}")).text
    assert SECRET in (await second_browser.open("/content")).text
