"""The Bluesky connector against a small personal data server."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.bluesky import BlueskyConnector, record, xrpc
from aipromote.connectors.bluesky.handles import Ready
from aipromote.connectors.contract import Armed, Certainty, Metrics, Part, Profile, Published, Undecided
from aipromote.connectors.errors import Duplicate, Rejected, Revoked, Unauthorized, UnknownOutcome, Unreachable
from connectors.bluesky_harness import signed_in
from connectors.bluesky_pds import DID, PASSWORD, Pds
from connectors.conformance import Conformance


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with signed_in(http) as made:
        yield made


class TestBluesky(Conformance):
    has = frozenset()  # sessions have a grace after refreshing; posts show at once; there are no scopes


def arm(harness) -> Armed:
    now = clock.now()
    return Armed("key", now, harness.connector.choose_record_key(now))


async def test_signing_in_keeps_no_password_and_knows_when_the_session_ends(http, harness):
    assert PASSWORD not in repr(harness.credentials)
    assert harness.credentials.account_id == DID
    assert harness.credentials.expires_at is not None
    assert timedelta(minutes=119) < harness.credentials.expires_at - clock.now() <= timedelta(minutes=120)


@pytest.mark.parametrize(("identifier", "words"), [("ada.test", "did not accept"), ("factor.test", "app password")])
async def test_a_wrong_password_is_told_in_plain_words(http, harness, identifier, words):
    with pytest.raises(Revoked, match=words):
        await harness.connector.sign_in(
            http, server=harness.pds.url, given={"identifier": identifier, "password": "wrong"}
        )


async def test_a_repeat_with_the_same_key_cannot_make_a_second_post(http, harness):
    armed = arm(harness)
    first = await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    with pytest.raises(UnknownOutcome):  # the server calls a taken key an internal error
        await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    assert await harness.connector.look_up(http, harness.credentials, Part("Hello"), armed) == first
    assert (harness.pds.creates, len(harness.pds.records)) == (2, 1)
    assert harness.connector.certainty is Certainty.EXACT


async def test_a_server_that_names_the_taken_key_is_understood(http, harness):
    armed = arm(harness)
    await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    await harness.fault("name_the_taken_key")
    with pytest.raises(Duplicate):
        await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)


async def test_an_account_can_be_connected_while_the_index_of_the_network_is_away(http, harness):
    harness.pds.has_index = False
    given = {"identifier": "ada.test", "password": PASSWORD}
    (grant,) = await harness.connector.sign_in(http, server=harness.pds.url, given=given)
    credentials, profile = grant.credentials, grant.profile
    assert profile == Profile(DID, "ada.test", profile_url=f"https://bsky.app/profile/{DID}")
    post = await harness.connector.publish(http, credentials, Part("Hello"), arm(harness))
    with pytest.raises(Unreachable):
        await harness.connector.metrics(http, credentials, post.platform_post_id)


async def test_an_account_that_its_owner_deactivated_publishes_nothing_and_is_not_looked_up(http, harness):
    armed = arm(harness)
    harness.pds.is_active = False
    with pytest.raises(Unauthorized, match="deactivated"):
        await harness.connector.publish(http, harness.credentials, Part("Hello"), armed)
    with pytest.raises(Unreachable):
        await harness.connector.look_up(http, harness.credentials, Part("Hello"), armed)


@pytest.mark.parametrize(("text", "words"), [("a" * 301, "got 301"), ("👩‍🚀" * 290, "got 3190")])
async def test_a_text_that_is_too_long_is_refused_in_the_words_of_the_server(http, harness, text, words):
    with pytest.raises(Rejected, match=words):
        await harness.connector.publish(http, harness.credentials, Part(text), arm(harness))


async def test_a_post_of_somebody_else_under_our_key_is_never_adopted(http, harness):
    armed = arm(harness)
    await harness.connector.publish(http, harness.credentials, Part("Other"), armed)
    found = await harness.connector.look_up(http, harness.credentials, Part("Ours"), armed)
    assert isinstance(found, Undecided)
    assert found.final


async def test_links_and_hashtags_become_facets_by_byte_offsets(http, harness):
    text = "Größe zählt 👩‍🚀: https://example.com/ü?x=1, aipromote.com and #indie #日本 but not #1 or a#b"
    await harness.connector.publish(http, harness.credentials, Part(text), arm(harness))
    (stored,) = harness.pds.records.values()
    pieces = [
        text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        for facet in stored["value"]["facets"]
    ]
    assert pieces == ["https://example.com/ü?x=1", "aipromote.com", "#indie", "#日本"]
    assert stored["value"]["facets"][1]["features"][0]["uri"] == "https://aipromote.com"


async def test_a_reply_names_root_and_parent_with_their_hashes(http, harness):
    first = await harness.connector.publish(http, harness.credentials, Part("1"), arm(harness))
    part = Part("2", 1, reply_to=first.platform_post_id, root=first.platform_post_id)
    second = await harness.connector.publish(http, harness.credentials, part, arm(harness))
    stored = harness.pds.records[second.url.rsplit("/", 1)[-1]]["value"]
    uri, cid = first.platform_post_id.split("#")
    assert stored["reply"] == {"root": {"uri": uri, "cid": cid}, "parent": {"uri": uri, "cid": cid}}
    assert second.url == f"https://bsky.app/profile/{DID}/post/{second.platform_post_id.split('/')[-1].split('#')[0]}"


async def test_counters_are_read_and_what_is_not_told_stays_none(http, harness):
    post = await harness.connector.publish(http, harness.credentials, Part("Hello"), arm(harness))
    metrics = await harness.connector.metrics(http, harness.credentials, post.platform_post_id)
    assert metrics == Metrics(likes=7, comments=3, shares=3, saves=4)
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    assert await harness.connector.metrics(http, harness.credentials, post.platform_post_id) == Metrics()


async def test_the_old_refresh_token_ends_after_its_grace(http, dial):
    async with Pds() as pds:
        connector = BlueskyConnector()
        given = {"identifier": "ada.test", "password": PASSWORD}
        old = (await connector.sign_in(http, server=pds.url, given=given))[0].credentials
        fresh = await connector.refresh(http, old)
        again = await connector.refresh(http, old)  # within the grace: an answer that was lost is given again
        assert again.refresh_token == fresh.refresh_token
        dial.jump(clock.now() + timedelta(hours=2, minutes=1))
        with pytest.raises(Revoked):
            await connector.refresh(http, old)
        assert isinstance(
            await connector.publish(http, await connector.refresh(http, fresh), Part("Hi"), _arm()), Published
        )


def _arm() -> Armed:
    now = clock.now()
    return Armed("key", now, record.fresh_key(now))


def test_keys_are_tids_that_sort_by_time_and_do_not_meet():
    now = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    keys = {record.fresh_key(now) for _ in range(500)}
    assert len(keys) == 500
    assert all(re.fullmatch(r"[234567a-j][234567a-z]{12}", key) for key in keys)
    assert max(keys) < record.fresh_key(now + timedelta(seconds=1))


def test_the_same_part_and_time_make_the_same_record():
    now = datetime(2026, 5, 4, 9, 30, 0, 123456, tzinfo=UTC)
    assert record.post(Part("a"), created_at=now, ready=Ready()) == record.post(
        Part("a"), created_at=now, ready=Ready()
    )
    assert record.stamp(now) == "2026-05-04T09:30:00.123Z"


@pytest.mark.parametrize("token", ["", "a.b.c", "a.e30.c", "a.eyJleHAiOiJ4In0.c"])
def test_a_token_that_cannot_be_read_has_no_known_end(token):
    assert xrpc.expiry(token) is None


async def test_a_session_without_an_account_id_is_still_told_apart_from_a_refusal(http, harness):
    with pytest.raises(Revoked):
        await harness.connector.refresh(http, replace(harness.credentials, refresh_token="nonsense"))
