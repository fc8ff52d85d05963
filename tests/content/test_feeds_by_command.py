"""An operator imports a blog and follows it on the command line, against a real database and a real server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aipromote.db.database import Database
from factories import organizations, strategy
from factories.blogs import FEEDS, blogging, page_of


async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", script, *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, env=os.environ.copy()
    )


async def test_a_blog_is_imported_and_followed_by_command(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIPROMOTE_READING_LOOPBACK_UNSAFE", "true")
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    which = ("--organization", str(startup.id))
    async with blogging({"/feed.xml": page_of("rss.xml"), "/": page_of("home.html")}) as blog:
        told = await run("content", "import-feed", blog.address, *which, "--platform", "x", "--follow", "--json")
        assert told.returncode == 0, told.stderr
        drafts = json.loads(told.stdout)["drafts"]
        assert [draft["status"] for draft in drafts] == ["PENDING_REVIEW"] * 2
        (feed,) = json.loads((await run("feeds", "list", *which, "--json")).stdout)
        assert feed["address"] == f"{blog.address}/feed.xml"
        assert "Nothing new" in (await run("feeds", "look", feed["id"], *which)).stdout
        blog.pages.clear()
        failed = await run("feeds", "look", feed["id"], *which)
        assert (failed.returncode, "404" in failed.stderr) == (1, True)
    assert (await run("feeds", "pause", feed["id"], *which)).returncode == 0
    assert "paused" in (await run("feeds", "look", feed["id"], *which)).stderr
    assert (await run("feeds", "remove", feed["id"], *which)).returncode == 0
    saved = await run("content", "import-feed", str(FEEDS / "atom.xml"), *which, "--platform", "linkedin")
    assert "2 drafts from 2 articles." in saved.stdout
    refused = await run("content", "import-feed", "http://10.0.0.1/feed", *which)
    assert (refused.returncode, "private or reserved" in refused.stderr) == (1, True)
