"""Whatever a network answers means exactly one thing, and never repeats a secret."""

import gzip
import traceback
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.bluesky import BlueskyConnector
from aipromote.connectors.contract import (
    AccountLimit,
    Armed,
    BillingExhausted,
    ConnectorError,
    Credentials,
    Duplicate,
    Media,
    MediaRejected,
    Part,
    PermissionMissing,
    PolicyBlocked,
    Processing,
    Published,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    Unauthorized,
    Undecided,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.sandbox import SandboxConnector
from connectors.scripted import Scripted

ACCESS, REFRESH = "access-" + "s3cr3t" * 5, "refresh-" + "s3cr3t" * 5
HTML = b"<!DOCTYPE html><html><title>Just a moment</title></html>"
POST = {"id": "p7", "url": "http://127.0.0.1/posts/p7", "created_at": "2026-05-04T09:30:00+00:00"}
RECORD = {"uri": "at://did:plc:ada/app.bsky.feed.post/3kabc", "cid": "bafy1"}


def said(code):
    return {"error": code, "message": "Words."}


# What every network may answer to a call that publishes, whatever its own words are.
ANYWHERE = [
    (200, HTML, UnknownOutcome),
    (201, b"", UnknownOutcome),
    (204, b"", UnknownOutcome),
    (200, b'{"id": "p', UnknownOutcome),
    (200, b"[" * 100_000, UnknownOutcome),
    (200, b"\xff\xfe\x00", UnknownOutcome),
    (200, {}, UnknownOutcome),
    (200, [POST], UnknownOutcome),
    (200, "p7", UnknownOutcome),
    (200, None, UnknownOutcome),
    (200, {"error": "what_is_this", "message": "Nobody knows."}, UnknownOutcome),
    *((status, body, UnknownOutcome) for status in (301, 302, 303, 307, 308) for body in (b"", HTML)),
    *((status, HTML, UnknownOutcome) for status in (400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 451)),
    (403, b"", UnknownOutcome),
    (403, {"message": "Forbidden"}, UnknownOutcome),
    (403, {"error": {"code": "policy"}}, UnknownOutcome),
    (408, said("request_timeout"), UnknownOutcome),
    (413, HTML, MediaRejected),
    (429, HTML, RateLimited),
    (429, b"", RateLimited),
    *((status, body, UnknownOutcome) for status in (500, 502, 503, 504, 520) for body in (b"", HTML, said("oops"))),
    *((status, said("not_processed"), Unreachable) for status in (500, 502, 503)),
]
SANDBOX = [
    *ANYWHERE,
    (201, POST, Published),
    (200, POST, Published),
    (201, POST | {"errors": [said("policy")], "beta": {"x": None}, "counters": []}, Published),
    (201, POST | {"id": "x7"}, UnknownOutcome),
    (201, POST | {"created_at": "yesterday"}, UnknownOutcome),
    (201, {name: value for name, value in POST.items() if name != "url"}, UnknownOutcome),
    (202, {"id": "h7", "status": "processing"}, Processing),
    (202, b'{"id": "h7", "status": "processing", "ask_after": NaN}', Processing),
    (202, {"id": "h7", "status": "processing", "ask_after": -1e300}, Processing),
    (202, {"id": "h7", "status": "processing", "ask_after": 1e300}, Processing),
    (202, {"id": "../h7", "status": "processing"}, UnknownOutcome),
    (202, {"status": "processing"}, UnknownOutcome),
    (202, b"", UnknownOutcome),
    (200, {"id": "h7", "status": "published"}, UnknownOutcome),
    (200, {"id": "h7", "status": "published", "post": POST}, Published),
    (200, {"id": "h7", "status": "refused", **said("policy")}, PolicyBlocked),
    (200, {"id": "h7", "status": "refused", **said("duplicate")}, Rejected),
    (200, said("policy"), PolicyBlocked),
    (200, said("rate_limited"), RateLimited),
    (200, said("duplicate"), Duplicate),
    (400, said("refused"), Rejected),
    (400, said("nobody_knows_this"), Rejected),
    (401, said("invalid_token"), Unauthorized),
    (401, said("nobody_knows_this"), Unauthorized),
    (402, said("billing"), BillingExhausted),
    (402, said("CreditsDepleted"), BillingExhausted),
    (403, said("insufficient_scope"), PermissionMissing),
    (403, said("policy"), PolicyBlocked),
    (404, said("not_found"), TargetGone),
    (409, said("duplicate"), Duplicate),
    (410, said("target_gone"), TargetGone),
    (413, said("too_large"), MediaRejected),
    (415, said("media"), MediaRejected),
    (422, said("refused"), Rejected),
    (422, said("empty"), Rejected),
    (422, said("media_type"), MediaRejected),
    (422, said("reply_target_gone"), TargetGone),
    (429, said("rate_limited"), RateLimited),
    (429, said("account_limit"), AccountLimit),
    (429, said("nobody_knows_this"), RateLimited),
]
BLUESKY = [
    *(row for row in ANYWHERE if row[1] != {}),
    (200, RECORD, Published),
    (200, RECORD | {"commit": {"rev": "3k"}, "validationStatus": "valid"}, Published),
    (200, {"uri": "", "cid": "bafy1"}, UnknownOutcome),
    (400, said("InvalidRequest"), Rejected),
    (400, said("InvalidRecord"), Rejected),
    (400, said("ExpiredToken"), Unauthorized),
    (400, said("InvalidToken"), Unauthorized),
    (401, said("AuthMissing"), Unauthorized),
    (401, said("AuthenticationRequired"), Unauthorized),
    (401, said("AccountTakedown"), Revoked),
    (400, said("AccountTakedown"), Revoked),
    (403, said("Forbidden"), PermissionMissing),
    (400, said("BlobTooLarge"), MediaRejected),
    (400, said("InvalidMimeType"), MediaRejected),
    (413, said("PayloadTooLarge"), MediaRejected),
    (429, said("RateLimitExceeded"), RateLimited),
    (400, {"error": "InvalidRequest", "message": "There is already a value at key"}, Duplicate),
    (502, said("UpstreamFailure"), UnknownOutcome),
]
CASES = [
    *((SandboxConnector(), *row) for row in SANDBOX),
    *((BlueskyConnector(), *row) for row in BLUESKY),
]


def label(value):
    if isinstance(value, tuple):
        return "-".join(map(label, value))
    name = value.name if isinstance(value, SandboxConnector | BlueskyConnector) else ""
    return name or (value.__name__ if isinstance(value, type) else str(value)[:24])


@pytest.fixture
async def network():
    async with Scripted() as running:
        yield running


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=2) as session:
        yield session


def credentials(network) -> Credentials:
    return Credentials(network.url, ACCESS, REFRESH, account_id="did:plc:ada")


async def outcome(connector, http, network, *, media=()):
    armed = Armed("key", clock.now(), connector.choose_record_key(clock.now()))
    try:
        return await connector.publish(http, credentials(network), Part("Hello", media=media), armed)
    except ConnectorError as error:
        return error


@pytest.mark.parametrize("case", CASES, ids=label)
async def test_an_answer_means_exactly_one_thing(http, network, case):
    connector, status, body, meaning = case
    network.says(status, body, headers={"Location": "https://example.com/elsewhere"})
    result = await outcome(connector, http, network)
    assert type(result) is meaning
    assert len(network.calls) == 1  # no redirect followed, nothing repeated


@pytest.mark.parametrize("connector", [SandboxConnector(), BlueskyConnector()], ids=label)
@pytest.mark.parametrize("status", [200, 400, 429, 503])
async def test_an_answer_that_breaks_off_or_never_ends_is_unknown(http, network, connector, status):
    network.says(status, {**POST, **RECORD, "error": "not_processed"}, torn=20)
    assert type(await outcome(connector, http, network)) is UnknownOutcome
    bomb = gzip.compress(b'"' + b"a" * (wire.MAX_BYTES + 10) + b'"')
    assert len(bomb) < 100_000
    network.says(status, bomb, headers={"Content-Encoding": "gzip"})
    assert type(await outcome(connector, http, network)) is UnknownOutcome


UNUSABLE = [(status, HTML) for status in (200, 400, 401, 403, 404, 410, 500)]
UNUSABLE += [(200, b""), (200, []), (200, {"id": 7}), (302, b""), (404, b""), (408, b"")]


@pytest.mark.parametrize("connector", [SandboxConnector(), BlueskyConnector()], ids=label)
@pytest.mark.parametrize("answer", UNUSABLE, ids=label)
async def test_a_question_with_an_unusable_answer_changes_and_tells_nothing(http, network, connector, answer):
    """A page of somebody in between is no word that a post is absent, nor that an account is closed."""
    network.says(*answer)
    long_ago = clock.now() - timedelta(hours=1)
    armed = Armed("key", long_ago, connector.choose_record_key(long_ago))
    try:
        found = await connector.look_up(http, credentials(network), Part("Hello"), armed)
    except ConnectorError as error:
        found = error
    assert type(found) is Unreachable or found == Undecided(found.reason, final=False)
    with pytest.raises(Unreachable):
        await connector.refresh(http, credentials(network))
    with pytest.raises(Unreachable):
        await connector.metrics(http, credentials(network), "p7")


@pytest.mark.parametrize("connector", [SandboxConnector(), BlueskyConnector()], ids=label)
async def test_a_file_that_is_refused_ends_the_post_before_anything_is_public(http, network, connector):
    picture = (Media(b"\x89PNG", "image/png"),)
    for status, body, meaning in ((413, HTML, MediaRejected), (500, HTML, Unreachable), (403, HTML, Unreachable)):
        network.calls.clear()
        network.says(status, body)
        assert type(await outcome(connector, http, network, media=picture)) is meaning
        assert len(network.calls) == 1


async def told_by(call) -> list[str]:
    """Everything that a log, a screen or a stored row could get to know of a call."""
    try:
        return [repr(await call)]
    except ConnectorError as error:
        found = error
    assert len(found.reason) <= 400
    assert "\n" not in found.reason
    return [found.reason, found.code, str(found.detail), repr(found), *traceback.format_exception(found)]


@pytest.mark.parametrize("connector", [SandboxConnector(), BlueskyConnector()], ids=label)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidRequest", "not_processed", "invalid_grant", "{secret}"])
async def test_no_error_repeats_a_secret_even_where_the_network_does(http, network, connector, status, code):
    opened, armed = credentials(network), Armed("key", clock.now(), connector.choose_record_key(clock.now()))
    picture = Part("Hello", media=(Media(b"x", "image/png"),))
    calls = {
        ACCESS: (
            lambda: connector.publish(http, opened, Part("Hello"), armed),
            lambda: connector.publish(http, opened, picture, armed),
            lambda: connector.look_up(http, opened, Part("Hello"), armed),
            lambda: connector.metrics(http, opened, "p7"),
            lambda: connector.profile(http, opened),
            lambda: connector.delete(http, opened, "p7"),
        ),
        REFRESH: (lambda: connector.refresh(http, opened),),
    }
    for secret, made in calls.items():
        words = f"Token Bearer {secret} is not good.\n" + "x" * 5000
        network.says(status, {"error": code.format(secret=secret), "message": words, "detail": secret})
        for call in made:
            assert not [words for words in await told_by(call()) if secret in words]
    assert ACCESS not in repr(opened)
    assert REFRESH not in repr(opened)
