"""The Discord connector, by webhook and by bot, against a small Discord."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Certainty, Media, Metrics, Part, Published, Undecided
from aipromote.connectors.discord import DiscordConnector
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.discord_server import BOT, BOT_TOKEN, CHANNEL, FORUM, GUILD, THREAD, TOKEN, WEBHOOK, Discord

URL = f"https://discord.com/api/webhooks/{WEBHOOK}/{TOKEN}"
BY_WEBHOOK = {"webhook": URL, "token": "", "channel": ""}
BY_BOT = {"webhook": " ", "token": BOT_TOKEN, "channel": f"https://discord.com/channels/{GUILD}/{CHANNEL}"}


class DiscordHarness:
    post_id = "1234567"

    def __init__(self, server: Discord) -> None:
        self.server = server
        self.connector = DiscordConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- Discord tells seconds only
        self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [one["content"] for one in self.server.messages.values() if one is not self.server.stranger]

    async def revoke(self) -> None:
        self.server.token = self.server.bot_token = "none"


async def opened(http, server, given) -> DiscordHarness:
    made = DiscordHarness(server)
    (grant,) = await made.connector.sign_in(http, server=server.url, given=given)
    made.credentials, made.profile = grant.credentials, grant.profile
    return made


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with Discord() as server:
        yield await opened(http, server, BY_WEBHOOK)


@pytest.fixture
async def bot(http):
    async with Discord() as server:
        yield await opened(http, server, BY_BOT)


def arm(key="key") -> Armed:
    return Armed(key, clock.now())


async def publish(http, harness, part, armed=None, **credentials):
    account = replace(harness.credentials, **credentials)
    return await harness.connector.publish(http, account, part, armed or arm())


class TestDiscordWebhook(Conformance):
    is_blind = True


class TestDiscordBot(Conformance):
    has = frozenset({"own clock"})

    @pytest.fixture
    async def harness(self, http):
        async with Discord() as server:
            yield await opened(http, server, BY_BOT)


@pytest.mark.parametrize(
    "typed", [URL, f" {URL}\n", URL.replace("discord.com/api", "discordapp.com/api/v10"), f"{URL}/slack"]
)
async def test_a_webhook_is_understood_however_it_was_copied(http, harness, typed):
    made = await opened(http, harness.server, {"webhook": typed})
    assert made.credentials.account_id == f"webhook:{GUILD}:{WEBHOOK}"
    assert (made.profile.handle, made.profile.profile_url) == (
        "News",
        f"https://discord.com/channels/{GUILD}/{CHANNEL}",
    )
    assert await harness.received() == []  # nobody in the channel notices
    assert made.connector.certainty_of(made.credentials) is Certainty.MATCH


async def test_a_bot_names_its_channel(bot):
    assert bot.credentials.account_id == f"bot:{GUILD}:{CHANNEL}:{BOT}"
    assert bot.profile.handle == "#news"
    assert bot.connector.certainty_of(bot.credentials) is Certainty.HANDLE


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({}, Revoked, "a webhook, or the token"),
        ({"webhook": "https://discord.com/channels/1/2"}, Revoked, "Copy webhook URL"),
        ({"webhook": URL[:-5]}, Revoked, "cut short"),
        ({"webhook": URL.replace(WEBHOOK, "999999")}, Revoked, "deleted"),
        ({"token": "hello"}, Revoked, "two dots"),
        ({"token": BOT_TOKEN + "x", "channel": CHANNEL}, Revoked, "does not know this bot token"),
        ({"token": BOT_TOKEN, "channel": "#news"}, Rejected, "Copy link"),
        ({"token": BOT_TOKEN, "channel": "123456"}, TargetGone, "no channel 123456"),
        ({"token": BOT_TOKEN, "channel": FORUM}, Rejected, "no channel that takes messages"),
    ],
)
async def test_what_is_typed_wrong_is_told_in_plain_words(http, harness, given, error, words):
    with pytest.raises(error, match=words) as caught:
        await harness.connector.sign_in(http, server=harness.server.url, given=given)
    assert TOKEN[:-5] not in caught.value.reason
    assert BOT_TOKEN not in caught.value.reason


async def test_a_bot_that_cannot_see_the_channel_is_told_to_be_invited(http, bot):
    bot.server.sees_channel = False
    with pytest.raises(PermissionMissing, match="ada-bot cannot see"):
        await bot.connector.sign_in(http, server=bot.server.url, given=BY_BOT)


async def test_a_webhook_that_is_gone_closes_the_account(http, harness):
    """Discord bans those who go on calling it."""
    with pytest.raises(Revoked, match="deleted in Discord"):
        await publish(http, harness, Part("Hello"), account_id=f"webhook:{GUILD}:999999")
    with pytest.raises(Revoked, match="connect it again"):
        await publish(http, harness, Part("Hello"), account_id="webhook")


async def test_nobody_is_called_by_a_post(http, harness, bot):
    for one in (harness, bot):  # the server refuses anything but an empty list of mentions
        await publish(http, one, Part("Hello @everyone"))
        assert await one.received() == ["Hello @everyone"]


async def test_a_fraction_of_a_second_is_waited_for(http, harness):
    await harness.fault("rate_limit", seconds=5)
    with pytest.raises(RateLimited) as caught:
        await publish(http, harness, Part("Hello"))
    assert timedelta(seconds=5) < caught.value.retry_at - clock.now() <= timedelta(seconds=5.25)


async def test_files_go_along_with_their_words_for_those_who_do_not_see(http, harness, bot):
    film = Media.of(b"v" * 3_000_000, "video/mp4")
    for one in (harness, bot):
        media = (Media.of(b"\x89PNG", "image/png", "A chart"), replace(film, name="film.mp4"), film)
        post = await publish(http, one, Part("Look", media=media))
        attachments = one.server.messages[post.platform_post_id]["attachments"]
        assert [(file["id"], file["filename"]) for file in attachments] == [
            (0, "file.png"),
            (1, "film.mp4"),
            (2, "file.mp4"),
        ]
        assert [file.get("description") for file in attachments] == ["A chart", None, None]


async def test_too_many_or_too_large_files_are_told_before_and_refused_after(http, harness):
    picture, large = Media.of(b"\x89PNG", "image/png"), Media.of(b"v" * (10 * 1024 * 1024 + 1), "video/mp4")
    part = Part("Look", media=(picture,) * 6 + (replace(picture, mime_type="video/mp4"),) * 5)
    assert "there are 11" in " ".join(harness.connector.problems(Platform.DISCORD, part))
    assert harness.connector.problems(Platform.DISCORD, Part("Look", media=(picture, picture))) == []
    assert not harness.connector.prepares(part)
    with pytest.raises(MediaRejected):
        await publish(http, harness, Part("Look", media=(large,)))


async def test_a_channel_that_takes_no_files_of_ours_refuses_the_post_and_not_the_account(http, bot):
    bot.server.takes_files = False
    with pytest.raises(MediaRejected, match="Attach files"):
        await publish(http, bot, Part("Look", media=(Media.of(b"\x89PNG", "image/png"),)))
    await publish(http, bot, Part("Hello"))
    assert "Hello" in await bot.received()


async def test_a_webhook_can_write_into_a_thread(http, harness):
    made = await opened(http, harness.server, {"webhook": f"{URL}?thread_id={THREAD}"})
    post = await publish(http, made, Part("In here"))
    assert post.url.startswith(f"https://discord.com/channels/{GUILD}/{THREAD}/")
    assert (await made.connector.metrics(http, made.credentials, post.platform_post_id)).likes == 0
    with pytest.raises(TargetGone):
        await publish(http, made, Part("In here"), account_id=f"webhook:{GUILD}:{WEBHOOK}:999999")


async def test_the_parts_of_a_thread_answer_each_other_where_that_is_possible(http, harness, bot):
    for one, expected in ((harness, None), (bot, {"message_id": None})):
        first = await publish(http, one, Part("1"), arm("1"))
        second = await publish(http, one, Part("2", 1, reply_to=first.platform_post_id), arm("2"))
        wanted = expected and {"message_id": first.platform_post_id}
        assert one.server.messages[second.platform_post_id].get("message_reference") == wanted
    with pytest.raises(TargetGone):
        await publish(http, bot, Part("3", 2, reply_to="1234567"), arm("3"))


async def test_reactions_are_counted_and_a_message_that_is_gone_has_none(http, harness):
    post = await publish(http, harness, Part("Hello"))
    stored = harness.server.messages[post.platform_post_id]
    stored["reactions"] = [{"count": 3, "emoji": {"name": "🔥"}}, {"count": 2}, {"count": None}]
    assert await harness.connector.metrics(http, harness.credentials, post.platform_post_id) == Metrics(likes=5)
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    assert await harness.connector.metrics(http, harness.credentials, post.platform_post_id) == Metrics()
    with pytest.raises(Rejected, match="no post of Discord"):
        await harness.connector.delete(http, harness.credentials, "../7")


async def test_what_became_of_a_webhooks_message_is_for_a_person_to_see(http, harness):
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await publish(http, harness, Part("Hello"))
    found = await harness.connector.look_up(http, harness.credentials, Part("Hello"), arm())
    assert found == Undecided(found.reason, final=True)


async def test_a_repeat_of_a_bots_message_makes_no_second_one(http, bot):
    armed = arm()
    first = await publish(http, bot, Part("Hello"), armed)
    assert await publish(http, bot, Part("Hello"), armed) == first
    assert await bot.received() == ["Hello"]


async def test_the_same_words_of_somebody_else_are_not_taken_for_ours(http, bot):
    bot.server.keep({"content": "Hello"}, CHANNEL, "500001")
    long_ago = replace(arm(), armed_at=clock.now() - timedelta(minutes=1, seconds=30))
    assert await bot.connector.look_up(http, bot.credentials, Part("Hello"), long_ago) == Absent()
    ours = await publish(http, bot, Part("Hello"))
    assert await bot.connector.look_up(http, bot.credentials, Part("Hello"), arm()) == ours
    again = await bot.connector.look_up(http, bot.credentials, Part("Hello", 1, reply_to="1234567"), arm())
    assert isinstance(again, Undecided)


async def test_an_empty_list_is_no_proof_where_the_bot_may_not_read(http, bot):
    bot.server.reads_history = False
    long_ago = replace(arm(), armed_at=clock.now() - timedelta(minutes=10))
    found = await bot.connector.look_up(http, bot.credentials, Part("Hello"), long_ago)
    assert isinstance(found, Undecided)
    assert "Read message history" in found.reason


async def test_a_busy_channel_is_read_page_by_page_up_to_a_bound(http, bot):
    for number in range(150):
        bot.server.keep({"content": f"Talk {number}"}, CHANNEL, "500001")
    post = await publish(http, bot, Part("Hello"))
    assert await bot.connector.look_up(http, bot.credentials, Part("Hello"), arm()) == post
    for number in range(400):
        bot.server.keep({"content": f"Talk {number}"}, CHANNEL, "500001")
    found = await bot.connector.look_up(http, bot.credentials, Part("Bye"), arm())
    assert found == Undecided(found.reason)
    assert "too many messages" in found.reason


async def test_a_list_that_is_refused_tells_nothing(http, bot):
    bot.server.sees_channel = False
    with pytest.raises(PermissionMissing):
        await bot.connector.look_up(http, bot.credentials, Part("Hello"), arm())


async def test_a_client_without_a_name_would_be_turned_away(http, harness):
    async with http.get(f"{harness.server.url}/api/v10/webhooks/{WEBHOOK}/{TOKEN}") as answer:
        assert answer.status == 403  # so the tests above prove that the connector says what it is
    assert isinstance(await publish(http, harness, Part("Hello")), Published)
    with pytest.raises(Unreachable):
        await harness.connector.profile(http, replace(harness.credentials, server=f"{harness.server.url}/elsewhere"))
