"""An operator connects, checks and disconnects accounts by command: real processes, networks on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import asyncpg

from aipromote.connectors import wire
from aipromote.db.database import Database
from connectors import wordpress_server
from connectors.bluesky_pds import PASSWORD, Pds
from connectors.mastodon_server import MastodonServer
from connectors.wordpress_server import Site
from factories import channels, organizations
from factories.organizations import Startup
from sandbox.network import Network

_SCRIPT = "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()"
_BACK = "http://127.0.0.1:9"


def _run(*arguments: str, given: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _SCRIPT, *arguments]
    environment = {**os.environ, **extra}
    return subprocess.run(command, capture_output=True, text=True, check=False, input=given, env=environment)


async def run(*arguments: str, given: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(_run, *arguments, given=given, **extra)


async def _email(owner: asyncpg.Connection, startup: Startup) -> str:
    return str(await owner.fetchval("SELECT email FROM users WHERE id = $1", startup.owner.user_id))


async def test_what_networks_can_do_is_listed_for_people_and_for_programs() -> None:
    shown = await run("connectors", "list")
    assert shown.returncode == 0, shown.stderr
    assert "Bluesky" in shown.stdout
    told = {one["name"]: one for one in json.loads((await run("connectors", "list", "--json")).stdout)}
    assert told["bluesky"]["asks"] == ["identifier", "password"]
    assert told["sandbox"]["connected_by"] == ["oauth"]


async def test_an_account_is_connected_with_a_key_from_standard_input(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup = await organizations.organization(database)
    who = ("--person", await _email(owner, startup), "--organization", str(startup.id))
    async with Pds() as pds:
        here = ("channels", "connect", "bluesky", *who, "--server", pds.url, "--set", "identifier=ada.test")
        allowed = {"AIPROMOTE_NETWORKS_PRIVATE": "true"}
        refused = await run(*here, given=f"{PASSWORD}\n")
        assert refused.returncode == 1
        assert "https" in refused.stderr
        refused = await run(*here, "--set", f"password={PASSWORD}", **allowed)
        assert refused.returncode == 1
        assert "everybody on this machine can read a command line" in refused.stderr
        refused = await run(*here, given="fake-wrong-password\n", **allowed)
        assert refused.returncode == 1
        assert "fake-wrong-password" not in refused.stderr + refused.stdout
        connected = await run(*here, given=f"{PASSWORD}\n", **allowed)
        assert connected.returncode == 0, connected.stderr
        assert "Connected: Bluesky ada.test" in connected.stdout
        key = connected.stdout.split()[-1]
        where = ("--organization", str(startup.id))
        checked = await run("channels", "check", key, *where, "--json", **allowed)
        assert (checked.returncode, json.loads(checked.stdout)["answer"]) == (0, "lets it in"), checked.stderr
        [listed] = json.loads((await run("channels", "list", *where, "--json")).stdout)
        assert (listed["id"], listed["state"], listed["renews_itself"]) == (key, "connected", True)
        gone = await run("channels", "disconnect", key, *where, **allowed)
        assert gone.returncode == 0, gone.stderr
        assert "Bluesky was told that its access has ended." in gone.stdout
        [listed] = json.loads((await run("channels", "list", *where, "--json")).stdout)
        assert listed["state"] == "disconnected"
        assert (await run("channels", "check", key, *where, **allowed)).returncode == 1


async def test_a_token_goes_to_no_server_but_the_networks_own(database: Database, owner: asyncpg.Connection) -> None:
    startup = await organizations.organization(database)
    who = ("--person", await _email(owner, startup), "--organization", str(startup.id))
    asked = ("channels", "connect", "telegram", *who, "--server", "https://elsewhere.example", "--set", "chat=@acme")
    refused = await run(*asked, given="12345:fake-token\n")
    assert refused.returncode == 1
    assert "--server does not apply" in refused.stderr
    assert "fake-token" not in refused.stderr + refused.stdout


async def test_a_site_of_ones_own_is_connected_checked_and_let_go(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup = await organizations.organization(database)
    who, where = ("--person", await _email(owner, startup)), ("--organization", str(startup.id))
    allowed = {"AIPROMOTE_NETWORKS_PRIVATE": "true"}
    async with Site() as site:
        command = ("channels", "connect", "wordpress", *who, *where, "--server", site.url)
        named = ("--set", f"username={wordpress_server.USER}")
        refused = await run(*command, *named, given="fake wrong pass word\n", **allowed)
        assert refused.returncode == 1
        assert "fake wrong" not in refused.stderr + refused.stdout
        connected = await run(*command, *named, given=f"{wordpress_server.PASSWORD}\n", **allowed)
        assert connected.returncode == 0, connected.stderr
        assert f"Connected: WordPress {wordpress_server.USER}@" in connected.stdout
        key = connected.stdout.split()[-1]
        checked = await run("channels", "check", key, *where, "--json", **allowed)
        assert (checked.returncode, json.loads(checked.stdout)["answer"]) == (0, "lets it in"), checked.stderr
        gone = await run("channels", "disconnect", key, *where, **allowed)
        assert "WordPress takes no word of it from programs" in gone.stdout, gone.stderr


async def test_a_server_of_ones_own_registers_an_app_and_sends_the_person_back(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup = await organizations.organization(database)
    who = ("--person", await _email(owner, startup), "--organization", str(startup.id))
    extra = {"AIPROMOTE_NETWORKS_PRIVATE": "true", "AIPROMOTE_PUBLIC_URL": _BACK}
    async with MastodonServer() as server, aiohttp.ClientSession() as browser:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _SCRIPT, "channels", "connect", "mastodon", *who, "--server", server.url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **extra},
        )
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().strip()
        assert address.startswith(f"{server.url}/oauth/authorize?"), (await process.communicate())[1].decode()
        async with browser.get(address, allow_redirects=False) as answer:
            back = answer.headers["Location"]
        out, err = await process.communicate(f"{back}\n".encode())
        assert process.returncode == 0, err.decode()
        assert "Connected: Mastodon" in out.decode()
        assert len(server.apps) == len(server.tokens) == 1


async def test_an_account_is_connected_through_a_consent_page_with_the_pasted_way_back(
    database: Database, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    startup = await organizations.organization(database)
    who = ("--person", await _email(owner, startup), "--organization", str(startup.id))
    async with Network(tmp_path / "sandbox.db") as network, wire.open_session() as http:
        extra = {"AIPROMOTE_SANDBOX_URL": network.url, "AIPROMOTE_PUBLIC_URL": _BACK}
        command = ["channels", "connect", "sandbox", *who, "--platform", "LinkedIn"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _SCRIPT, *command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **extra},
        )
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().strip()
        assert address.startswith(f"{network.url}/oauth/authorize?"), (await process.communicate())[1].decode()
        answer = await channels.consent(http, address, handle="kornblume", platform="LINKEDIN")
        out, err = await process.communicate(f"{_BACK}/channels/callback?{urlencode(answer)}\n".encode())
        assert process.returncode == 0, err.decode()
        assert "Connected: LinkedIn kornblume" in out.decode()
        again = await run(*command, given="\n", **extra)
        assert again.returncode == 1
        assert "Nothing is connected yet" in again.stderr
        wrong = await run(*command, given="https://elsewhere.example/\n", **extra)
        assert "not the address of the way back" in wrong.stderr
