"""What is sent to TikTok, in which steps, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import (
    Absent,
    Credentials,
    Part,
    Processing,
    Published,
    Undecided,
)
from aipromote.connectors.errors import (
    ConnectorError,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    Rejected,
    Revoked,
    Stale,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.tiktok import files
from connectors.answers.anywhere import ANYWHERE
from connectors.scripted import Scripted
from connectors.tiktok_harness import (
    FILM,
    LONG,
    PART,
    PHOTOS,
    PICTURES,
    TIKTOK,
    arm,
    connect,
    harness,
    http,
    ready,
    settled,
)
from connectors.tiktok_server import OPEN_ID

__all__ = ["harness", "http"]


@pytest.mark.parametrize(
    ("size", "number"), [(1, 1), (3_145_728, 1), (10_485_759, 1), (50_000_123, 9), (64_000_001, 12), (4 * 1024**3, 819)]
)
def test_a_file_is_cut_as_tiktok_wants_it_and_its_last_chunk_is_small(size, number):
    chunks = files.cut(size)
    assert chunks.number == number == size // chunks.size
    assert chunks.size == size or chunks.size >= files.LEAST_CHUNK
    assert 0 < size - chunks.last < 2 * files.LEAST_CHUNK


async def test_a_film_is_sent_up_to_its_last_chunk_and_published_by_that(http, harness):
    handle = await ready(http, harness)
    (post,) = harness.server.posts.values()
    assert len(post["chunks"]) == 2
    assert not post["is_whole"]
    armed = arm(handle)
    taken = await TIKTOK.publish(http, harness.credentials, PART, armed)
    assert post["content"] == await LONG.content()
    assert isinstance(taken, Processing)
    assert "upload" not in taken.handle  # such an address is longer than what is kept of a call
    found = await settled(http, harness, PART, replace(armed, handle=taken.handle))
    assert found.url == f"https://www.tiktok.com/@ada/video/{post['number']}"
    assert post["info"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
    assert post["info"]["disable_duet"]
    assert harness.server.opened == 1


async def test_the_call_is_known_before_any_byte_is_sent_and_a_break_goes_on_where_it_was(http, harness):
    first = await TIKTOK.prepare(http, harness.credentials, PART, None)
    (post,) = harness.server.posts.values()
    assert post["content"] == b""
    harness.server.put_faults = [0, 503]
    with pytest.raises(Unreachable):
        await TIKTOK.prepare(http, harness.credentials, PART, first.handle)
    await TIKTOK.prepare(http, harness.credentials, PART, first.handle)
    assert len(post["content"]) == files.cut(LONG.size).last
    assert harness.server.opened == 1


async def test_a_chunk_that_arrived_although_its_answer_was_lost_is_not_sent_twice(http, harness):
    first = await TIKTOK.prepare(http, harness.credentials, PART, None)
    harness.server.put_faults = [416]
    await TIKTOK.prepare(http, harness.credentials, PART, first.handle)
    (post,) = harness.server.posts.values()
    assert len(post["content"]) == files.cut(LONG.size).last
    for status, error in ((416, Unreachable), (403, Stale), (404, Stale), (400, Unreachable), (201, Unreachable)):
        post["content"] = b""
        harness.server.put_faults = [status, status]
        if status == 416:
            post["content"] = b"x" * 10
            harness.server.put_faults = []
        with pytest.raises(error):
            await TIKTOK.prepare(http, harness.credentials, PART, first.handle)


async def test_an_upload_that_has_ended_is_stale_and_begins_anew_but_never_beside_one_that_is_whole(
    http, harness, dial
):
    handle = await ready(http, harness)
    for nothing in (None, "{", "[]", '{"odd": 1}', "{}"):
        with pytest.raises(Stale):
            await TIKTOK.publish(http, harness.credentials, PART, arm(nothing))
    dial.jump(clock.now() + timedelta(minutes=59))
    with pytest.raises(Stale):
        await TIKTOK.publish(http, harness.credentials, PART, arm(handle))
    renewed = await ready(http, harness, prepared=handle)
    assert harness.server.opened == 2
    await TIKTOK.publish(http, harness.credentials, PART, arm(renewed))
    again = await ready(http, harness, prepared=renewed)
    with pytest.raises(UnknownOutcome):
        await TIKTOK.publish(http, harness.credentials, PART, arm(again))
    assert harness.server.opened == 2
    assert isinstance(await settled(http, harness, PART, arm(again)), Published)


async def test_a_call_that_tiktok_does_not_know_is_for_a_person(http, harness):
    handle = await ready(http, harness)
    harness.server.posts.clear()
    for armed in (arm(handle), arm()):
        found = await TIKTOK.look_up(http, harness.credentials, PART, armed)
        assert isinstance(found, Undecided)
        assert found.final
    assert (await TIKTOK.prepare(http, harness.credentials, PART, handle)).ask_after is not None


async def test_tiktok_looks_through_a_post_before_it_has_a_number(http, harness):
    harness.server.moderates = 3
    armed = arm(await ready(http, harness))
    taken = await TIKTOK.publish(http, harness.credentials, PART, armed)
    found = await TIKTOK.look_up(http, harness.credentials, PART, replace(armed, handle=taken.handle))
    assert isinstance(found, Processing)
    assert found.ask_after == timedelta(seconds=60)
    assert isinstance(await settled(http, harness, PART, replace(armed, handle=found.handle)), Published)


async def test_pictures_are_fetched_by_tiktok(http, harness):
    handle = await ready(http, harness, PHOTOS)
    armed = arm(handle)
    taken = await TIKTOK.publish(http, harness.credentials, PHOTOS, armed)
    found = await settled(http, harness, PHOTOS, replace(armed, handle=taken.handle))
    (post,) = harness.server.posts.values()
    assert post["images"] == [file.url for file in PICTURES]
    assert post["info"]["title"] == "Three pictures"
    assert found.url == f"https://www.tiktok.com/@ada/photo/{post['number']}"
    nowhere = replace(PHOTOS, media=(replace(PICTURES[0], url=None),))
    with pytest.raises(MediaRejected, match="AIPROMOTE_PUBLIC_URL"):
        await ready(http, harness, nowhere)
    with pytest.raises(Stale):
        await TIKTOK.publish(http, harness.credentials, nowhere, armed)
    with pytest.raises(MediaRejected):
        await TIKTOK.publish(http, harness.credentials, Part("Hello"), armed)
    assert (await TIKTOK.prepare(http, harness.credentials, Part("Hello"), None)).handle is None


async def test_pictures_whose_answer_was_lost_are_looked_for_in_the_list(http, harness):
    armed = arm(await ready(http, harness, PHOTOS))
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await TIKTOK.publish(http, harness.credentials, PHOTOS, armed)
    found = await TIKTOK.look_up(http, harness.credentials, PHOTOS, armed)
    assert found.platform_post_id == str(next(iter(harness.server.posts.values()))["number"])
    harness.server.lists = False
    for minutes, final in ((0, False), (13, True)):
        earlier = replace(armed, armed_at=clock.now() - timedelta(minutes=minutes))
        found = await TIKTOK.look_up(http, harness.credentials, PHOTOS, earlier)
        assert isinstance(found, Undecided)
        assert found.final is final


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("file_format_check_failed", MediaRejected),
        ("duration_check_failed", MediaRejected),
        ("frame_rate_check_failed", MediaRejected),
        ("picture_size_check_failed", MediaRejected),
        ("publish_cancelled", Rejected),
        ("internal", Rejected),
        ("auth_removed", Revoked),
        ("spam_risk_text", PolicyBlocked),
        ("<b>odd</b>", PolicyBlocked),
    ],
)
async def test_what_tiktok_refuses_after_it_took_it_is_told(http, harness, reason, kind):
    armed = arm(await ready(http, harness))
    taken = await TIKTOK.publish(http, harness.credentials, PART, armed)
    harness.server.failure = reason
    with pytest.raises(kind) as caught:
        await TIKTOK.look_up(http, harness.credentials, PART, replace(armed, handle=taken.handle))
    assert "<" not in caught.value.reason
    assert type(caught.value) is kind


async def test_pictures_that_tiktok_could_not_fetch_can_be_fired_again(http, harness):
    armed = arm(await ready(http, harness, PHOTOS))
    taken = await TIKTOK.publish(http, harness.credentials, PHOTOS, armed)
    harness.server.failure = "photo_pull_failed"
    assert await TIKTOK.look_up(http, harness.credentials, PHOTOS, replace(armed, handle=taken.handle)) == Absent()


async def test_no_byte_goes_to_a_server_that_is_not_tiktoks(http, harness):
    assert files.is_tiktoks("https://open-upload.tiktokapis.com/video/?a=b", TIKTOK.server)
    for address in ("https://evil.example/x", "http://open-upload.tiktokapis.com/x", "http://[", ""):
        assert not files.is_tiktoks(address, TIKTOK.server)


async def test_the_grant_names_the_account_and_can_be_ended(http, harness):
    grant = await connect(http, harness.server)
    assert (grant.credentials.account_id, grant.profile.handle, grant.profile.followers) == (OPEN_ID, "ada", 1200)
    assert "audience.everyone" in grant.credentials.scope.split()
    narrow = replace(grant.credentials, access_token=harness.server.issue("access", ["video.list"]))
    with pytest.raises(PermissionMissing):
        await TIKTOK.profile(http, narrow)
    profile = await TIKTOK.profile(http, replace(grant.credentials, scope="user.info.basic"))
    assert (profile.handle, profile.followers) == ("Ada", None)
    await TIKTOK.revoke(http, grant.credentials)
    assert harness.server.tokens == {}
    await TIKTOK.revoke(http, grant.credentials)
    with pytest.raises(Rejected, match="delete it in TikTok"):
        await TIKTOK.delete(http, grant.credentials, "1")


BARE = [row for row in ANYWHERE if row[0] != 201] + [
    (201, b"", Processing),
    *((status, b"", UnknownOutcome) for status in (206, 400, 403, 404, 416)),
]


@pytest.mark.parametrize("row", BARE, ids=lambda row: f"{row[0]}-{str(row[1])[:24]}")
async def test_a_bare_status_to_the_last_chunk_says_nothing_but_that_it_is_done(http, row):
    status, body, meaning = row
    async with Scripted() as server:
        found = files.Bringing("v1", f"{server.url}/upload?upload_token=s3cr3t", 99_999_999_999, FILM.size)
        server.says(status, body, headers={"Location": "https://example.com/elsewhere"})
        part, credentials = Part("Hello", media=(FILM,)), Credentials(server.url, "access")
        try:
            result = await TIKTOK.publish(http, credentials, part, arm(found.handle))
        except ConnectorError as error:
            result = error
        assert "s3cr3t" not in f"{result!r}" or meaning is Processing
        assert type(result) is meaning
        assert len(server.calls) == 1


async def test_what_was_never_whole_is_absent_only_when_its_bytes_can_no_longer_arrive(http, harness):
    handle = await ready(http, harness)
    (post,) = harness.server.posts.values()
    for seconds, expected in ((0, Undecided), (61, Absent)):
        earlier = replace(arm(handle), armed_at=clock.now() - timedelta(seconds=seconds))
        assert isinstance(await TIKTOK.look_up(http, harness.credentials, PART, earlier), expected)
    post["content"] = await LONG.content()  # all there, and not yet said to be worked on
    assert isinstance(await TIKTOK.look_up(http, harness.credentials, PART, arm(handle)), Processing)
    working = files.read(handle)
    assert isinstance(
        await TIKTOK.look_up(http, harness.credentials, PART, replace(arm(), handle=working.handle)), Processing
    )
