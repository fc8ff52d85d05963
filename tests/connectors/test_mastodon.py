"""The Mastodon connector against a small server."""

from dataclasses import replace
from datetime import UTC, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from aipromote import clock
from aipromote.connectors import registry, wire
from aipromote.connectors.contract import (
    Absent,
    App,
    Armed,
    Certainty,
    Consent,
    Metrics,
    Part,
    Published,
    Undecided,
)
from aipromote.connectors.errors import RateLimited, Rejected, Revoked, TargetGone, UnknownOutcome, Unreachable
from aipromote.connectors.protocols import by_oauth, registers
from connectors.conformance import Conformance
from connectors.mastodon_harness import MastodonHarness
from connectors.mastodon_server import ACCOUNT, SCOPES, MastodonServer

REDIRECT = "https://aipromote.example/channels/callback"


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness():
    async with MastodonServer() as server:
        yield MastodonHarness(server)


class TestMastodon(Conformance):
    has = frozenset({"own clock", "delayed_visibility", "scopes", "followers"})


def arm(*, key="key", ago=timedelta(0)) -> Armed:
    return Armed(key, clock.now() - ago)


async def publish(http, harness, part, armed=None) -> Published:
    return await harness.connector.publish(http, harness.credentials, part, armed or arm())


async def look_up(http, harness, part, armed):
    return await harness.connector.look_up(http, harness.credentials, part, armed)


async def consent(http, harness, app) -> tuple[Consent, str]:
    asked = Consent(harness.server.url, REDIRECT, "a state", "a-verifier-" + "v" * 40, app)
    async with http.get(harness.connector.authorization_url(asked), allow_redirects=False) as answer:
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["a state"]
    return asked, back["code"][0]


async def test_an_account_is_connected_by_an_app_that_the_server_registers_itself(http, harness):
    connector = registry.oauth("mastodon")
    assert by_oauth(connector)
    assert registers(connector)
    app = await connector.register(http, server=harness.server.url, redirect_uri=REDIRECT)
    assert app.client_secret not in repr(app)
    asked, code = await consent(http, harness, app)
    with pytest.raises(Revoked):
        await connector.exchange(http, replace(asked, code_verifier="another"), code=code)
    asked, code = await consent(http, harness, app)
    [grant] = await connector.exchange(http, asked, code=code)
    assert (grant.credentials.account_id, grant.profile.handle) == (ACCOUNT, "ada@mastodon.example")
    assert set(grant.credentials.scope.split()) == connector.scopes == SCOPES
    assert (grant.credentials.expires_at, grant.credentials.refresh_token) == (None, None)
    with pytest.raises(Revoked):  # a code is good for once
        await connector.exchange(http, asked, code=code)


async def test_an_app_that_the_server_has_forgotten_is_told_apart(http, harness):
    app = await harness.connector.register(http, server=harness.server.url, redirect_uri=REDIRECT)
    asked, code = await consent(http, harness, app)
    harness.server.apps.clear()
    with pytest.raises(Revoked) as caught:
        await harness.connector.exchange(http, asked, code=code)
    assert caught.value.code == "invalid_client"


async def test_a_server_that_registers_nothing_is_named(http, harness):
    with pytest.raises(Rejected, match="absolute URI"):
        await harness.connector.register(http, server=harness.server.url, redirect_uri="nowhere")


async def test_a_token_is_given_back_once_and_gone_ones_are_no_error(http, harness):
    app = await harness.connector.register(http, server=harness.server.url, redirect_uri=REDIRECT)
    for registered in (app, app, App("unknown", "secret"), None):
        await harness.connector.revoke(http, replace(harness.credentials, app=registered))
    with pytest.raises(Revoked):
        await publish(http, harness, Part("Hello"))


async def test_a_repeat_with_the_same_key_gives_the_first_post_again(http, harness):
    first = await publish(http, harness, Part("Hello"))
    assert await publish(http, harness, Part("Hello")) == first
    assert (harness.server.posts, await harness.received()) == (2, ["Hello"])
    assert harness.connector.certainty is Certainty.EXACT


async def test_after_an_hour_the_key_is_forgotten_and_the_list_tells(http, harness, dial):
    armed = arm()
    first = await publish(http, harness, Part("Hello"), armed)
    dial.jump(clock.now() + timedelta(hours=1, minutes=1))
    assert await look_up(http, harness, Part("Hello"), armed) == first
    second = await publish(http, harness, Part("Hello"), armed)  # why nobody may repeat then without a look
    assert second != first
    later = arm(ago=timedelta(minutes=5))
    assert await look_up(http, harness, Part("Other"), later) == Absent()


async def test_a_server_that_is_overloaded_is_asked_again_and_not_sent_to_again(http, harness):
    harness.server.lists_answer = 503
    found = await look_up(http, harness, Part("Hello"), arm())
    assert isinstance(found, Undecided)
    assert not found.final
    with pytest.raises(Unreachable):
        await look_up(http, harness, Part("Hello"), arm(ago=timedelta(minutes=3)))


async def test_a_post_is_recognized_by_what_was_written_and_not_by_what_is_shown(http, harness):
    text = 'Größe & <b>"it\'s"</b> @ada@elsewhere.example https://example.com/a?b=1&c=2 #tag'
    armed = arm()
    first = await publish(http, harness, Part(text), armed)
    assert await look_up(http, harness, Part(text), armed) == first
    harness.server.tells_source = False
    assert isinstance(await look_up(http, harness, Part(text), armed), Undecided)


async def test_two_posts_with_one_text_are_not_guessed_at(http, harness):
    for key in ("one", "two"):
        await publish(http, harness, Part("Hello"), arm(key=key))
    found = await look_up(http, harness, Part("Hello"), arm())
    assert isinstance(found, Undecided)
    assert found.final


async def test_the_list_is_read_back_page_by_page_and_not_for_ever(http, harness):
    armed = arm()
    first = await publish(http, harness, Part("Hello"), armed)
    for number in range(45):
        await publish(http, harness, Part(f"Reply {number}", reply_to=first.platform_post_id), arm(key=str(number)))
    assert await look_up(http, harness, Part("Hello"), armed) == first
    for number in range(21):
        await publish(http, harness, Part(f"Note {number}"), arm(key=f"note-{number}"))
    assert isinstance(await look_up(http, harness, Part("Hello"), arm()), Undecided)
    for number in range(160):
        harness.server.statuses.append({**harness.server.statuses[-1], "id": str(110_000_000_000_001_000 + number)})
    assert isinstance(await look_up(http, harness, Part("Hello"), armed), Undecided)


async def test_an_unreadable_post_in_the_list_proves_no_absence(http, harness):
    await publish(http, harness, Part("Hello"))
    harness.server.statuses[0]["id"] = 7  # ids are strings
    with pytest.raises(Unreachable, match="unreadable"):
        await look_up(http, harness, Part("Other"), arm(ago=timedelta(minutes=10)))


async def test_a_reply_goes_under_its_post_and_one_whose_post_is_gone_is_told(http, harness):
    first = await publish(http, harness, Part("1"), arm(key="1"))
    await publish(http, harness, Part("2", 1, reply_to=first.platform_post_id), arm(key="2"))
    assert harness.server.statuses[1]["in_reply_to_id"] == first.platform_post_id
    await harness.connector.delete(http, harness.credentials, first.platform_post_id)
    with pytest.raises(TargetGone):
        await publish(http, harness, Part("3", 2, reply_to=first.platform_post_id), arm(key="3"))


async def test_the_time_of_a_rate_limit_is_read_in_the_form_that_mastodon_writes(http, harness):
    await harness.fault("rate_limit", seconds=120)
    with pytest.raises(RateLimited) as caught:
        await publish(http, harness, Part("Hello"))
    assert caught.value.retry_at.tzinfo is UTC
    assert timedelta(seconds=110) < caught.value.retry_at - clock.now() <= timedelta(seconds=120)


async def test_servers_set_lengths_of_their_own(http, harness):
    harness.server.limits["max_characters"] = 20
    with pytest.raises(Rejected, match="limit of 20"):
        await publish(http, harness, Part("a" * 21))
    await publish(http, harness, Part("a" * 20))


async def test_counters_are_read_and_what_is_not_told_stays_none(http, harness):
    post = await publish(http, harness, Part("Hello"))
    metrics = await harness.connector.metrics(http, harness.credentials, post.platform_post_id)
    assert metrics == Metrics(likes=7, comments=3, shares=3)
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    assert await harness.connector.metrics(http, harness.credentials, post.platform_post_id) == Metrics()


async def test_a_lost_answer_repeated_at_once_makes_one_post(http, harness):
    armed = arm()
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await publish(http, harness, Part("Hello"), armed)
    again = await publish(http, harness, Part("Hello"), armed)
    assert await look_up(http, harness, Part("Hello"), armed) == again
    assert await harness.received() == ["Hello"]
