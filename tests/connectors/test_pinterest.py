"""The Pinterest connector against a small Pinterest."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, App, Armed, Consent, Media, Metrics, Part, Undecided
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unreachable,
)
from aipromote.connectors.pinterest import PinterestConnector
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance, asked
from connectors.pinterest_server import APP_ID, APP_SECRET, BOARDS, SCOPE, Pinterest

PICTURE = Media.of(b"\x89PNG", "image/png", "A chart")
BACK = "https://aipromote.example/channels/callback"


class PinterestHarness:
    def __init__(self, network: Pinterest) -> None:
        self.network = network
        self.connector = PinterestConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:
        self.network.faults.append((kind, 1.0 if seconds is None else seconds, style))

    async def received(self) -> list[str]:
        return [pin["description"] for pin in reversed(self.network.pins)]

    async def expire_access(self) -> None:
        self.network.tokens.clear()

    async def revoke(self) -> None:
        self.network.tokens.clear()
        self.network.refreshes.clear()

    async def narrow_credentials(self):
        told = self.network.issue("boards:read,pins:read")
        return replace(self.credentials, access_token=told["access_token"], scope="boards:read pins:read")


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


def consent(network, **more) -> Consent:
    return Consent(network.url, BACK, "state-1", "verifier-1", app=App(APP_ID, APP_SECRET), **more)


async def grants(http, network):
    asked = consent(network)
    async with http.get(PinterestConnector().authorization_url(asked), allow_redirects=False) as answer:
        back = urlsplit(answer.headers["Location"])
    query = parse_qs(back.query)
    assert query["state"] == ["state-1"]
    return await PinterestConnector().exchange(http, asked, code=query["code"][0])


@pytest.fixture
async def harness(http):
    async with Pinterest() as network:
        made = PinterestHarness(network)
        made.credentials = (await grants(http, network))[0].credentials
        yield made


class TestPinterest(Conformance):
    has = frozenset({"scopes", "followers"})

    def part(self, text: str, **more) -> Part:
        return Part(text, media=(PICTURE,), **more)


def arm() -> Armed:
    return Armed("key", clock.now())


async def publish(http, harness, part, armed=None, **more):
    return await harness.connector.publish(http, harness.credentials, part, replace(armed or arm(), **more))


async def look_up(http, harness, part, armed):
    return await harness.connector.look_up(http, harness.credentials, part, armed)


async def prepare(http, harness, part, prepared=None):
    return await harness.connector.prepare(http, harness.credentials, part, prepared)


async def test_a_consent_opens_every_board_on_every_page(http, harness):
    opened = await grants(http, harness.network)
    assert [(one.profile.account_id, one.profile.handle) for one in opened] == [
        (number, f"ada/{name}") for number, name in BOARDS.items()
    ]
    for one in opened:
        assert one.credentials.account_id == one.profile.account_id
        assert set(one.credentials.scope.split()) == set(SCOPE.split(","))
        assert harness.connector.scopes <= set(one.credentials.scope.split())
        assert timedelta(days=29) < one.credentials.expires_at - clock.now() <= timedelta(days=30)
    assert opened[0].profile.profile_url == "https://www.pinterest.com/ada/"


async def test_the_consent_page_is_on_another_host_than_the_api(harness):
    asked = replace(consent(harness.network), server=harness.connector.server)
    page = urlsplit(harness.connector.authorization_url(asked))
    assert (page.hostname, page.path) == ("www.pinterest.com", "/oauth/")
    assert parse_qs(page.query)["scope"] == [SCOPE]
    assert APP_SECRET not in page.query


async def test_a_code_is_good_once_and_an_account_without_boards_is_told_what_to_do(http, harness):
    with pytest.raises(Revoked):
        await harness.connector.exchange(http, consent(harness.network), code="used-before")
    harness.network.boards.clear()
    with pytest.raises(Rejected, match="no board yet"):
        await grants(http, harness.network)


async def test_tokens_are_ended_only_where_no_other_board_lives_on_them(http, harness):
    await harness.connector.revoke(http, harness.credentials)
    assert harness.credentials.access_token in harness.network.tokens
    harness.network.boards = {"1001": "Launch"}
    await harness.connector.revoke(http, harness.credentials)
    assert harness.credentials.access_token not in harness.network.tokens


async def test_a_refresh_keeps_the_old_token_and_the_board_where_the_answer_names_none(http, harness, monkeypatch):
    told = {"access_token": "pina_new", "expires_in": 10}
    monkeypatch.setattr(harness.network, "issue", lambda: told)
    fresh = await harness.connector.refresh(http, harness.credentials)
    assert fresh.access_token == "pina_new"
    assert (fresh.refresh_token, fresh.scope, fresh.account_id, fresh.app) == (
        harness.credentials.refresh_token,
        harness.credentials.scope,
        "1001",
        App(APP_ID, APP_SECRET),
    )


async def test_title_link_and_alt_text_have_fields_of_their_own(http, harness):
    part = Part("Read more at aipromote.com/blog today", title="A chart", media=(PICTURE,))
    armed = arm()
    post = await publish(http, harness, part, armed)
    (pin,) = harness.network.pins
    assert (pin["title"], pin["link"], pin["alt_text"]) == ("A chart", "https://aipromote.com/blog", "A chart")
    assert pin["media_source"] == {"source_type": "image_base64", "content_type": "image/png", "data": "iVBORw=="}
    assert post.url == f"https://www.pinterest.com/pin/{pin['id']}/"
    assert await look_up(http, harness, part, armed) == await look_up(http, harness, asked(part), armed) == post


async def test_several_pictures_are_one_pin_and_large_ones_are_fetched_where_they_can_be(http, harness):
    await publish(http, harness, Part("Two", media=(PICTURE, PICTURE)))
    assert harness.network.pins[0]["media_source"]["source_type"] == "multiple_image_base64"
    large = replace(PICTURE, size=6_500_000, url="https://aipromote.example/f/1.jpg")
    await publish(http, harness, Part("Large", media=(large, large)))
    assert harness.network.pins[0]["media_source"] == {
        "source_type": "multiple_image_urls",
        "items": [{"url": "https://aipromote.example/f/1.jpg"}] * 2,
    }
    huge = replace(large, size=13_000_000)
    await publish(http, harness, Part("Huge", media=(huge,)))
    assert harness.network.pins[0]["media_source"] == {"source_type": "image_url", "url": large.url}
    await publish(http, harness, Part("No address", media=(replace(huge, url=None),)))
    assert harness.network.pins[0]["media_source"]["source_type"] == "image_base64"
    assert "takes 5 pictures" in harness.connector.problems(Platform.PINTEREST, Part("x", media=(PICTURE,) * 6))[0]


async def test_a_video_goes_to_the_storage_and_is_waited_for(http, harness):
    film = Media.of(b"film" * 700_000, "video/mp4")
    part = Part("Watch", media=(film,))
    seen, prepared = [], None
    for _ in range(4):
        answer = await prepare(http, harness, part, prepared)
        prepared = answer.handle
        seen.append(answer.ask_after)
    assert [wait.total_seconds() if wait else None for wait in seen] == [10, 10, 10, None]
    assert harness.network.videos["5200"]["size"] == film.size
    await publish(http, harness, part, prepared=prepared)
    assert harness.network.pins[0]["media_source"]["media_id"] == "5200"
    assert len(harness.network.videos) == 1


async def test_a_video_that_fails_is_refused_and_one_that_is_forgotten_is_uploaded_again(http, harness):
    part = Part("Watch", media=(Media.of(b"film", "video/mp4"),))
    harness.network.states = ["failed"]
    first = await prepare(http, harness, part)
    with pytest.raises(MediaRejected, match="could not process"):
        await prepare(http, harness, part, first.handle)
    harness.network.states = ["what_is_this"]
    second = await prepare(http, harness, part, '{"media_id": "1"}')
    assert second.handle == '{"media_id": "5201"}'
    with pytest.raises(Unreachable):
        await prepare(http, harness, part, second.handle)
    for lost in (None, "", "{", "[]", '{"media_id": "../x"}'):
        with pytest.raises(Stale):
            await publish(http, harness, part, prepared=lost)


async def test_a_storage_that_refuses_and_one_that_is_not_private_get_no_second_try(http, harness):
    part = Part("Watch", media=(Media.of(b"film", "video/mp4"),))
    for status, meaning in ((413, MediaRejected), (403, Unreachable), (500, Unreachable)):
        harness.network.storage_status = status
        with pytest.raises(meaning):
            await prepare(http, harness, part)
    harness.network.upload_host = "http://storage.example"
    with pytest.raises(Unreachable):
        await prepare(http, harness, part)


async def test_a_pin_shows_something(http, harness):
    with pytest.raises(MediaRejected):
        await publish(http, harness, Part("Nothing"))
    assert not harness.connector.prepares(Part("x", media=(PICTURE,)))
    assert (await prepare(http, harness, Part("x", media=(PICTURE,)))).ask_after is None


async def test_pins_of_another_board_or_title_are_not_taken_for_ours(http, harness):
    armed, part = arm(), Part("Hello", title="T", media=(PICTURE,))
    elsewhere = replace(harness.credentials, account_id="1002")
    await harness.connector.publish(http, elsewhere, part, armed)
    await publish(http, harness, replace(part, title="Another"))
    assert isinstance(await look_up(http, harness, part, armed), Undecided)
    ours = await publish(http, harness, part, armed)
    assert await look_up(http, harness, part, armed) == ours


async def test_a_list_is_read_to_before_the_call_only_where_the_newest_come_first(http, harness, dial):
    part = Part("Hello", media=(PICTURE,))
    for number in range(50):
        dial.jump(clock.now() + timedelta(minutes=1))
        await publish(http, harness, replace(part, text=f"Old {number}"))
    dial.jump(clock.now() + timedelta(hours=1))
    armed = arm()
    dial.jump(clock.now() + timedelta(minutes=6))
    assert isinstance(await look_up(http, harness, part, armed), Absent)
    harness.network.pins.reverse()  # oldest first: the call's may be on the last page, which is too far away
    found = await look_up(http, harness, part, armed)
    assert isinstance(found, Undecided)
    assert found.final
    harness.network.pins[0] = {"id": "7", "created_at": "yesterday"}
    found = await look_up(http, harness, part, armed)
    assert isinstance(found, Undecided)
    assert not found.final


async def test_counters_of_a_whole_life_come_before_those_of_ninety_days(http, harness):
    post = await publish(http, harness, Part("Hello", media=(PICTURE,)))

    async def told():
        return await harness.connector.metrics(http, harness.credentials, post.platform_post_id)

    assert await told() == Metrics(impressions=240, clicks=20, saves=21, comments=3, likes=10)
    harness.network.analytics["lifetime_metrics"]["IMPRESSION"] = 9000
    harness.network.analytics["summary_metrics"]["SAVE"] = None
    assert await told() == Metrics(impressions=9000, clicks=20, comments=3, likes=10)
    harness.network.pins.clear()
    assert await told() == Metrics()


async def test_a_limit_is_read_from_the_header_of_pinterest_too(http, harness):
    await harness.fault("rate_limit", seconds=40, style="reset")
    with pytest.raises(RateLimited) as caught:
        await publish(http, harness, Part("Hello", media=(PICTURE,)))
    assert timedelta(seconds=30) < caught.value.retry_at - clock.now() < timedelta(seconds=41)


async def test_an_app_on_trial_and_a_board_that_is_gone_are_told_apart(http, harness):
    part = Part("Hello", media=(PICTURE,))
    harness.network.is_trial = True
    with pytest.raises(PermissionMissing, match="Trial access"):
        await publish(http, harness, part)
    harness.network.is_trial = False
    del harness.network.boards["1001"]
    with pytest.raises(TargetGone):
        await publish(http, harness, part)
    with pytest.raises(TargetGone):
        await harness.connector.profile(http, harness.credentials)
