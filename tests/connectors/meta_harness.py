"""What the tests of Instagram and Threads do again and again."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from aipromote import clock
from aipromote.connectors.contract import App, Armed, Consent, Credentials, Media, Part
from connectors.meta_graph import CLIENT, DAY, REDIRECT, SECRET


class MetaHarness:
    def __init__(self, server, connector) -> None:
        self.server, self.connector = server, connector
        self.post_id = "17900000000000009"

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- Meta tells minutes
        if kind == "delayed_visibility":
            self.server.shows_after = seconds
        else:
            self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [post["given"].get("caption", post["given"].get("text", "")) for post in self.server.posts.values()]

    async def expire_access(self) -> None:
        self.server.end()

    async def revoke(self) -> None:
        self.server.revoke_all()

    async def narrow_credentials(self) -> Credentials:
        return replace(self.credentials, access_token=self.server.issue(60 * DAY, self.server.scopes[0]))


def consent(server) -> Consent:
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET))


async def connect(http, server, connector):
    asked = consent(server)
    code, state = server.agree(connector.authorization_url(asked))
    assert state == "state-1"
    return await connector.exchange(http, asked, code=code + "#_")


@asynccontextmanager
async def running(http, server, connector, harness=MetaHarness):
    async with server:
        made = harness(server, connector)
        grant = (await connect(http, server, connector))[0]
        made.credentials, made.profile = grant.credentials, grant.profile
        yield made


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


def file(name="1.jpg", mime_type="image/jpeg", alt_text="", size=9) -> Media:
    return Media.of(b"x" * size, mime_type, alt_text, url=f"https://files.example/{name}")


async def ready(http, harness, part, prepared=None) -> tuple[str, list[timedelta]]:
    """Prepare until the network is done: the handle, and the waits that it asked for."""
    waits = []
    for _ in range(20):
        answer = await harness.connector.prepare(http, harness.credentials, part, prepared)
        prepared = answer.handle
        assert len(prepared) <= 2000
        if answer.ask_after is None:
            return prepared, waits
        waits.append(answer.ask_after)
    raise AssertionError("it was never ready")


async def send(http, harness, part: Part):
    armed = arm((await ready(http, harness, part))[0] if harness.connector.prepares(part) else None)
    return await harness.connector.publish(http, harness.credentials, part, armed)
