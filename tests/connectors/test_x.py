"""The connector to X against a small X on loopback."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote import clock
from aipromote.connectors.contract import (
    App,
    Certainty,
    Credentials,
    Media,
    Metrics,
    Part,
    Published,
    Undecided,
)
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    Duplicate,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.x.answers import made_at
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.scripted import Scripted
from connectors.x_harness import X, arm, consent, harness, http, send
from connectors.x_server import CLIENT, SECRET, USER

__all__ = ["harness", "http"]
PNG = Media.of(b"\x89PNG-1", "image/png", "A chart")


class TestX(Conformance):
    has = frozenset({"delayed_visibility", "single-use refresh tokens", "scopes", "followers"})


async def test_connecting_leaves_for_x_and_keeps_the_app_for_refreshing(http, harness):
    assert X.authorization_url(replace(consent(harness.server), server=X.server)).startswith("https://x.com/i/oauth2/")
    assert harness.credentials.account_id == USER
    assert harness.credentials.app == App(CLIENT, SECRET)
    assert X.scopes <= set(harness.credentials.scope.split())
    life = harness.credentials.expires_at - clock.now()
    assert timedelta(minutes=119) < life <= timedelta(minutes=120)
    assert X.certainty_of(harness.credentials) is Certainty.MATCH


async def test_a_code_is_good_once_and_only_for_who_asked(http, harness):
    asked = consent(harness.server)
    code, _ = harness.server.agree(X.authorization_url(asked))
    with pytest.raises(Revoked):
        await X.exchange(http, replace(asked, code_verifier="of somebody else, " + "v" * 40), code=code)
    with pytest.raises(Revoked):
        await X.exchange(http, asked, code=code)


async def test_a_wrong_secret_of_the_installation_disconnects_nobody(http, harness):
    wrong = replace(harness.credentials, app=App(CLIENT, "another"))
    with pytest.raises(Unreachable, match="this installation"):
        await X.refresh(http, wrong)
    assert (await X.refresh(http, harness.credentials)).app == App(CLIENT, SECRET)


async def test_an_installation_without_an_app_is_told_so(http, harness):
    with pytest.raises(Rejected, match="client id"):
        X.authorization_url(replace(consent(harness.server), app=None))


async def test_an_app_without_a_secret_names_itself_in_the_form(http, harness):
    public = replace(harness.credentials, app=App("public-client"))
    assert (await X.refresh(http, public)).access_token != public.access_token


async def test_both_tokens_are_revoked_and_doing_it_again_is_no_error(http, harness):
    await X.revoke(http, harness.credentials)
    assert harness.server.tokens == {}
    await X.revoke(http, harness.credentials)


async def test_a_lost_post_is_found_under_the_short_links_of_x(http, harness):
    text = "Größe & <mehr>: https://example.com/a?b=1&c=2 and aipromote.example"
    armed = arm()
    await X.publish(http, harness.credentials, Part(text), armed)
    (stored,) = harness.server.posts.values()
    assert "https://t.co/" in stored["shown"]
    assert "&amp;" in stored["shown"]
    found = await X.look_up(http, harness.credentials, Part(text), armed)
    assert isinstance(found, Published)
    assert found.platform_post_id == stored["id"]


async def test_a_lost_post_with_a_picture_is_found_although_x_adds_a_link(http, harness):
    part = Part("Look at https://example.com/x", media=(PNG,))
    post = await send(http, harness, part)
    armed = replace(arm(), armed_at=post.published_at)
    assert await X.look_up(http, harness.credentials, part, armed) == post


@pytest.mark.parametrize("names_itself", [False, True])
async def test_a_lost_part_of_a_thread_is_told_from_the_same_words_elsewhere(http, harness, names_itself):
    harness.server.names_itself = names_itself
    root = await send(http, harness, Part("Thanks"))
    part = Part("Thanks", 1, reply_to=root.platform_post_id, root=root.platform_post_id)
    armed = arm()
    assert isinstance(await X.look_up(http, harness.credentials, part, armed), Undecided)
    reply = await X.publish(http, harness.credentials, part, armed)
    assert await X.look_up(http, harness.credentials, part, armed) == reply


async def test_the_same_words_twice_in_the_timeline_are_a_persons_to_judge(http, harness):
    harness.server.add("Hello")
    harness.server.add("Hello")
    found = await X.look_up(http, harness.credentials, Part("Hello"), arm())
    assert isinstance(found, Undecided)
    assert found.final


async def test_a_repeat_after_a_lost_answer_is_a_duplicate_and_the_first_is_adopted(http, harness):
    armed = arm()
    await harness.fault("store_then_drop")
    for error in (UnknownOutcome, Duplicate):
        with pytest.raises(error):
            await X.publish(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(await X.look_up(http, harness.credentials, Part("Hello"), armed), Published)
    assert len(harness.server.posts) == 1


async def test_a_duplicate_of_an_old_post_is_never_adopted(http, harness, dial):
    armed = arm()
    harness.server.add("Hello")
    dial.jump(clock.now() + timedelta(hours=5))
    armed = arm()
    with pytest.raises(Duplicate):
        await X.publish(http, harness.credentials, Part("Hello"), armed)
    dial.jump(clock.now() + timedelta(minutes=11))
    fresh = await X.refresh(http, harness.credentials)
    found = await X.look_up(http, fresh, Part("Hello"), armed)
    assert isinstance(found, Undecided)
    assert found.final


async def test_a_long_timeline_is_read_on_but_not_for_ever(http, harness):
    armed = arm()
    harness.server.add("Hello")
    for number in range(150):
        harness.server.add(f"Noise {number}")
    assert isinstance(await X.look_up(http, harness.credentials, Part("Hello"), armed), Published)
    for number in range(200):
        harness.server.add(f"More noise {number}")
    assert isinstance(await X.look_up(http, harness.credentials, Part("Hello"), armed), Undecided)


async def test_a_text_that_weighs_too_much_is_known_here_and_refused_there(http, harness):
    for text in ("a" * 281, "日" * 141):
        assert X.problems(Platform.TWITTER, Part(text))
        with pytest.raises(Rejected, match="too long"):
            await X.publish(http, harness.credentials, Part(text), arm())
    fits = "日" * 128 + " https://example.com/" + "x" * 200
    assert X.problems(Platform.TWITTER, Part(fits)) == []
    await X.publish(http, harness.credentials, Part(fits), arm())


async def test_an_answer_to_what_is_not_ours_or_not_there_is_refused_for_good(http, harness):
    other = harness.server.add("Hi", author="999")
    with pytest.raises(PolicyBlocked):
        await X.publish(http, harness.credentials, Part("2", 1, reply_to=other["id"]), arm())
    with pytest.raises(TargetGone):
        await X.publish(http, harness.credentials, Part("2", 1, reply_to="12"), arm())


async def test_a_spent_contract_is_the_operators(http, harness):
    await harness.fault("credits")
    with pytest.raises(BillingExhausted, match="credits"):
        await X.publish(http, harness.credentials, Part("Hello"), arm())


async def test_the_limit_of_a_day_is_told_from_that_of_a_quarter_of_an_hour(http, harness):
    await harness.fault("day_limit", seconds=36_000)
    with pytest.raises(AccountLimit) as caught:
        await X.publish(http, harness.credentials, Part("Hello"), arm())
    assert timedelta(hours=9) < caught.value.retry_at - clock.now() < timedelta(hours=11)


async def test_a_success_that_speaks_of_errors_is_still_a_post(http, harness):
    await harness.fault("speaks_of_errors")
    post = await X.publish(http, harness.credentials, Part("Hello"), arm())
    assert post.url == f"https://x.com/i/web/status/{post.platform_post_id}"


async def test_counters_are_read_and_clicks_only_while_x_tells_them(http, harness, dial):
    post = await send(http, harness, Part("Hello"))
    public = Metrics(impressions=500, likes=7, comments=3, shares=3, saves=4)
    assert await X.metrics(http, harness.credentials, post.platform_post_id) == replace(public, clicks=6)
    harness.server.withholds_private = True
    assert await X.metrics(http, harness.credentials, post.platform_post_id) == public
    dial.jump(clock.now() + timedelta(days=31))
    fresh = await X.refresh(http, harness.credentials)
    assert await X.metrics(http, fresh, post.platform_post_id) == public
    await X.delete(http, fresh, post.platform_post_id)
    assert await X.metrics(http, fresh, post.platform_post_id) == Metrics()


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_every_number_tells_a_moment(number):
    moment = made_at(str(number))
    assert 2010 <= moment.year <= 2081
    assert made_at(str(min(number + 2**32, 2**63 - 1))) >= moment


BROKEN = [
    {"data": "nothing", "meta": {}},
    {"meta": {"result_count": 3}},
    {"data": [{"id": "7", "text": "Hello"}], "meta": {}},
    {"data": [{"id": "7", "text": 7, "created_at": "2026-05-04T09:30:00.000Z"}]},
    {"data": [{"id": "x", "text": "Hello", "created_at": "2026-05-04T09:30:00.000Z"}]},
    {"data": ["Hello"]},
]


@pytest.mark.parametrize("body", BROKEN, ids=str)
async def test_a_timeline_that_cannot_be_read_tells_nothing(http, body):
    async with Scripted() as server:
        server.says(200, body)
        with pytest.raises(Unreachable):
            await X.look_up(http, Credentials(server.url, "token", account_id=USER), Part("Hello"), arm())


async def test_a_list_that_is_partly_strange_is_still_read(http):
    now = clock.now()
    post = {"id": "1445880548472328192", "text": "Hello", "created_at": now.isoformat(), "entities": {"urls": [7, {}]}}
    async with Scripted() as server:
        server.says(200, {"data": [post], "meta": {"result_count": 1}})
        found = await X.look_up(http, Credentials(server.url, "token", account_id=USER), Part("Hello"), arm())
    assert isinstance(found, Published)
    assert found.published_at == now  # the number tells of another year, so the time that X says counts


async def test_too_many_refreshes_are_waited_for(http):
    async with Scripted() as server:
        server.says(429, b"", headers={"Retry-After": "60"})
        with pytest.raises(RateLimited):
            await X.refresh(http, Credentials(server.url, "token", "refresh", app=App(CLIENT, SECRET)))
