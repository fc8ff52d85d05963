"""The Slack connector against a small Slack."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import Absent, Certainty, Metrics, Part, Undecided
from aipromote.connectors.errors import (
    PermissionMissing,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
)
from connectors.conformance import Conformance, asked
from connectors.slack_harness import (
    FILM,
    PICTURE,
    arm,
    blind,
    harness,
    http,
    opened,
    publish,
)
from connectors.slack_server import CHANNEL, OTHER, PRIVATE, TEAM, TOKEN

__all__ = ["blind", "harness", "http"]


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
