"""One suite for every connector. A network's test module subclasses `Conformance` and gives it a `Harness`.

The harness stands for the network: a real server on loopback that can be told to misbehave, and that knows what it has
really received.
"""

import socket
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import Capabilities
from aipromote.connectors.contract import Absent, Armed, Certainty, Credentials, Part, Published, Undecided
from aipromote.connectors.errors import (
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.protocols import Connector


class Harness(Protocol):
    """A running network and an account on it."""

    connector: Connector
    credentials: Credentials

    async def fault(self, kind: str, *, seconds: float | None = None, style: str = "seconds") -> None:
        """Make the next publishing call go wrong in that way."""

    async def received(self) -> list[str]:
        """The texts of all posts that the network really has."""

    async def expire_access(self) -> None:
        """End the access token; the refresh token goes on."""

    async def revoke(self) -> None:
        """End all tokens."""


def asked(part: Part) -> Part:
    """The part as a look-up gets it: what was sent is known by its words, not by its files nor its title."""
    return Part(part.text, part.position, reply_to=part.reply_to, root=part.root)


class Conformance:
    """What every connector must do. `has` names what this network can be told to do; the rest is skipped."""

    has: frozenset[str] = frozenset()
    is_known_by_title = False  # without its title a post cannot be found
    proves_untitled = True  # an absence can be proven without knowing the title
    is_blind = False  # nothing can be looked up: an unknown outcome stays unknown
    is_asked_by_handle = False  # only what was prepared can be looked up
    rotates = True  # a refresh brings a new refresh token, too
    deletes = True  # an app may take posts down
    untold: frozenset[str] = frozenset()  # counters that the network has, but that this server or account does not tell

    @pytest.fixture(autouse=True)
    def _no_minute_for_files(self, monkeypatch):
        monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.5)

    @pytest.fixture
    async def http(self):
        async with wire.open_session(timeout_seconds=0.5) as session:
            yield session

    def need(self, ability: str) -> None:
        if ability not in self.has:
            pytest.skip(f"this network has no {ability}")

    def can(self, harness: Harness) -> Capabilities:
        return harness.connector.capabilities(harness.connector.platform)

    def renews(self, harness: Harness) -> bool:
        return type(harness.connector).refresh is not Network.refresh

    def part(self, text: str, **more) -> Part:
        """A part that this network takes: one that needs a picture overrides this."""
        return Part(text, **more)

    async def send(self, http, harness: Harness, part: Part, armed: Armed, credentials: Credentials | None = None):
        """Prepare as often as the network asks for it, then fire once."""
        opened, prepared = credentials or harness.credentials, None
        self.prepared = {}
        if harness.connector.prepares(part):
            for _ in range(20):
                answer = await harness.connector.prepare(http, opened, part, prepared)
                prepared = answer.handle
                if answer.ask_after is None:
                    break
            else:
                pytest.fail("it was never ready")
            self.prepared[armed.key] = prepared
        return await harness.connector.publish(http, opened, part, replace(armed, prepared=prepared))

    async def look_up(self, http, harness: Harness, part: Part, armed: Armed):
        """Ask as it is asked later: with what was stored before the call."""
        known = replace(armed, prepared=getattr(self, "prepared", {}).get(armed.key))
        title = part.title if self.is_known_by_title else None
        return await harness.connector.look_up(http, harness.credentials, replace(asked(part), title=title), known)

    def arm(self, harness: Harness, key: str = "key-1") -> Armed:
        now = clock.now()
        return Armed(key, now, harness.connector.choose_record_key(now))

    async def lose(self, http, harness: Harness, kind: str) -> Armed:
        armed = self.arm(harness)
        await harness.fault(kind)
        with pytest.raises(UnknownOutcome):
            await self.send(http, harness, self.part("Hello"), armed)
        return armed

    async def test_a_post_arrives_and_can_be_found_again(self, http, harness):
        armed = self.arm(harness)
        published = await self.send(http, harness, self.part("Hello, *world* ✨"), armed)
        assert await harness.received() == ["Hello, *world* ✨"]
        assert urlsplit(published.url).scheme in {"http", "https"}
        found = await self.look_up(http, harness, self.part("Hello, *world* ✨"), armed)
        if self.is_blind:
            assert isinstance(found, Undecided)
        else:
            assert found == published

    async def test_a_thread_hangs_together(self, http, harness):
        if not self.can(harness).has_threads:
            pytest.skip("this network has no threads")
        first = await self.send(http, harness, self.part("1"), self.arm(harness, "k-1"))
        root = first.platform_post_id
        second = await self.send(
            http, harness, self.part("2", position=1, reply_to=root, root=root), self.arm(harness, "k-2")
        )
        third = self.part("3", position=2, reply_to=second.platform_post_id, root=root)
        await self.send(http, harness, third, self.arm(harness, "k-3"))
        assert await harness.received() == ["1", "2", "3"]

    @pytest.mark.parametrize("kind", ["store_then_drop", "store_then_500", "malformed", "slow"])
    async def test_a_stored_post_with_a_lost_answer_is_found(self, http, harness, kind):
        armed = await self.lose(http, harness, kind)
        found = await self.look_up(http, harness, self.part("Hello"), armed)
        assert isinstance(found, Undecided if self.is_blind else Published)
        assert await harness.received() == ["Hello"]

    async def test_a_post_that_was_never_stored_is_absent_only_when_that_is_certain(self, http, harness):
        armed = await self.lose(http, harness, "drop_unstored")
        assert not isinstance(await self.look_up(http, harness, self.part("Hello"), armed), Published | Absent)
        long_ago = replace(armed, armed_at=armed.armed_at - timedelta(minutes=10))
        provable = harness.connector.certainty_of(harness.credentials) is not Certainty.MATCH
        found = await self.look_up(http, harness, self.part("Hello"), long_ago)
        assert isinstance(found, Absent if provable and self.proves_untitled else Undecided)
        assert await harness.received() == []

    @pytest.mark.parametrize("minutes", [-2, 2])
    async def test_nothing_is_absent_where_the_clocks_differ(self, http, harness, minutes):
        self.need("own clock")
        armed = await self.lose(http, harness, "drop_unstored")
        harness.server.clock.is_off_by = timedelta(minutes=minutes)
        long_ago = replace(armed, armed_at=armed.armed_at - timedelta(minutes=10))
        found = await self.look_up(http, harness, self.part("Hello"), long_ago)
        assert isinstance(found, Undecided)
        assert not found.final

    async def test_a_post_that_shows_late_is_undecided_and_then_found(self, http, harness, dial):
        self.need("delayed_visibility")
        await harness.fault("delayed_visibility", seconds=40)
        armed = self.arm(harness)
        await self.send(http, harness, self.part("Hello"), armed)
        for seconds, expected in ((20, Undecided), (41, Published)):
            dial.jump(armed.armed_at + timedelta(seconds=seconds))
            found = await self.look_up(http, harness, self.part("Hello"), armed)
            assert isinstance(found, expected)

    @pytest.mark.parametrize("style", ["seconds", "date"])
    async def test_a_rate_limit_says_when_to_come_back(self, http, harness, style):
        if style == "date":
            self.need("date in Retry-After")
        await harness.fault("rate_limit", seconds=90, style=style)
        with pytest.raises(RateLimited) as caught:
            await self.send(http, harness, self.part("Hello"), self.arm(harness))
        assert caught.value.retry_at is not None
        assert timedelta(seconds=60) < caught.value.retry_at - clock.now() < timedelta(seconds=120)
        assert await harness.received() == []

    async def test_a_refused_post_is_rejected_for_good(self, http, harness):
        await harness.fault("refuse")
        with pytest.raises(Rejected):
            await self.send(http, harness, self.part("Hello"), self.arm(harness))
        assert await harness.received() == []

    async def test_a_network_that_did_nothing_may_be_asked_again(self, http, harness):
        self.need("unavailable")
        await harness.fault("unavailable")
        armed = self.arm(harness)
        with pytest.raises(Unreachable):
            await self.send(http, harness, self.part("Hello"), armed)
        await self.send(http, harness, self.part("Hello"), armed)
        assert await harness.received() == ["Hello"]

    async def test_an_expired_token_is_refreshed_once_and_works(self, http, harness):
        if not self.renews(harness):
            pytest.skip("this network's keys do not end")
        await harness.expire_access()
        armed = self.arm(harness)
        with pytest.raises(Unauthorized):
            await self.send(http, harness, self.part("Hello"), armed)
        fresh = await harness.connector.refresh(http, harness.credentials)
        assert fresh.access_token != harness.credentials.access_token
        assert (fresh.refresh_token != harness.credentials.refresh_token) is self.rotates
        assert (fresh.server, fresh.account_id) == (harness.credentials.server, harness.credentials.account_id)
        await self.send(http, harness, self.part("Hello"), armed, fresh)
        assert await harness.received() == ["Hello"]

    async def test_a_used_refresh_token_asks_for_a_person(self, http, harness):
        self.need("single-use refresh tokens")
        await harness.connector.refresh(http, harness.credentials)
        with pytest.raises(Revoked):
            await harness.connector.refresh(http, harness.credentials)

    async def test_a_revoked_account_asks_for_a_person(self, http, harness):
        await harness.revoke()
        with pytest.raises((Unauthorized, Revoked)):
            await self.send(http, harness, self.part("Hello"), self.arm(harness))
        with pytest.raises(Revoked):
            await harness.connector.refresh(http, harness.credentials)
        with pytest.raises(Revoked):
            await harness.connector.refresh(http, replace(harness.credentials, refresh_token=None))

    async def test_a_grant_without_the_scope_says_so(self, http, harness):
        self.need("scopes")
        narrow = await harness.narrow_credentials()
        with pytest.raises(PermissionMissing):
            await self.send(http, harness, self.part("Hello"), self.arm(harness), narrow)

    async def test_deleting_twice_is_no_error(self, http, harness):
        if not self.deletes:
            pytest.skip("this network lets no app take posts down")
        post = await self.send(http, harness, self.part("Hello"), self.arm(harness))
        await harness.connector.delete(http, harness.credentials, post.platform_post_id)
        await harness.connector.delete(http, harness.credentials, post.platform_post_id)

    async def test_counters_that_are_not_reported_are_none(self, http, harness):
        post = await self.send(http, harness, self.part("Hello"), self.arm(harness))
        if not self.can(harness).counters:
            pytest.skip("this network tells no counters")
        metrics = await harness.connector.metrics(http, harness.credentials, post.platform_post_id)
        told = {name for name, value in asdict(metrics).items() if value is not None}
        assert told == self.can(harness).counters - self.untold, told

    async def test_the_profile_names_the_account(self, http, harness):
        profile = await harness.connector.profile(http, harness.credentials)
        assert profile.account_id == harness.credentials.account_id
        assert profile.handle
        assert profile.followers is not None or "followers" not in self.has

    async def test_a_network_that_is_not_there_received_nothing(self, http, harness):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
            nowhere = replace(harness.credentials, server=f"http://127.0.0.1:{taken.getsockname()[1]}")
            armed = self.arm(harness)
            calls = (
                self.send(http, harness, self.part("Hello"), armed, nowhere),
                *(
                    []
                    if self.is_blind or self.is_asked_by_handle
                    else [harness.connector.look_up(http, nowhere, asked(self.part("Hello")), armed)]
                ),
                harness.connector.profile(http, nowhere),
                *([harness.connector.refresh(http, nowhere)] if self.renews(harness) else []),
                *([harness.connector.delete(http, nowhere, getattr(harness, "post_id", "p1"))] if self.deletes else []),
            )
            for call in calls:
                with pytest.raises(Unreachable):
                    await call
