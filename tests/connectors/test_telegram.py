"""The Telegram connector against a small Telegram."""

from dataclasses import replace

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Armed, Certainty, Media, Metrics, Part, Undecided
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.telegram import TelegramConnector
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.telegram_server import CHANNEL, GROUP, OLD_GROUP, TOKEN, Telegram

PNG, MP4, GIF = b"\x89PNG" + b"p" * 900, b"\x00\x00\x00\x18ftyp" + b"v" * 3_000_000, b"GIF89a"


def picture():
    return Media.of(PNG, "image/png")


def film():
    return replace(Media.of(MP4, "video/mp4"), width=1280, height=720, seconds=9.6, name="film.mp4")


class TelegramHarness:
    post_id = "7"

    def __init__(self, server: Telegram) -> None:
        self.server = server
        self.connector = TelegramConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- Telegram tells seconds only
        self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        given = [stored["given"] for stored in self.server.messages.values()]
        return [one.get("text", one.get("caption", "")) for one in given]

    async def revoke(self) -> None:
        self.server.token = "1:none"


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with Telegram() as server:
        made = TelegramHarness(server)
        (grant,) = await made.connector.sign_in(http, server=server.url, given={"token": TOKEN, "chat": "@adanews"})
        made.credentials = grant.credentials
        yield made


def arm() -> Armed:
    return Armed("key", clock.now())


async def publish(http, harness, part, **credentials):
    opened = replace(harness.credentials, **credentials)
    return await harness.connector.publish(http, opened, part, arm())


class TestTelegram(Conformance):
    has = frozenset({"followers"})
    is_blind = True


@pytest.mark.parametrize(
    "typed",
    ["@adanews", "adanews", "https://t.me/adanews", "t.me/s/adanews", "t.me/adanews/12", "-1001234567890",
     " @AdaNews ", "https://t.me/c/1234567890/5"],
)  # fmt: skip
async def test_a_channel_is_found_however_it_is_written(http, harness, typed):
    given = {"token": f"Use this token: {TOKEN}\n", "chat": typed}
    (grant,) = await harness.connector.sign_in(http, server=harness.server.url, given=given)
    assert grant.credentials.account_id == grant.profile.account_id == str(CHANNEL)
    assert grant.credentials.access_token == TOKEN
    assert (grant.profile.handle, grant.profile.display_name, grant.profile.followers) == ("@adanews", "News", 321)
    assert grant.profile.profile_url == "https://t.me/adanews"
    assert harness.server.messages == {}  # nobody in the channel notices


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"token": "hello"}, Revoked, "no bot token"),
        ({"token": TOKEN.replace("123456789", "987654321")}, Revoked, "does not know this bot token"),
        ({"chat": "@nobody_here"}, TargetGone, "Add @ada_bot as an administrator"),
        ({"chat": "https://t.me/+AbCdEf"}, Rejected, "invitation link"),
        ({"chat": "two words"}, Rejected, "@yourchannel"),
        ({"chat": "77"}, Rejected, "a person"),
    ],
)
async def test_what_is_typed_wrong_is_told_in_plain_words(http, harness, given, error, words):
    with pytest.raises(error, match=words) as caught:
        await harness.connector.sign_in(
            http, server=harness.server.url, given={"token": TOKEN, "chat": "@adanews"} | given
        )
    assert TOKEN not in caught.value.reason


@pytest.mark.parametrize(
    ("chat", "member", "words"),
    [
        (CHANNEL, {"status": "administrator", "can_post_messages": False}, "Post messages"),
        (CHANNEL, {"status": "member"}, "as an administrator"),
        (CHANNEL, {"status": "inaccessible"}, "as an administrator"),
        (GROUP, {"status": "left"}, "add it to the chat"),
        (GROUP, {"status": "restricted", "can_send_messages": False}, "may not write"),
    ],
)
async def test_a_bot_without_the_right_to_post_is_told_apart_while_it_is_connected(http, harness, chat, member, words):
    harness.server.member = member
    with pytest.raises(PermissionMissing, match=words):
        await harness.connector.sign_in(http, server=harness.server.url, given={"token": TOKEN, "chat": str(chat)})


async def test_a_chat_whose_members_are_not_counted_is_connected_all_the_same(http, harness):
    harness.server.has_counts = False
    harness.server.member = {"status": "member"}
    (grant,) = await harness.connector.sign_in(
        http, server=harness.server.url, given={"token": TOKEN, "chat": str(GROUP)}
    )
    assert (grant.profile.handle, grant.profile.followers, grant.profile.profile_url) == ("Talk", None, None)


async def test_signs_of_formatting_arrive_as_they_were_written(http, harness):
    text = "<b>1 < 2</b> & _so_ *on* [x](y) `z` 👩‍🚀"
    post = await publish(http, harness, Part(text))
    assert await harness.received() == [text]
    assert post.url == "https://t.me/adanews/41"
    assert abs((post.published_at - clock.now()).total_seconds()) < 60


async def test_the_first_link_gets_a_large_preview(http, harness):
    await publish(http, harness, Part("See example.com/a and https://example.org"))
    await publish(http, harness, Part("Nothing to see"))
    first, second = (stored["given"] for stored in harness.server.messages.values())
    assert first["link_preview_options"] == {"url": "https://example.com/a", "prefer_large_media": True}
    assert "link_preview_options" not in second


@pytest.mark.parametrize(
    ("content", "mime_type", "kind"),
    [(PNG, "image/png", "photo"), (MP4, "video/mp4", "video"), (GIF, "image/gif", "animation")],
)
async def test_one_file_goes_with_the_text_as_its_caption(http, harness, content, mime_type, kind):
    await publish(http, harness, Part("Look", media=(Media.of(content, mime_type),)))
    (stored,) = harness.server.messages.values()
    assert (stored["kind"], stored["file"]) == (kind, (mime_type, content))
    assert stored["given"]["caption"] == "Look"


async def test_a_video_tells_its_shape_and_may_be_watched_while_it_loads(http, harness):
    await publish(http, harness, Part("", media=(film(),)))
    given = harness.server.messages[41]["given"]
    assert [given[name] for name in ("width", "height", "duration")] == ["1280", "720", "9"]
    assert given["supports_streaming"] == "true"
    assert "caption" not in given


async def test_several_files_are_an_album_with_one_text_and_deleted_together(http, harness):
    post = await publish(http, harness, Part("Three", media=(picture(), film(), picture())))
    assert (post.platform_post_id, post.url) == ("41,42,43", "https://t.me/adanews/41")
    assert [stored["kind"] for stored in harness.server.messages.values()] == ["photo", "video", "photo"]
    assert await harness.received() == ["Three", "", ""]
    answer = await publish(http, harness, Part("More", 1, reply_to=post.platform_post_id))
    assert harness.server.messages[int(answer.platform_post_id)]["reply"] == 41
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    assert list(harness.server.messages) == [44]


async def test_an_answer_to_a_message_that_is_gone_is_not_posted(http, harness):
    with pytest.raises(TargetGone):
        await publish(http, harness, Part("More", 1, reply_to="12"))
    with pytest.raises(Rejected, match="no post of Telegram"):
        await publish(http, harness, Part("More", 1, reply_to="at://x"))
    assert harness.server.messages == {}


async def test_a_text_beside_files_may_be_shorter_than_one_alone(http, harness):
    connector, long = harness.connector, "a" * 1025
    assert connector.problems(Platform.TELEGRAM, Part(long)) == []
    (problem,) = connector.problems(Platform.TELEGRAM, Part(long, media=(picture(),)))
    assert "1,024" in problem
    with pytest.raises(Rejected, match="caption is too long"):
        await publish(http, harness, Part(long, media=(picture(),)))
    with pytest.raises(Rejected, match="message is too long"):
        await publish(http, harness, Part("👍" * 2049))
    assert "4,098" in connector.problems(Platform.TELEGRAM, Part("👍" * 2049))[0]


async def test_what_cannot_go_together_is_said_before_anything_is_sent(http, harness):
    gif = Media.of(GIF, "image/gif")
    for files, words in (((gif, picture()), "GIF"), ((picture(),) * 6 + (film(),) * 5, "10 files")):
        part = Part("Look", media=files)
        assert words in " ".join(harness.connector.problems(Platform.TELEGRAM, part))
        with pytest.raises(MediaRejected):
            await publish(http, harness, part)
    wide = replace(picture(), width=9000, height=1001)
    assert "10,000" in " ".join(harness.connector.problems(Platform.TELEGRAM, Part("x", media=(wide,))))
    assert harness.connector.problems(Platform.TELEGRAM, Part("x", media=(film(), picture()))) == []
    assert not harness.connector.prepares(part)
    assert (await harness.connector.prepare(http, harness.credentials, part, None)).handle is None
    assert harness.server.publishing_calls == 0


async def test_a_broken_picture_is_refused(http, harness):
    with pytest.raises(MediaRejected, match="IMAGE_PROCESS_FAILED"):
        await publish(http, harness, Part("Look", media=(Media.of(b"text", "image/png"),)))


async def test_a_group_with_a_new_number_is_written_to_there_once(http, harness):
    harness.server.moved[OLD_GROUP] = GROUP
    for part in (Part("Moved"), Part("Again", media=(picture(),))):
        post = await publish(http, harness, part, account_id=str(OLD_GROUP))
        assert post.url.startswith("https://t.me/c/9876543210/")
    assert {stored["chat"] for stored in harness.server.messages.values()} == {GROUP}
    assert await harness.received() == ["Moved", "Again"]
    harness.server.moved[GROUP] = OLD_GROUP  # and round in a circle nobody runs
    with pytest.raises(TargetGone):
        await publish(http, harness, Part("Lost"), account_id=str(OLD_GROUP))


async def test_a_small_group_has_no_addresses(http, harness):
    assert (await publish(http, harness, Part("Hello"), account_id=str(OLD_GROUP))).url == ""


async def test_files_that_did_not_get_through_are_known_not_to_be_posted(http, harness):
    """The form never ended, so Telegram cannot have posted anything: it is safe to try again."""

    async def broken(offset, length):
        yield PNG[:100]
        raise OSError("the disk is gone")

    with pytest.raises(Unreachable):
        await publish(http, harness, Part("Look", media=(replace(picture(), read=broken),)))
    assert harness.server.messages == {}


async def test_files_that_got_through_without_an_answer_are_an_unknown_outcome_that_nobody_can_clear_up(http, harness):
    await harness.fault("store_then_drop")
    part = Part("Look", media=(picture(),))
    with pytest.raises(UnknownOutcome):
        await publish(http, harness, part)
    assert await harness.received() == ["Look"]
    found = await harness.connector.look_up(http, harness.credentials, part, arm())
    assert found == Undecided(found.reason, final=True)
    assert harness.connector.certainty_of(harness.credentials) is Certainty.MATCH


async def test_telegram_tells_no_counters(http, harness):
    assert await harness.connector.metrics(http, harness.credentials, "41") == Metrics()


@pytest.mark.parametrize("method", ["getMe", "getChat", "getChatMember"])
async def test_an_answer_that_cannot_be_read_connects_nothing(http, harness, method):
    harness.server.unreadable.add(method)
    with pytest.raises(Unreachable):
        await harness.connector.sign_in(http, server=harness.server.url, given={"token": TOKEN, "chat": "@adanews"})
