"""Whatever a network answers means exactly one thing, and never repeats a secret."""

import gzip
import traceback
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.contract import Armed, Credentials, Media, Part, Undecided
from aipromote.connectors.errors import ConnectorError, MediaRejected, UnknownOutcome, Unreachable
from connectors import answers
from connectors.answers.anywhere import HTML
from connectors.scripted import Scripted

ACCESS, REFRESH = "access-" + "s3cr3t" * 5, "refresh-" + "s3cr3t" * 5
NETWORKS = answers.modules()
CASES = [(network, *row) for network in NETWORKS for row in network.ROWS]


def label(value):
    if isinstance(value, tuple):
        return "-".join(map(label, value))
    connector = getattr(value, "CONNECTOR", None)
    return connector.name if connector else value.__name__ if isinstance(value, type) else str(value)[:24]


@pytest.fixture
async def server():
    async with Scripted() as running:
        yield running


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=2) as session:
        yield session


def credentials(network, server) -> Credentials:
    token = getattr(network, "TOKEN", ACCESS)
    scope, account = getattr(network, "SCOPE", ""), getattr(network, "ACCOUNT", "a1")
    return Credentials(server.url, token, REFRESH, scope=scope, account_id=account)


def armed_for(network, moment=None) -> Armed:
    moment = moment or clock.now()
    key = network.CONNECTOR.choose_record_key(moment)
    return Armed("key", moment, key, prepared=getattr(network, "PREPARED", None))


def part_of(network) -> Part:
    return getattr(network, "PART", Part("Hello"))


async def result_of(call):
    try:
        return await call
    except ConnectorError as error:
        return error


async def outcome(network, http, server):
    return await result_of(
        network.CONNECTOR.publish(http, credentials(network, server), part_of(network), armed_for(network))
    )


@pytest.mark.parametrize("case", CASES, ids=label)
async def test_an_answer_means_exactly_one_thing(http, server, case):
    network, status, body, meaning, *headers = case
    server.says(status, body, headers=headers[0] if headers else {"Location": "https://example.com/elsewhere"})
    result = await outcome(network, http, server)
    assert type(result) is meaning
    fired = [call for call in server.calls if not call.startswith("GET ")]
    assert len(fired) == 1  # no redirect followed, nothing repeated; questions about it may follow
    assert len(server.calls) <= 2


@pytest.mark.parametrize("network", NETWORKS, ids=label)
@pytest.mark.parametrize("status", [200, 400, 429, 503])
async def test_an_answer_that_breaks_off_or_never_ends_is_unknown(http, server, network, status):
    server.says(status, {"id": "p7", "uri": "at://x/y/z", "error": "not_processed", "filler": "x" * 99}, torn=20)
    assert type(await outcome(network, http, server)) is UnknownOutcome
    bomb = gzip.compress(b'"' + b"a" * (wire.MAX_BYTES + 10) + b'"')
    assert len(bomb) < 100_000
    server.says(status, bomb, headers={"Content-Encoding": "gzip"})
    assert type(await outcome(network, http, server)) is UnknownOutcome


UNUSABLE = [(status, HTML) for status in (200, 400, 401, 403, 404, 410, 500)]
UNUSABLE += [(200, b""), (200, []), (200, {"id": 7}), (302, b""), (404, b""), (408, b"")]


@pytest.mark.parametrize("network", NETWORKS, ids=label)
@pytest.mark.parametrize("answer", UNUSABLE, ids=label)
async def test_a_question_with_an_unusable_answer_changes_and_tells_nothing(http, server, network, answer):
    """A page of somebody in between is no word that a post is absent, nor that an account is closed."""
    server.says(*answer)
    opened, connector = credentials(network, server), network.CONNECTOR
    armed = armed_for(network, clock.now() - timedelta(hours=1))
    found = await result_of(connector.look_up(http, opened, part_of(network), armed))
    is_empty_list = answer == (200, []) and getattr(network, "LISTS", False)
    may_be_undecided = isinstance(found, Undecided) and _may_be_undecided(network, found)
    assert type(found) is Unreachable or may_be_undecided or is_empty_list
    if type(connector).refresh is not Network.refresh:
        with pytest.raises(Unreachable):
            await connector.refresh(http, opened)
    if connector.capabilities(connector.platform).counters:
        with pytest.raises(Unreachable):
            await connector.metrics(http, opened, getattr(network, "POST_ID", "p7"))


def _may_be_undecided(network, found) -> bool:
    """Only where nothing can be asked at all may an unusable answer be the last word."""
    return not found.final or getattr(network, "CANNOT_BE_ASKED", False)


@pytest.mark.parametrize("network", [one for one in NETWORKS if not hasattr(one, "PREPARED")], ids=label)
async def test_a_file_that_is_refused_ends_the_post_before_anything_is_public(http, server, network):
    picture = Part("Hello", media=(Media.of(b"\x89PNG", "image/png", url="https://files.example/1.png"),))
    connector, opened = network.CONNECTOR, credentials(network, server)
    for status, body, meaning in ((413, HTML, MediaRejected), (500, HTML, Unreachable), (403, HTML, Unreachable)):
        server.calls.clear()
        server.says(status, body)
        if connector.prepares(picture):
            result = await result_of(connector.prepare(http, opened, picture, None))
        elif connector.capabilities(connector.platform).max_images:
            result = await result_of(connector.publish(http, opened, picture, armed_for(network)))
        else:
            pytest.skip("this network takes no pictures")
        # Where files go along with the post itself, only what the network says of them is known for sure.
        is_unsure = meaning is Unreachable and getattr(network, "SENDS_FILES_ALONG", False)
        assert type(result) is (UnknownOutcome if is_unsure else meaning)
        assert len(server.calls) == 1


async def told_by(call) -> list[str]:
    """Everything that a log, a screen or a stored row could get to know of a call."""
    try:
        return [repr(await call)]
    except ConnectorError as error:
        found = error
    assert len(found.reason) <= 400
    assert "\n" not in found.reason
    return [found.reason, found.code, str(found.detail), repr(found), *traceback.format_exception(found)]


@pytest.mark.parametrize("network", NETWORKS, ids=label)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidRequest", "not_processed", "invalid_grant", "{secret}"])
async def test_no_error_repeats_a_secret_even_where_the_network_does(http, server, network, status, code):
    opened, armed, connector = credentials(network, server), armed_for(network), network.CONNECTOR
    picture = Part("Hello", media=(Media.of(b"x", "image/png", url="https://files.example/1.png"),))
    post_id = getattr(network, "POST_ID", "p7")
    calls = {
        opened.access_token: (
            lambda: connector.publish(http, opened, part_of(network), armed),
            lambda: connector.prepare(http, opened, picture, None),
            lambda: connector.publish(http, opened, picture, armed),
            lambda: connector.look_up(http, opened, part_of(network), armed),
            lambda: connector.metrics(http, opened, post_id),
            lambda: connector.profile(http, opened),
            lambda: connector.delete(http, opened, post_id),
            lambda: connector.revoke(http, opened),
        ),
        REFRESH: (lambda: connector.refresh(http, opened), lambda: connector.revoke(http, opened)),
    }
    for secret, made in calls.items():
        words = f"Token Bearer {secret} is not good.\n" + "x" * 5000
        body = {"error": code.format(secret=secret), "message": words, "detail": secret, "title": words}
        server.says(status, body)
        for call in made:
            assert not [words for words in await told_by(call()) if secret in words]
    assert opened.access_token not in repr(opened)
    assert REFRESH not in repr(opened)
