"""A post that the network refuses: the page says why and what to do, it is repaired, and goes out once."""

from __future__ import annotations

import subprocess
from hashlib import sha256

import chromium
import pytest
import seeds
import steps
from playwright.async_api import Page, expect
from steps import Open

from aipromote.db.database import Database
from sandbox.network import Network


@pytest.fixture
async def founder(open_tab: Open, database: Database, network: Network, worker: subprocess.Popen[bytes]) -> Page:
    """Signed in, with a sandbox account that stands in for LinkedIn."""
    made = await seeds.startup(database)
    page = await open_tab()
    await chromium.sign_in(page, made.email, seeds.PASSWORD)
    await steps.connect_sandbox(page, network="LinkedIn", handle="kornblume-li")
    return page


async def test_a_refused_post_says_why_in_plain_words_is_repaired_and_goes_out_once(
    founder: Page, network: Network
) -> None:
    page = founder
    await network.fault("refuse")
    await steps.write(page, "Rye keeps longer than wheat.", network="LinkedIn")
    address = page.url
    await page.get_by_role("button", name="Approve revision 1").click()
    await page.get_by_role("button", name="Publish now").click()
    await until_it_says(page, "The sandbox was asked to refuse this post.")
    posts = page.locator("#posts")
    await expect(posts).to_contain_text("Failed")
    await expect(posts).to_contain_text("Change the text and schedule it again.")
    await page.goto("/this-week")
    line = page.locator("main li", has_text="Rye keeps longer")
    await expect(line).to_contain_text("Failed")
    await expect(line).to_contain_text("LinkedIn refused this")
    await line.get_by_role("link", name="Open").click()
    assert page.url == address
    await page.locator("textarea[name=body]").fill("Rye keeps a little longer than wheat.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    await page.get_by_role("button", name="Approve revision 2").click()
    await page.get_by_role("button", name="Publish now").click()
    await until_it_says(page, "Open on the network")
    received = [one for one in (await network.audit())["posts"] if one["handle"] == "kornblume-li"]
    assert [one["status"] for one in received] == ["published"]
    assert received[0]["text_sha256"] == sha256(b"Rye keeps a little longer than wheat.").hexdigest()


async def until_it_says(page: Page, words: str) -> None:
    """Look again until the page says so: the worker is a process of its own."""
    for _ in range(300):
        if words in await page.locator("main").inner_text():
            return
        await page.wait_for_timeout(250)
        await page.reload()
    raise AssertionError(await page.locator("main").inner_text())
