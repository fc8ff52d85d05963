"""Pictures and videos on their way to Slack."""

import html
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipromote.connectors.contract import Part, Processing, Undecided
from aipromote.connectors.errors import (
    MediaRejected,
    Stale,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.slack import messages
from aipromote.documents.vocabulary import Platform
from connectors.conformance import asked
from connectors.slack_harness import (
    FILM,
    PICTURE,
    arm,
    blind,
    harness,
    http,
    prepared,
    publish,
)
from connectors.slack_server import CHANNEL, Slack

__all__ = ["blind", "harness", "http"]


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
