"""Pictures of each page for people to look at: on a phone and on a desk, light and dark, empty, normal, refused.

`pytest tests/web/journeys/test_screenshots.py --screenshots DIR`. Names sort by page:
`017-calendar-view=week-normal-1440-dark.png`.
"""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import chromium
import gallery
import pytest
import seeds
from playwright.async_api import Page
from steps import Open
from web_server import Site

from aipromote.accounts.queries import actor_of, by_email
from aipromote.db.database import Database
from aipromote.organizations import actions
from factories import organizations

_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|/aip_\S+|(?<=review/).{30,}|(?<=join/).{30,}")
_EMPTY = "empty@kornblume.example"
_EMPTY_PAGES = (
    "/this-week", "/calendar?view=month", "/calendar?view=week", "/calendar?view=list", "/calendar/approve", "/content",
    "/content/series", "/content/feeds", "/content/templates", "/strategy", "/results", "/results/posts", "/summaries",
    "/channels", "/approval", "/facts", "/files", "/team", "/keys", "/audit", "/review-links",
    "/review-links/new", "/start",
)  # fmt: skip


@pytest.fixture
def folder(pytestconfig: pytest.Config) -> Path:
    given = pytestconfig.getoption("--screenshots")
    if given is None:
        pytest.skip("No pictures are asked for: name a folder by --screenshots DIR.")
    made = Path(given)
    made.mkdir(parents=True, exist_ok=True)
    return made


async def test_each_page_is_pictured(
    open_tab: Open, site: Site, database: Database, owner: asyncpg.Connection, folder: Path
) -> None:
    pictures = await gallery.hung(site, database, owner)
    stranger, founder, newcomer, administrator = [await open_tab() for _ in range(4)]
    await seeds.person(database, email=_EMPTY)
    await newcomers_organization(database)
    await chromium.sign_in(founder, *pictures.founder)
    await chromium.sign_in(administrator, *pictures.administrator)
    await chromium.sign_in(newcomer, _EMPTY, seeds.PASSWORD)
    shown = [(stranger, path, "normal") for path in pictures.outside]
    shown += [(founder, path, "normal") for path in pictures.inside]
    shown += [(administrator, path, "normal") for path in pictures.operating]
    shown += [(newcomer, path, "empty") for path in _EMPTY_PAGES]
    for number, (page, path, state) in enumerate(shown, start=1):
        if await gallery.is_page(page, path):
            await pictured(page, path, folder / f"{number:03d}-{name_of(path)}-{state}")
    await refused(stranger, folder)


async def newcomers_organization(database: Database) -> None:
    """An organization of the newcomer's, with nothing in it."""
    async with database.transaction() as session:
        user = await by_email(session, email=_EMPTY)
        assert user is not None
        await actions.create(session, actor_of(user), brief=organizations.brief(name="Emptiness"))


async def refused(page: Page, folder: Path) -> None:
    """A form that was sent back."""
    for path, fields in (("/sign-in", {"email": "ada@example.org", "password": "not the password"}),):
        await page.goto(path)
        for name, value in fields.items():
            await page.locator(f"[name={name}]").fill(value)
        await page.locator("form:has(input[name=password]) button").first.click()
        await page.locator(".problem").first.wait_for()
        await kept(page, folder / f"900-{name_of(path)}-refused")


async def pictured(page: Page, path: str, begins: Path) -> None:
    await page.goto(path, wait_until="load")
    await kept(page, begins)


async def kept(page: Page, begins: Path) -> None:
    """The page as it is, four times."""
    for size in (chromium.PHONE, chromium.DESK):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            await gallery.fixed_theme(page, scheme)
            name = f"{begins.name}-{size['width']:04d}-{scheme}.png"
            await page.screenshot(path=begins.with_name(name), full_page=True, animations="disabled")


def name_of(path: str) -> str:
    """What a file may be called, without keys."""
    return re.sub(r"[^\w=.-]+", "-", _KEY.sub("", path)).strip("-")[:60]
