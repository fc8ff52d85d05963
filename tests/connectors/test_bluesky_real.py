"""The Bluesky connector against a real personal data server: docs/connectors.md says how to start one."""

import os
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.bluesky import BlueskyConnector, record, xrpc
from aipromote.connectors.bluesky.handles import Ready
from aipromote.connectors.contract import Absent, Armed, Media, Part, Undecided
from aipromote.connectors.errors import Rejected, Revoked, UnknownOutcome

PICTURE = bytes.fromhex(  # the server reads into a picture, so it has to be a whole one
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
SERVER = os.environ.get("AIPROMOTE_TEST_PDS", "").rstrip("/")
CONNECTOR = BlueskyConnector()
PASSWORD = "only for this test"
TEXT = "Größe zählt 👩‍🚀: https://example.com/ü?x=1, aipromote.com and #indie #日本"

pytestmark = pytest.mark.skipif(
    not SERVER, reason="AIPROMOTE_TEST_PDS names no personal data server (see docs/connectors.md)"
)


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=10) as session:
        yield session


@pytest.fixture
async def account(http):
    """Credentials of a new account by an app password, and what takes that password back."""
    handle = f"t{secrets.token_hex(6)}.test"
    new = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
    owner = await _ask(http, "com.atproto.server.createAccount", new)
    app = await _ask(http, "com.atproto.server.createAppPassword", {"name": "AIPromote"}, owner["accessJwt"])
    given = {"identifier": f"@{handle}", "password": app["password"]}
    (grant,) = await CONNECTOR.sign_in(http, server=SERVER, given=given)
    credentials, profile = grant.credentials, grant.profile
    assert (profile.account_id, profile.handle) == (owner["did"], handle)

    async def revoke():
        await _ask(http, "com.atproto.server.revokeAppPassword", {"name": "AIPromote"}, owner["accessJwt"])

    return credentials, revoke


async def _ask(http, method, body, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else None
    answer = await wire.call(http, "POST", f"{SERVER}/xrpc/{method}", headers=headers, json=body)
    return xrpc.readable(answer)


async def _stored(http, credentials):
    """The records of all posts that the server has, by their keys: within a second in no particular order."""
    where = {"repo": credentials.account_id, "collection": record.COLLECTION, "reverse": "true"}
    answer = await xrpc.read(http, credentials, "com.atproto.repo.listRecords", where)
    return [one["value"] for one in xrpc.readable(answer)["records"]]


def _arm(*, ago=timedelta(0)) -> Armed:
    armed_at = clock.now() - ago
    return Armed("key", armed_at, CONNECTOR.choose_record_key(armed_at))


async def test_a_post_is_stored_as_it_was_meant_and_found_again(http, account):
    credentials, _ = account
    armed = _arm()
    published = await CONNECTOR.publish(http, credentials, Part(TEXT), armed)
    assert await CONNECTOR.look_up(http, credentials, Part(TEXT), armed) == published
    [stored] = await _stored(http, credentials)
    assert stored == record.post(Part(TEXT), created_at=armed.armed_at, ready=Ready())


async def test_a_retry_with_the_same_key_does_not_double(http, account):
    credentials, _ = account
    armed = _arm()
    first = await CONNECTOR.publish(http, credentials, Part(TEXT), armed)
    for text in (TEXT, "Other words"):
        with pytest.raises(UnknownOutcome):
            await CONNECTOR.publish(http, credentials, Part(text), armed)
    assert await CONNECTOR.look_up(http, credentials, Part(TEXT), armed) == first
    assert [stored["text"] for stored in await _stored(http, credentials)] == [TEXT]
    other = await CONNECTOR.look_up(http, credentials, Part("Other words"), armed)
    assert isinstance(other, Undecided)
    assert other.final


async def test_a_post_that_was_never_sent_is_absent_once_it_can_no_longer_arrive(http, account):
    credentials, _ = account
    assert isinstance(await CONNECTOR.look_up(http, credentials, Part(TEXT), _arm()), Undecided)
    long_ago = _arm(ago=timedelta(minutes=2))
    assert await CONNECTOR.look_up(http, credentials, Part(TEXT), long_ago) == Absent()


async def test_a_thread_names_root_and_parent(http, account):
    credentials, _ = account
    first = await CONNECTOR.publish(http, credentials, Part("1"), _arm())
    root = first.platform_post_id
    second = await CONNECTOR.publish(http, credentials, Part("2", 1, reply_to=root, root=root), _arm())
    await CONNECTOR.publish(http, credentials, Part("3", 2, reply_to=second.platform_post_id, root=root), _arm())
    replies = {stored["text"]: stored.get("reply") for stored in await _stored(http, credentials)}
    one, two = (dict(zip(("uri", "cid"), post.platform_post_id.split("#"), strict=True)) for post in (first, second))
    assert replies == {"1": None, "2": {"root": one, "parent": one}, "3": {"root": one, "parent": two}}


async def test_a_picture_goes_along(http, account):
    credentials, _ = account
    picture = Media.of(PICTURE, "image/png", "A chart")
    part = Part("Look", media=(picture,))
    prepared = await CONNECTOR.prepare(http, credentials, part, None)
    await CONNECTOR.publish(http, credentials, part, replace(_arm(), prepared=prepared.handle))
    [stored] = await _stored(http, credentials)
    [image] = stored["embed"]["images"]
    assert (image["alt"], image["image"]["mimeType"], image["image"]["size"]) == ("A chart", "image/png", len(PICTURE))


@pytest.mark.parametrize(("text", "words"), [("a" * 301, "got 301"), ("👩‍🚀" * 290, "got 3190")])
async def test_a_text_that_is_too_long_is_refused_for_good(http, account, text, words):
    credentials, _ = account
    with pytest.raises(Rejected, match=words):
        await CONNECTOR.publish(http, credentials, Part(text), _arm())
    assert await _stored(http, credentials) == []


async def test_tokens_rotate_until_the_app_password_is_taken_back(http, account):
    credentials, revoke = account
    fresh = await CONNECTOR.refresh(http, credentials)
    assert fresh.refresh_token != credentials.refresh_token
    assert (await CONNECTOR.refresh(http, credentials)).refresh_token == fresh.refresh_token  # within the grace
    assert fresh.expires_at is not None
    assert timedelta(minutes=115) < fresh.expires_at - clock.now() <= timedelta(minutes=120)
    await CONNECTOR.publish(http, fresh, Part(TEXT), _arm())
    await revoke()
    for known in (credentials, fresh):
        with pytest.raises(Revoked):
            await CONNECTOR.refresh(http, known)


async def test_deleting_twice_is_no_error(http, account):
    credentials, _ = account
    post = await CONNECTOR.publish(http, credentials, Part(TEXT), _arm())
    for _ in range(2):
        await CONNECTOR.delete(http, credentials, post.platform_post_id)
    assert await _stored(http, credentials) == []


async def test_a_wrong_password_is_told_in_plain_words(http):
    with pytest.raises(Revoked, match="did not accept"):
        await CONNECTOR.sign_in(http, server=SERVER, given={"identifier": "nobody.test", "password": "wrong"})
