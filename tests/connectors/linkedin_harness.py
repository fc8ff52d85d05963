"""A running LinkedIn of the tests with a connected page or person, and what its tests do again and again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import App, Armed, Consent, Credentials, Published
from aipromote.connectors.linkedin import LinkedInConnector
from connectors.linkedin_accounts import CLIENT, PERSON, REDIRECT, SECRET
from connectors.linkedin_server import LinkedInServer

LINKEDIN = LinkedInConnector()


class LinkedInHarness:
    def __init__(self, server: LinkedInServer) -> None:
        self.server = server
        self.connector = LINKEDIN
        self.post_id = "urn:li:share:7141138937766391808"

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- LinkedIn tells no time
        if kind == "delayed_visibility":
            self.server.shows_after = seconds
        else:
            self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [post["given"]["commentary"].replace("\\", "") for post in self.server.posts.values()]

    async def expire_access(self) -> None:
        self.server.end("access")

    async def revoke(self) -> None:
        self.server.end("access", "refresh")

    async def narrow_credentials(self) -> Credentials:
        return replace(self.credentials, access_token=self.server.issue("openid profile")["access_token"])


def consent(server, access="") -> Consent:
    hint = {"access": access} if access else {}
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET), hint)


async def connect(http, server, access=""):
    """The grants that a person's consent opens."""
    asked = consent(server, access)
    code, state = server.agree(LINKEDIN.authorization_url(asked))
    assert state == "state-1"
    return await LINKEDIN.exchange(http, asked, code=code)


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    """A page."""
    async with LinkedInServer() as server:
        made = LinkedInHarness(server)
        _, page, _ = await connect(http, server, "pages")
        made.credentials = page.credentials
        yield made


@pytest.fixture
async def person(http):
    """A person whose counters may be read, and nothing else."""
    async with LinkedInServer() as server:
        made = LinkedInHarness(server)
        (grant,) = await connect(http, server, "r_member_postAnalytics")
        assert grant.credentials.account_id == PERSON
        made.credentials = grant.credentials
        yield made


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


async def ready(http, harness, part) -> str:
    """Prepare until LinkedIn is done with the files."""
    answer = await LINKEDIN.prepare(http, harness.credentials, part, None)
    for _ in range(20):
        if answer.ask_after is None:
            break
        assert timedelta(0) < answer.ask_after <= timedelta(minutes=5)
        answer = await LINKEDIN.prepare(http, harness.credentials, part, answer.handle)
    assert len(answer.handle) <= 2000
    return answer.handle


async def send(http, harness, part) -> Published:
    handle = await ready(http, harness, part) if LINKEDIN.prepares(part) else None
    return await LINKEDIN.publish(http, harness.credentials, part, arm(handle))
