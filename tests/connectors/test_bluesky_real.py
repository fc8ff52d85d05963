"""The Bluesky connector against Bluesky's own server (docs/connectors/bluesky.md).

It runs where AIPROMOTE_TEST_PDS names a server, where one has been installed, or with `--real-pds`, which installs one.
"""

import base64
import json
import os
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.bluesky import BlueskyConnector, record, video, xrpc
from aipromote.connectors.bluesky.handles import Ready
from aipromote.connectors.contract import Absent, Armed, Media, Part, Undecided
from aipromote.connectors.errors import MediaRejected, Rejected, Revoked, Stale, UnknownOutcome
from connectors import real_pds

PICTURE = bytes.fromhex(  # the server reads into a picture, so it has to be a whole one
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
CONNECTOR = BlueskyConnector()
PASSWORD = "only for this test"
TEXT = "Größe zählt 👩‍🚀: https://example.com/ü?x=1, aipromote.com and #indie #日本"


@pytest.fixture(scope="module")
def server(request):
    given = os.environ.get("AIPROMOTE_TEST_PDS", "").rstrip("/")
    if given:
        yield given
        return
    try:
        yield from real_pds.address(may_install=request.config.getoption("--real-pds"))
    except real_pds.NotToBeHad as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=10) as session:
        yield session


@pytest.fixture
async def account(http, server):
    """Credentials of a new account by an app password, and what takes that password back."""
    handle = f"t{secrets.token_hex(6)}.test"
    new = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
    owner = await _ask(http, server, "com.atproto.server.createAccount", new)
    app = await _ask(http, server, "com.atproto.server.createAppPassword", {"name": "AIPromote"}, owner["accessJwt"])
    given = {"identifier": f"@{handle}", "password": app["password"]}
    (grant,) = await CONNECTOR.sign_in(http, server=server, given=given)
    credentials, profile = grant.credentials, grant.profile
    assert (profile.account_id, profile.handle) == (owner["did"], handle)

    async def revoke():
        await _ask(http, server, "com.atproto.server.revokeAppPassword", {"name": "AIPromote"}, owner["accessJwt"])

    return credentials, revoke


async def _ask(http, server, method, body, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else None
    answer = await wire.call(http, "POST", f"{server}/xrpc/{method}", headers=headers, json=body)
    if not answer.is_success:
        xrpc.refuse(answer)
    return answer.body  # none where there is nothing to tell


async def _stored(http, credentials):
    """The records of all posts that the server has, by their keys: within a second in no particular order."""
    where = {"repo": credentials.account_id, "collection": record.COLLECTION, "reverse": "true"}
    answer = await xrpc.read(http, credentials, "com.atproto.repo.listRecords", where)
    return [one["value"] for one in xrpc.readable(answer)["records"]]


def _name(credentials) -> str:
    """What tells a refresh token from others, whenever it was written out."""
    claims = credentials.refresh_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]


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
    again = await CONNECTOR.refresh(http, credentials)  # within the grace: the same token, with a new end
    assert _name(fresh) == _name(again) != _name(credentials)
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


async def test_a_wrong_password_is_told_in_plain_words(http, server):
    with pytest.raises(Revoked, match="did not accept"):
        await CONNECTOR.sign_in(http, server=server, given={"identifier": "nobody.test", "password": "wrong"})


async def _send(http, credentials, part, armed=None):
    prepared = await CONNECTOR.prepare(http, credentials, part, None)
    return await CONNECTOR.publish(http, credentials, part, replace(armed or _arm(), prepared=prepared.handle))


async def test_a_mention_is_found_and_a_link_gets_a_card(http, account):
    credentials, _ = account
    session = await xrpc.read(http, credentials, "com.atproto.server.getSession", {})
    own = session.fact("handle")
    text = f"Größe 👩‍🚀 @{own} and @nobody.test: https://example.com/a"
    await _send(http, credentials, Part(text))
    [stored] = await _stored(http, credentials)
    features = {
        text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0]
        for one in stored["facets"]
    }
    assert features[f"@{own}"]["did"] == credentials.account_id
    assert set(features) == {f"@{own}", "https://example.com/a"}
    assert stored["embed"]["external"] == {"uri": "https://example.com/a", "title": "example.com", "description": ""}


async def test_a_picture_has_its_shape_and_one_that_is_too_large_is_refused(http, account):
    credentials, _ = account
    picture = replace(Media.of(PICTURE, "image/png", "A chart"), width=16, height=9)
    await _send(http, credentials, Part("Look", media=(picture, picture)))
    [stored] = await _stored(http, credentials)
    assert [one["aspectRatio"] for one in stored["embed"]["images"]] == [{"width": 16, "height": 9}] * 2
    large = Media.of(PICTURE + bytes(1_000_000), "image/png")
    with pytest.raises(MediaRejected, match="blob too big"):
        await _send(http, credentials, Part("Look", media=(large,)))


async def test_a_file_that_was_never_uploaded_is_stale(http, account):
    credentials, _ = account
    part = Part("Look", media=(Media.of(PICTURE, "image/png"),))
    prepared = await CONNECTOR.prepare(http, credentials, part, None)
    known = Ready.read(prepared.handle)
    link = {"$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"}
    gone = replace(known, blobs=(known.blobs[0] | {"ref": link},)).written()
    with pytest.raises(Stale):
        await CONNECTOR.publish(http, credentials, part, replace(_arm(), prepared=gone))
    assert await _stored(http, credentials) == []


async def test_a_short_video_is_taken_as_a_file_of_the_post(http, account):
    """The service that prepares videos is no part of this server; what it would store is."""
    credentials, _ = account
    film = replace(Media.of(b"\0\0\0\x18ftypmp42" + bytes(1000), "video/mp4", "A tour"), width=9, height=16)
    url = f"{credentials.server}/xrpc/com.atproto.repo.uploadBlob"
    headers = xrpc.bearer(credentials) | {"Content-Type": "video/mp4"}
    stored = xrpc.readable(await wire.call(http, "POST", url, headers=headers, data=await film.content()))
    part = Part("Look", media=(film,))
    prepared = Ready((stored["blob"],)).written()
    await CONNECTOR.publish(http, credentials, part, replace(_arm(), prepared=prepared))
    [post] = await _stored(http, credentials)
    assert (post["embed"]["$type"], post["embed"]["alt"]) == ("app.bsky.embed.video", "A tour")


async def test_the_server_signs_a_token_for_the_video_service_and_knows_where_the_account_lives(http, account):
    credentials, _ = account
    home = await video._home(http, credentials)
    assert home == f"did:web:{credentials.server.removeprefix('http://').replace(':', '%3A')}"
    token = await video._token(http, credentials, audience=home, method="com.atproto.repo.uploadBlob")
    assert len(token.split(".")) == 3


async def test_a_deleted_post_is_absent(http, account):
    credentials, _ = account
    armed = _arm(ago=timedelta(minutes=2))
    post = await CONNECTOR.publish(http, credentials, Part(TEXT), armed)
    await CONNECTOR.delete(http, credentials, post.platform_post_id)
    assert await CONNECTOR.look_up(http, credentials, Part(TEXT), armed) == Absent()


async def test_a_session_that_is_given_back_cannot_be_renewed(http, account):
    credentials, _ = account
    for _ in range(2):
        await CONNECTOR.revoke(http, credentials)
    with pytest.raises(Revoked):
        await CONNECTOR.refresh(http, credentials)
