"""The Slack connector against a small Slack."""

import html
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Certainty, Media, Metrics, Part, Processing, Undecided
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.slack import SlackConnector, messages
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance, asked
from connectors.slack_server import CHANNEL, OTHER, PRIVATE, TEAM, TOKEN, Slack

GIVEN = {"token": TOKEN, "channel": CHANNEL}
PICTURE, FILM = Media.of(b"\x89PNG", "image/png", "A chart"), Media.of(b"v" * 3_000_000, "video/mp4")


class SlackHarness:
    post_id = "1777887000.000100"

    def __init__(self, server: Slack) -> None:
        self.server = server
        self.connector = SlackConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- Slack tells seconds only
        self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [html.unescape(one["text"]) for one in self.server.messages.values()]

    async def revoke(self) -> None:
        self.server.token = "none"

    async def narrow_credentials(self):
        self.server.scopes = {"channels:read"}
        return self.credentials


async def opened(http, server, **given) -> SlackHarness:
    made = SlackHarness(server)
    (grant,) = await made.connector.sign_in(http, server=server.url, given=GIVEN | given)
    made.credentials, made.profile = grant.credentials, grant.profile
    return made


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with Slack() as server:
        yield await opened(http, server)


@pytest.fixture
async def blind(http):
    """A bot that may not read the channel."""
    async with Slack() as server:
        server.scopes -= {"channels:history"}
        yield await opened(http, server)


def arm(key="key", prepared=None) -> Armed:
    return Armed(key, clock.now(), prepared=prepared)


async def prepared(http, harness, part) -> str:
    answer = await harness.connector.prepare(http, harness.credentials, part, None)
    while answer.ask_after is not None:
        answer = await harness.connector.prepare(http, harness.credentials, part, answer.handle)
    return answer.handle


async def publish(http, harness, part, armed=None):
    if part.media:
        armed = replace(armed or arm(), prepared=await prepared(http, harness, part))
    return await harness.connector.publish(http, harness.credentials, part, armed or arm())


class TestSlack(Conformance):
    has = frozenset({"followers", "own clock", "scopes"})


class TestSlackBlind(Conformance):
    is_blind = True
    untold = frozenset({"likes", "comments"})

    @pytest.fixture
    async def harness(self, blind):
        return blind


@pytest.mark.parametrize(
    "typed", [CHANNEL, "#news", "news ", f"https://acme.slack.com/archives/{CHANNEL}",
              f"https://acme.slack.com/archives/{CHANNEL}/p1777887000000100", f"https://app.slack.com/client/{TEAM}/{CHANNEL}"]
)  # fmt: skip
async def test_a_channel_is_found_however_it_is_written(http, harness, typed):
    made = await opened(http, harness.server, channel=typed, token=f" {TOKEN}\n")
    assert made.credentials.account_id == made.profile.account_id == f"{TEAM}/{CHANNEL}@acme.slack.com"
    assert (made.profile.handle, made.profile.followers) == ("#news", 42)
    assert made.profile.profile_url == f"https://acme.slack.com/archives/{CHANNEL}"
    assert made.connector.certainty_of(made.credentials) is Certainty.LISTING
    assert made.connector.scopes <= set(made.credentials.scope.split())
    assert harness.server.messages == {}


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"token": "hello"}, Revoked, "begins with xoxb-"),
        ({"token": "https://hooks.slack.com/services/T/B/x"}, Revoked, "a webhook"),
        ({"token": "xapp-1-A-fake"}, Revoked, "app-level"),
        ({"token": "xoxp-fake"}, Revoked, "of a person"),
        ({"token": "xoxe.xoxb-1-fakefakefake"}, Revoked, "token rotation"),
        ({"token": TOKEN + "1"}, Revoked, "does not know this token"),
        ({"channel": "two words"}, Rejected, "#name"),
        ({"channel": "#nothing"}, TargetGone, "no public channel #nothing"),
        ({"channel": PRIVATE}, TargetGone, "/invite @ada"),
    ],
)
async def test_what_is_typed_wrong_is_told_in_plain_words(http, harness, given, error, words):
    with pytest.raises(error, match=words) as caught:
        await opened(http, harness.server, **given)
    assert TOKEN not in caught.value.reason


async def test_what_the_bot_may_not_do_is_told_while_it_is_connected(http, harness):
    harness.server.scopes -= {"channels:join"}
    with pytest.raises(PermissionMissing, match="/invite @ada"):
        await opened(http, harness.server, channel=OTHER)
    harness.server.scopes -= {"chat:write"}
    with pytest.raises(PermissionMissing, match="chat:write"):
        await opened(http, harness.server)
    harness.server.scopes |= {"chat:write"}
    harness.server.archived.add(CHANNEL)
    with pytest.raises(TargetGone, match="archived"):
        await opened(http, harness.server)


async def test_a_public_channel_is_joined_while_it_is_connected(http, harness):
    made = await opened(http, harness.server, channel=OTHER)
    assert OTHER in harness.server.members
    assert made.connector.certainty_of(made.credentials) is Certainty.LISTING


async def test_a_bot_that_may_write_everywhere_need_not_join_but_then_cannot_look_up(http, harness):
    harness.server.scopes ^= {"channels:join", "chat:write.public"}
    made = await opened(http, harness.server, channel=OTHER)
    assert made.connector.certainty_of(made.credentials) is Certainty.MATCH
    await publish(http, made, Part("Hello"))
    assert await made.received() == ["Hello"]


async def test_a_workspace_that_does_not_tell_scopes_or_names_is_connected_all_the_same(http, harness):
    harness.server.tells_scopes = False
    harness.server.scopes -= {"channels:read"}
    made = await opened(http, harness.server)
    assert made.credentials.scope == "channels:history chat:write"
    assert (made.profile.handle, made.profile.followers) == (CHANNEL, None)


async def test_a_bot_that_was_put_out_of_the_channel_joins_it_once_and_posts(http, harness):
    harness.server.members.clear()
    await publish(http, harness, Part("Hello"))
    assert await harness.received() == ["Hello"]
    assert harness.server.calls[-3:] == ["chat.postMessage", "conversations.join", "chat.postMessage"]
    harness.server.members.clear()
    harness.server.scopes -= {"channels:join"}
    with pytest.raises(PermissionMissing, match="/invite"):
        await publish(http, harness, Part("Hello"))
    assert await harness.received() == ["Hello"]


async def test_signs_that_control_messages_arrive_as_they_were_written(http, harness):
    text = "1 < 2 & <!channel> &lt; <https://evil.example|good>"
    await publish(http, harness, Part(text))
    (stored,) = harness.server.messages.values()
    assert stored["text"] == "1 &lt; 2 &amp; &lt;!channel&gt; &amp;lt; &lt;https://evil.example|good&gt;"
    assert await harness.received() == [text]
    assert stored["metadata"] == {"event_type": "aipromote_post", "event_payload": {"key": "key"}}


async def test_nobody_is_called_by_a_name_that_means_everybody(http, harness):
    text = "@here (@channel) @Everyone <!here> hi@here.com @hereford @ada ada@channel-5.com"
    safe = "@\u200bhere (@\u200bchannel) @\u200bEveryone &lt;!here&gt; hi@here.com @hereford @ada ada@channel-5.com"
    await publish(http, harness, Part(text))
    await publish(http, harness, Part(text, media=(PICTURE,)), arm("k2"))
    plain, with_picture = harness.server.messages.values()
    assert plain["text"] == with_picture["text"] == with_picture["blocks"][0]["text"]["text"] == safe
    await publish(http, harness, Part(text, media=(FILM,)), arm("k3"))
    assert list(harness.server.messages.values())[-1]["text"] == safe


async def test_all_parts_of_a_thread_answer_the_first(http, harness):
    first = await publish(http, harness, Part("1"))
    root = first.platform_post_id
    second = await publish(http, harness, Part("2", 1, reply_to=root, root=root), arm("k2"))
    part, armed = Part("3", 2, reply_to=second.platform_post_id, root=root), arm("k3")
    third = await publish(http, harness, part, armed)
    assert harness.server.messages[third.platform_post_id]["thread_ts"] == root
    number = third.platform_post_id.replace(".", "")
    assert third.url == f"https://acme.slack.com/archives/{CHANNEL}/p{number}?thread_ts={root}&cid={CHANNEL}"
    assert first.url == f"https://acme.slack.com/archives/{CHANNEL}/p{root.replace('.', '')}"
    assert await harness.connector.look_up(http, harness.credentials, asked(part), armed) == third
    with pytest.raises(TargetGone):
        await publish(http, harness, Part("4", 1, reply_to="1777887000.000100"))
    with pytest.raises(Rejected, match="no post of Slack"):
        await publish(http, harness, Part("4", 1, reply_to="p7"))


async def test_a_message_is_known_by_its_key_and_not_by_its_words(http, harness):
    await publish(http, harness, Part("Hello"), arm("another"))
    long_ago = replace(arm(), armed_at=clock.now() - timedelta(seconds=90))
    assert await harness.connector.look_up(http, harness.credentials, Part("Hello"), long_ago) == Absent()
    harness.server.keep("Hello", metadata={"event_type": "other", "event_payload": {"key": "key"}})
    assert await harness.connector.look_up(http, harness.credentials, Part("Hello"), long_ago) == Absent()
    ours = await publish(http, harness, Part("Hello"))
    assert await harness.connector.look_up(http, harness.credentials, Part("Hello"), arm()) == ours


async def test_a_busy_channel_is_read_page_by_page_up_to_a_bound(http, harness):
    ours, harness.server.page = await publish(http, harness, Part("Hello")), 2
    for number in range(8):
        harness.server.keep(f"Talk {number}")
    assert await harness.connector.look_up(http, harness.credentials, Part("Hello"), arm()) == ours
    for number in range(8):
        harness.server.keep(f"Talk {number}")
    found = await harness.connector.look_up(http, harness.credentials, Part("Hello"), arm())
    assert found == Undecided(found.reason)
    harness.server.answers["conversations.history"] = {"ok": True, "messages": [], "has_more": True}
    assert isinstance(await harness.connector.look_up(http, harness.credentials, Part("Hello"), arm()), Undecided)


async def test_without_the_right_to_read_a_lost_answer_is_for_a_person(http, blind):
    await blind.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await publish(http, blind, Part("Hello"))
    found = await blind.connector.look_up(http, blind.credentials, Part("Hello"), arm())
    assert found == Undecided(found.reason, final=True)
    assert await blind.connector.metrics(http, blind.credentials, "1777887000.000100") == Metrics()


async def test_pictures_are_uploaded_before_and_become_part_of_the_message(http, harness):
    part = Part("Look & see", media=(PICTURE, replace(PICTURE, alt_text="", name="second.png")))
    post = await publish(http, harness, part)
    section, first, second = harness.server.messages[post.platform_post_id]["blocks"]
    assert section == {"type": "section", "text": {"type": "mrkdwn", "text": "Look &amp; see"}}
    assert (first["alt_text"], second["alt_text"]) == ("A chart", "second.png")
    uploads = harness.server.uploads
    assert [(one["name"], one["alt"], one["content"]) for one in uploads.values()] == [
        ("file.png", "A chart", b"\x89PNG"),
        ("second.png", None, b"\x89PNG"),
    ]
    assert [first["slack_file"]["id"], second["slack_file"]["id"]] == list(uploads)


async def test_a_picture_is_waited_for_until_slack_knows_what_it_is(http, harness):
    part, prepare = Part("", media=(PICTURE,)), harness.connector.prepare
    harness.server.is_processed = False
    first = await prepare(http, harness.credentials, part, None)
    again = await prepare(http, harness.credentials, part, first.handle)
    assert again.ask_after is not None
    with pytest.raises(Stale):  # fired too early: nothing was posted, and it may be tried again
        await harness.connector.publish(http, harness.credentials, part, arm(prepared=again.handle))
    harness.server.is_processed = True
    ready = await prepare(http, harness.credentials, part, again.handle)
    assert ready.ask_after is None
    assert await prepare(http, harness.credentials, part, ready.handle) == ready
    assert len(harness.server.uploads) == 1
    harness.server.uploads.clear()  # gone over there: anew
    assert (await prepare(http, harness.credentials, part, again.handle)).ask_after is not None
    assert len(harness.server.uploads) == 1


async def test_a_bot_that_may_not_ask_about_files_waits_and_takes_them_for_ready(http, harness):
    harness.server.scopes -= {"files:read"}
    part, prepare = Part("Look", media=(PICTURE,)), harness.connector.prepare
    first = await prepare(http, harness.credentials, part, None)
    second = await prepare(http, harness.credentials, part, first.handle)
    assert second.ask_after >= timedelta(seconds=30)
    assert (await prepare(http, harness.credentials, part, second.handle)).ask_after is None
    await publish(http, harness, part)
    assert await harness.received() == ["Look"]


async def test_a_long_text_beside_pictures_is_cut_between_words(http, harness):
    for text in ("word " * 790, "x" * 3990, "&" * 1000):
        post = await publish(http, harness, Part(text, media=(PICTURE,)), arm(text[:9]))
        sections = harness.server.messages[post.platform_post_id]["blocks"][:-1]
        joined = "".join(one["text"]["text"] for one in sections)
        assert joined.replace(" ", "") == messages.escaped(text).replace(" ", "")
        assert all(one["text"]["text"].count("&") == one["text"]["text"].count(";") for one in sections)


@given(st.text(st.sampled_from("ab &<>\n"), max_size=90).map(lambda text: text * 100))
@settings(max_examples=60, deadline=None)
def test_no_piece_of_a_text_is_too_long_or_cuts_a_sign_in_two(text):
    part = Part(text, media=(PICTURE,))
    *sections, _ = messages.body(part, arm(), channel=CHANNEL, files=["F0000001"])["blocks"]
    pieces = [one["text"]["text"] for one in sections]
    assert all(piece.strip() and len(piece) <= 3000 for piece in pieces)
    joined = "".join(html.unescape(piece) for piece in pieces)
    assert "".join(joined.split()) == "".join(text.split())


async def test_a_video_is_shared_by_slack_and_found_when_it_shows(http, harness):
    root = (await publish(http, harness, Part("First"))).platform_post_id
    for part in (Part("Watch <this>", media=(FILM, PICTURE)), Part("And", 1, root, root, media=(FILM,))):
        armed = arm(part.text, await prepared(http, harness, part))
        harness.server.shares = False
        taken = await harness.connector.publish(http, harness.credentials, part, armed)
        assert isinstance(taken, Processing)
        taken_by = replace(armed, handle=taken.handle, armed_at=armed.armed_at - timedelta(minutes=9))
        for known in (taken_by, replace(taken_by, prepared=None)):
            found = await harness.connector.look_up(http, harness.credentials, asked(part), known)
            assert isinstance(found, Processing)
        files = [{"id": number} for number in json.loads(armed.prepared)["files"]]
        harness.server.keep("Watch", part.root, files=files)
        found = await harness.connector.look_up(http, harness.credentials, asked(part), taken_by)
        assert harness.server.messages[found.platform_post_id]["files"] == files
    assert harness.server.uploads["F0000000"]["content"] == await FILM.content()


async def test_a_video_whose_answer_was_lost_is_found_and_never_called_absent(http, harness):
    part = Part("Watch", media=(FILM,))
    armed = arm("lost", await prepared(http, harness, part))
    await harness.fault("drop_unstored")
    with pytest.raises(UnknownOutcome):
        await harness.connector.publish(http, harness.credentials, part, armed)
    armed = replace(armed, armed_at=armed.armed_at - timedelta(minutes=9))
    assert isinstance(await harness.connector.look_up(http, harness.credentials, asked(part), armed), Undecided)
    await harness.connector.publish(http, harness.credentials, part, armed)
    found = await harness.connector.look_up(http, harness.credentials, asked(part), armed)
    assert [found.platform_post_id] == list(harness.server.messages)


async def test_a_video_is_not_sent_where_nobody_could_see_what_became_of_it(http, blind):
    with pytest.raises(MediaRejected, match="channels:history"):
        await publish(http, blind, Part("Watch", media=(FILM,)))
    assert blind.server.publishing_calls == 0


async def test_files_go_to_slack_alone_and_what_it_refuses_is_a_file(http, harness):
    async with Slack() as elsewhere:
        harness.server.upload_host = elsewhere.url
        with pytest.raises(Unreachable):
            await prepared(http, harness, Part("Look", media=(PICTURE,)))
        assert elsewhere.calls == []
    harness.server.upload_host, harness.server.upload_status = "", 413
    with pytest.raises(MediaRejected):
        await prepared(http, harness, Part("Look", media=(PICTURE,)))
    harness.server.upload_status = 403
    with pytest.raises(Unreachable):
        await prepared(http, harness, Part("Look", media=(PICTURE,)))
    harness.server.scopes -= {"files:write"}
    with pytest.raises(MediaRejected, match="files:write"):
        await prepared(http, harness, Part("Look", media=(PICTURE,)))


async def test_files_that_nobody_uploaded_are_not_fired(http, harness):
    part = Part("Look", media=(PICTURE,))
    for handle in (None, "[]", '{"files": 7}'):
        with pytest.raises(Stale):
            await harness.connector.publish(http, harness.credentials, part, arm(prepared=handle))
    assert harness.server.publishing_calls == 0
    assert "12" in " ".join(harness.connector.problems(Platform.SLACK, Part("Look", media=(PICTURE,) * 12)))


async def test_reactions_and_answers_are_counted(http, harness):
    post = await publish(http, harness, Part("Hello"))
    stored = harness.server.messages[post.platform_post_id]
    stored |= {"reactions": [{"name": "fire", "count": 3}, {"name": "eyes", "count": 2}], "reply_count": 4}
    metrics = harness.connector.metrics
    assert await metrics(http, harness.credentials, post.platform_post_id) == Metrics(likes=5, comments=4)
    harness.server.messages.clear()
    assert await metrics(http, harness.credentials, post.platform_post_id) == Metrics()
    harness.server.answers["conversations.replies"] = {"ok": True, "messages": []}
    assert await metrics(http, harness.credentials, post.platform_post_id) == Metrics()


async def test_an_account_without_its_channel_asks_for_a_person(http, harness):
    with pytest.raises(Revoked, match="connect it again"):
        await harness.connector.profile(http, replace(harness.credentials, account_id="C1"))
