"""`aipromote channels connect`: with what is typed, or through a network's consent page.

What is secret is asked for on the terminal or read from standard input; an argument would stand in the process list.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, schema, settings
from aipromote.accounts.actor import Actor
from aipromote.channels import choices, connecting, queries, servers
from aipromote.channels.models import SocialAccount
from aipromote.cli.instance import servers as reaching
from aipromote.cli.keys import acting
from aipromote.connectors import registry, wire
from aipromote.connectors.contract import Ask
from aipromote.connectors.protocols import by_oauth
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.organizations.queries import Place

assert schema.metadata


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who connects, for which organization, and the means to do it."""

    database: Database
    http: aiohttp.ClientSession
    actor: Actor
    organization_id: UUID


def run(
    connector: str,
    *,
    person: str,
    server: str,
    set_apart: Sequence[str],
    platform: str | None,
    organization: str | None,
    data: Path | None,
) -> None:
    """Connect, and say what is connected now."""
    network = registry.get(connector)
    if server and not network.is_server_chosen:
        raise InvalidInput(
            f"All accounts of {network.platform.label} are reached at one server, so --server does not apply: nothing "
            "that you type is sent anywhere else.",
            field="server",
        )
    wanted = _platform(platform)
    given = _given(network.asks, set_apart)

    async def work(_session: AsyncSession, actor: Actor, place: Place) -> tuple[Actor, UUID]:
        return actor, place.organization_id

    async def whole() -> Sequence[SocialAccount]:
        actor, key = await acting(person, organization, work)
        database = Database.from_settings("aipromote command")
        try:
            async with wire.open_session(timeout_seconds=20, reach=servers.reach) as http:
                desk = _Desk(database, http, actor, key)
                if by_oauth(network):
                    return await _by_consent(desk, connector, server=server, given=given, platform=wanted)
                outcome = await connecting.sign_in(
                    database, actor, http, organization_id=key, connector=connector, server=server, given=given
                )
                return await _chosen(desk, outcome)
        finally:
            await database.close()

    with reaching(data):
        connected = asyncio.run(whole())
    for account in connected:
        sys.stdout.write(f"Connected: {account.platform.label} {account.handle}  {account.id}\n")


async def _by_consent(
    desk: _Desk, connector: str, *, server: str, given: dict[str, str], platform: Platform | None
) -> Sequence[SocialAccount]:
    began = clock.now()
    address = await connecting.begin(
        desk.database,
        desk.actor,
        desk.http,
        organization_id=desk.organization_id,
        connector=connector,
        server=server,
        given=given,
        platform=platform,
        redirect_uri=_back(),
    )
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    back = await asyncio.to_thread(
        _ask,
        "Open this address within ten minutes, in a browser where you are signed in to AIPromote, and press Enter\n"
        f"when its page says that the account is connected. If the browser cannot reach {_back()},\n"
        "paste the whole address that it was sent back to: ",
    )
    if not back.strip():
        async with desk.database.transaction(desk.organization_id) as session:
            found = await queries.accounts(session, organization_id=desk.organization_id)
        connected = [one for one in found if one.connected_at is not None and one.connected_at >= began]
        if not connected:
            raise InvalidInput("Nothing is connected yet. The address stays good for ten minutes from its beginning.")
        return connected
    state, code = _pasted(back)
    outcome = await connecting.come_back(
        desk.database, desk.actor, desk.http, organization_id=desk.organization_id, state=state, code=code
    )
    return await _chosen(desk, outcome)


async def _chosen(desk: _Desk, outcome: connecting.Outcome) -> Sequence[SocialAccount]:
    """What is connected: at once, or after the person has said which of several."""
    if outcome.choice_id is None:
        return outcome.accounts
    key = {"organization_id": desk.organization_id, "choice_id": outcome.choice_id}
    async with desk.database.transaction(desk.organization_id) as session:
        choice = await choices.look(session, user_id=desk.actor.user_id or UUID(int=0), **key)
    grants = choices.opened(choice).grants
    for number, grant in enumerate(grants, start=1):
        sys.stderr.write(f"{number:4}  {grant.profile.display_name or grant.profile.handle}\n")
    line = await asyncio.to_thread(_ask, "Which of them? Numbers separated by commas, or `all`: ")
    wanted = set(range(len(grants))) if line.strip() == "all" else _numbers(line)
    return await connecting.choose(desk.database, desk.actor, **key, chosen=wanted)


def _numbers(line: str) -> set[int]:
    try:
        return {int(part) - 1 for part in line.split(",") if part.strip()}
    except ValueError:
        raise InvalidInput("Give the numbers of the places, such as 1,3.") from None


def _given(asks: Sequence[Ask], set_apart: Sequence[str]) -> dict[str, str]:
    """The answers to everything that the network asks: from the command line, the terminal, or standard input."""
    names = {ask.name: ask for ask in asks}
    given = {}
    for one in set_apart:
        name, has_value, value = one.partition("=")
        if not has_value or name not in names:
            raise InvalidInput(f"--set takes NAME=VALUE. Names: {', '.join(names) or 'none for this network'}.")
        if names[name].is_secret:
            raise InvalidInput(f"{name} is secret: everybody on this machine can read a command line. It is asked for.")
        given[name] = value
    for ask in asks:
        if ask.name not in given and (ask.is_required or ask.is_secret):
            given[ask.name] = _ask(f"{ask.label}: ", is_secret=ask.is_secret)
    return given


def _ask(words: str, *, is_secret: bool = False) -> str:
    """A line of the terminal, not shown where it is secret; or the next line of standard input."""
    if sys.stdin.isatty() and is_secret:
        return getpass.getpass(words, stream=sys.stderr)
    sys.stderr.write(words)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line.rstrip("\r\n")


def _pasted(address: str) -> tuple[str, str]:
    """State and code of the address that the browser was sent back to."""
    try:
        query = parse_qs(urlsplit(address.strip()).query)
    except ValueError:
        query = {}
    if "state" not in query or "code" not in query:
        raise InvalidInput("This is not the address of the way back: there is no state or no code in it.")
    return query["state"][0], query["code"][0]


def _back() -> str:
    config = settings.get()
    base = config.public_url or f"http://{config.host}:{config.port}"
    return f"{base.rstrip('/')}/channels/callback"


def _platform(text: str | None) -> Platform | None:
    if text is None:
        return None
    fitting = [one for one in Platform if text.lower() in {one.value.lower(), one.label.lower()}]
    if not fitting:
        raise InvalidInput(f"There is no network {text}. Networks: {', '.join(one.label for one in Platform)}.")
    return fitting[0]
