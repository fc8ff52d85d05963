"""The sandbox connector against the real sandbox network."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Armed, Certainty, Consent, Credentials, Media, Part, Processing, Published
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    ConnectorError,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.documents.vocabulary import Platform
from aipromote.sandbox import faults, refusals
from connectors.conformance import Conformance
from sandbox.network import REDIRECT, Network


class SandboxHarness:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.connector = SandboxConnector()
        self.credentials: Credentials

    async def connect(self, **options) -> Credentials:
        tokens = await self.network.connect(**options)
        return Credentials(
            server=self.network.url,
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            account_id=tokens["account_id"],
        )

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:
        settings = {"seconds": 1.0} if kind == "slow" else {} if seconds is None else {"seconds": seconds}
        await self.network.fault(kind, style=style, **settings)

    async def received(self) -> list[str]:
        fresh = await self.connect(handle="ada", platform="TWITTER")
        _, body = await self.network.get(f"/api/v1/accounts/{fresh.account_id}/posts", fresh.access_token)
        return [post["text"] for post in reversed(body["posts"])]

    async def expire_access(self) -> None:
        await self.network.fault("expire_tokens")

    async def revoke(self) -> None:
        await self.network.fault("revoke_tokens")

    async def narrow_credentials(self) -> Credentials:
        return await self.connect(scope="posts.read")


@pytest.fixture
async def harness(tmp_path):
    async with Network(tmp_path / "sandbox.db") as network:
        made = SandboxHarness(network)
        made.credentials = await made.connect(platform="TWITTER")
        yield made


class TestSandbox(Conformance):
    # What the platform that this account stands in for does not tell.
    untold = frozenset({"reach", "followers_delta"})
    has = frozenset({"delayed_visibility", "date in Retry-After", "unavailable", "scopes", "single-use refresh tokens"})


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=2) as session:
        yield session


async def test_a_person_connects_an_account_by_the_link_that_the_connector_makes(http, harness):
    hint = {"platform": "LINKEDIN", "handle": "grace"}
    consent = Consent(harness.network.url, REDIRECT, "s&1", "v" * 43, hint=hint)
    link = harness.connector.authorization_url(consent)
    assert "v" * 43 not in link
    form = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()} | {"answer": "allow"}
    async with http.post(f"{harness.network.url}/oauth/authorize", data=form, allow_redirects=False) as response:
        query = parse_qs(urlsplit(response.headers["Location"]).query)
    assert query["state"] == ["s&1"]
    (grant,) = await harness.connector.exchange(http, consent, code=query["code"][0])
    credentials, profile = grant.credentials, grant.profile
    assert (profile.handle, profile.account_id) == ("grace", credentials.account_id)
    assert credentials.expires_at is not None
    assert 7100 < (credentials.expires_at - clock.now()).total_seconds() <= 7200
    with pytest.raises(Revoked):
        await harness.connector.exchange(http, consent, code=query["code"][0])


async def test_the_account_has_the_limits_of_the_platform_it_stands_in_for():
    connector = SandboxConnector()
    assert connector.limits(Platform.TWITTER).max_length == 280
    assert connector.certainty is Certainty.HANDLE
    assert all(connector.limits(platform).max_length > 0 for platform in Platform)


async def test_a_file_goes_along_with_its_words(http, harness):
    media = Media.of(b"\x89PNG\r\n\x1a\n", "image/png", "A chart & its legend")
    part = Part("Look", media=(media,))
    prepared = await harness.connector.prepare(http, harness.credentials, part, None)
    armed = Armed("k", clock.now(), prepared=prepared.handle)
    published = await harness.connector.publish(http, harness.credentials, part, armed)
    assert isinstance(published, Published)
    async with http.get(f"{harness.network.url}/") as page:
        assert 'alt="A chart &amp; its legend"' in await page.text()


async def test_a_file_of_the_wrong_type_is_rejected_before_anything_is_published(http, harness):
    part = Part("Look", media=(Media.of(b"MZ", "application/x-msdownload"),))
    with pytest.raises(MediaRejected):
        await harness.connector.prepare(http, harness.credentials, part, None)
    assert await harness.received() == []


async def test_files_that_are_gone_over_there_are_stale_and_nothing_is_published(http, harness):
    part = Part("Look", media=(Media.of(b"\x89PNG\r\n\x1a\n", "image/png"),))
    for prepared in (None, '["m77"]'):
        armed = Armed("k", clock.now(), prepared=prepared)
        with pytest.raises(Stale):
            await harness.connector.publish(http, harness.credentials, part, armed)
    assert await harness.received() == []


async def test_a_used_up_account_limit_is_told_apart_from_a_rate_limit(http, harness):
    await harness.fault("account_limit", seconds=3600)
    with pytest.raises(AccountLimit):
        await harness.connector.publish(http, harness.credentials, Part("Hello"), Armed("k", clock.now()))


FAULTS = [
    ("store_then_drop", UnknownOutcome, 1),
    ("store_then_500", UnknownOutcome, 1),
    ("malformed", UnknownOutcome, 1),
    ("truncated", UnknownOutcome, 1),
    ("empty", UnknownOutcome, 1),
    ("html", UnknownOutcome, 1),
    ("extra_fields", Published, 1),
    ("processing", Processing, 1),
    ("processing_refused", Processing, 1),
    ("drop_unstored", UnknownOutcome, 0),
    ("fail_unstored", UnknownOutcome, 0),
    ("request_timeout", UnknownOutcome, 0),
    ("redirect", UnknownOutcome, 0),
    ("error_in_200", Rejected, 0),
    ("refuse", Rejected, 0),
    ("policy_blocked", PolicyBlocked, 0),
    ("media_rejected", MediaRejected, 0),
    ("target_gone", TargetGone, 0),
    ("permission_missing", PermissionMissing, 0),
    ("billing_exhausted", BillingExhausted, 0),
    ("duplicate", Duplicate, 0),
    ("rate_limit", RateLimited, 0),
    ("account_limit", AccountLimit, 0),
    ("unavailable", Unreachable, 0),
    ("expire_tokens", Unauthorized, 0),
    ("revoke_tokens", Unauthorized, 0),
]


@pytest.mark.parametrize(("kind", "meaning", "stored"), FAULTS)
async def test_each_fault_means_one_thing_and_stores_what_it_says(http, harness, kind, meaning, stored):
    await harness.fault(kind)
    try:
        result = await harness.connector.publish(http, harness.credentials, Part("Hello"), Armed("k", clock.now()))
    except ConnectorError as error:
        result = error
    assert type(result) is meaning
    assert (await harness.network.audit())["received"] == stored


def test_no_fault_is_left_out_of_the_table():
    later = {"slow", "delayed_visibility"}  # in the conformance suite
    assert {kind for kind, *_ in FAULTS} | later == set(faults.KINDS)


@pytest.mark.parametrize("style", refusals.WAIT_STYLES)
async def test_a_wait_is_understood_however_it_is_told(http, harness, style):
    await harness.fault("rate_limit", seconds=90, style=style)
    with pytest.raises(RateLimited) as caught:
        await harness.connector.publish(http, harness.credentials, Part("Hello"), Armed("k", clock.now()))
    told = caught.value.retry_at
    if style == "none":
        assert told is None
    else:
        assert told is not None
        assert 85 < (told - clock.now()).total_seconds() < 92


async def process(http, harness, kind="processing") -> tuple[Armed, Processing]:
    await harness.fault(kind, seconds=90)
    armed = Armed("k", clock.now())
    taken = await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(taken, Processing)
    return replace(armed, handle=taken.handle), taken


async def test_a_post_that_is_worked_on_is_asked_for_by_its_handle_until_it_is_out(http, harness, dial):
    armed, taken = await process(http, harness)
    assert timedelta(seconds=80) < taken.ask_after <= timedelta(seconds=90)
    look_up = harness.connector.look_up
    still = await look_up(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(still, Processing)
    assert still.handle == taken.handle
    assert await harness.received() == []
    dial.jump(armed.armed_at + timedelta(seconds=91))
    found = await look_up(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(found, Published)
    assert await harness.received() == ["Hello"]
    audit = await harness.network.audit()
    assert (audit["received"], audit["duplicates"]) == (1, {})


async def test_a_post_that_is_refused_after_it_was_taken_is_rejected_and_never_shows(http, harness, dial):
    armed, _ = await process(http, harness, "processing_refused")
    dial.jump(armed.armed_at + timedelta(seconds=91))
    for known in (armed, replace(armed, handle=None)):  # by its handle, and where the handle was lost
        with pytest.raises(PolicyBlocked):
            await harness.connector.look_up(http, harness.credentials, Part("Hello"), known)
    assert await harness.received() == []
    again = await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    assert (
        await harness.connector.look_up(http, harness.credentials, Part("Hello"), replace(armed, handle=None)) == again
    )
    audit = await harness.network.audit()
    assert [post["status"] for post in audit["posts"]] == ["refused", "published"]
    assert audit["duplicates"] == {}


async def test_a_handle_whose_answer_was_lost_is_found_by_the_key(http, harness, dial):
    await harness.fault("store_then_drop")
    await harness.fault("processing", seconds=90)
    armed = Armed("k", clock.now())
    with pytest.raises(UnknownOutcome):
        await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    dial.jump(armed.armed_at + timedelta(seconds=80))  # later than a post without work would show
    assert isinstance(await harness.connector.look_up(http, harness.credentials, Part("Hello"), armed), Processing)
    dial.jump(armed.armed_at + timedelta(seconds=91))
    assert isinstance(await harness.connector.look_up(http, harness.credentials, Part("Hello"), armed), Published)


async def test_a_handle_that_the_network_has_forgotten_is_looked_up_by_the_key(http, harness):
    armed = Armed("k", clock.now())
    published = await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    forgotten = replace(armed, handle="h99/../../x")
    assert await harness.connector.look_up(http, harness.credentials, Part("Hello"), forgotten) == published


async def test_a_handle_is_nobody_elses(http, harness):
    armed, _ = await process(http, harness)
    bob = await harness.connect(handle="bob")
    assert not isinstance(await harness.connector.look_up(http, bob, Part("Hello"), armed), Processing | Published)


async def test_a_dropped_connection_is_never_sent_again_by_the_client_itself(http, harness):
    """aiohttp repeats GET, PUT and DELETE on a kept-alive connection that was cut; a post must go out once."""
    await harness.connector.profile(http, harness.credentials)  # the connection is in the pool now
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await harness.connector.publish(http, harness.credentials, Part("Once"), Armed("k", clock.now()))
    assert await harness.received() == ["Once"]


async def test_a_repeat_is_stored_twice_so_that_tests_can_see_it(http, harness):
    armed = Armed("same", clock.now())
    for _ in range(2):
        await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    audit = await harness.network.audit()
    assert audit["duplicates"] == {f"{harness.credentials.account_id}/same": 2}
