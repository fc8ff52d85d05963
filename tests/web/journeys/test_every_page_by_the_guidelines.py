"""Every page by the Web Content Accessibility Guidelines 2.2 AA, on a phone and on a desk, light and dark."""

from __future__ import annotations

from typing import Any

import asyncpg
import chromium
import gallery
import pytest
from playwright.async_api import Page
from steps import Open
from web_server import Site

from aipromote.db.database import Database
from aipromote.web import bundling

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""All that light and dark can change."""


@pytest.fixture
async def pictures(site: Site, database: Database, owner: asyncpg.Connection) -> gallery.Gallery:
    return await gallery.hung(site, database, owner)


async def test_no_page_violates_the_guidelines_or_is_wider_than_its_window(
    open_tab: Open, pictures: gallery.Gallery
) -> None:
    bundling.install_for_tests()
    axe = (bundling.SOURCES / "node_modules/axe-core/axe.min.js").read_text()
    stranger, founder, administrator = await open_tab(), await open_tab(), await open_tab()
    await chromium.sign_in(founder, *pictures.founder)
    await chromium.sign_in(administrator, *pictures.administrator)
    found: list[str] = []
    looked_at = 0
    shown = ((stranger, pictures.outside), (founder, pictures.inside), (administrator, pictures.operating))
    for page, paths in shown:
        for path in paths:
            if await gallery.is_page(page, path):
                looked_at += 1
                found += [f"{path} {one}" for one in await violations(page, path, axe)]
    assert found == []
    assert looked_at > 50


async def violations(page: Page, path: str, axe: str) -> list[str]:
    """What is wrong with this page, each as one line."""
    await page.set_viewport_size(chromium.DESK)  # type: ignore[arg-type]
    await gallery.fixed_theme(page, "light")
    await page.goto(path, wait_until="load")
    await page.evaluate(axe)
    found = []
    for size, name in ((chromium.DESK, "desk"), (chromium.PHONE, "phone")):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            await gallery.fixed_theme(page, scheme)
            rules = _RULES if scheme == "light" else _COLOURS
            seen: dict[str, Any] = await page.evaluate("rules => axe.run(rules)", rules)
            found += [f"{name} {scheme} {line(one)}" for one in seen["violations"]]
        if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{name} is wider than the window")
    return found


def line(violation: dict[str, Any]) -> str:
    node = violation["nodes"][0]
    where = f"{violation['id']} in {len(violation['nodes'])} places: {node['target']}"
    return f"{where} {node['html'][:200]} {node['failureSummary'][:300]!r}"
