"""From connecting an account to a post on the network: every part of the product together, against strict servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from aipromote import worker
from aipromote.assets import addresses
from aipromote.publishing.states import PostStatus
from publishing.abroad import ALT, KINDS, Abroad, as_operated, living_in
from publishing.scene import Scene


@pytest.fixture
async def home(scene: Scene) -> AsyncIterator[Scene]:
    """The scene with the client that workers have: it looks at every address that it connects to."""
    with as_operated():
        async with worker.http_client() as http:
            yield replace(scene, http=http)


@pytest.fixture
async def abroad(home: Scene, request: pytest.FixtureRequest) -> AsyncIterator[Abroad]:
    async with living_in(home, request.param) as made:
        yield made


def on(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("abroad", names or tuple(KINDS), indirect=True)


@on()
async def test_an_account_is_connected_and_a_text_goes_out_once(abroad: Abroad) -> None:
    assert (abroad.account.connector, abroad.account.is_active) == (abroad.kind.name, True)
    post = await abroad.post()
    after = await abroad.sent(post)
    assert (after.platform_post_id, (after.platform_url or "")[:4]) != (None, "")
    assert abroad.texts == ["Fresh bread."]
    assert await abroad.scene.outcomes(post) == [(0, "PUBLISHED")]


def _picture_of(abroad: Abroad) -> tuple[str | None, bool]:
    """The words for those who do not see, and whether the file itself is there."""
    server = abroad.server
    match abroad.kind.name:
        case "x":
            [one] = server.media.values()
            [post] = server.posts.values()
            return one["alt"], post["media"] == list(server.media)
        case "mastodon":
            [shown] = server.statuses[0]["media_attachments"]
            return shown["description"], True
        case "telegram":
            [one] = server.messages.values()
            return None, one["kind"] == "photo" and len(one["file"][1]) > 1000
        case "threads":
            [one] = server.posts.values()
            token = urlsplit(one["given"]["image_url"]).path.removeprefix(addresses.PATH)
            return one["given"]["alt_text"], addresses.opened(token).size > 1000
        case "wordpress":
            [file] = server.media.values()
            [article] = server.posts
            is_there = (article["featured_media"], article["title"]["raw"]) == (file["id"], abroad.kind.title)
            return file["alt_text"], is_there and file["size"] > 1000
        case _:
            [one] = server.uploads.values()
            return one["alt"], len(one["content"]) > 1000


@on()
async def test_a_picture_goes_out_with_its_words(abroad: Abroad) -> None:
    post = await abroad.with_picture()
    await abroad.sent(post)
    assert abroad.texts == ["Look."]
    alt_text, is_there = _picture_of(abroad)
    assert alt_text == (None if abroad.kind.name == "telegram" else ALT)
    assert is_there


def _parents(abroad: Abroad) -> list[tuple[str, str | None]]:
    """The ids of what is there, each with what it answers."""
    server = abroad.server
    match abroad.kind.name:
        case "x":
            return [(name, one["parent"]) for name, one in server.posts.items()]
        case "mastodon":
            return [(one["id"], one["in_reply_to_id"]) for one in server.statuses]
        case "threads":
            return [(name, one["given"].get("reply_to_id")) for name, one in server.posts.items()]
        case _:
            return [(str(name), one["reply"] and str(one["reply"])) for name, one in server.messages.items()]


THREAD = {"body": "One\n\nTwo\n\nThree", "parts": ["One", "Two", "Three"]}


@on("x", "mastodon", "threads", "telegram")
async def test_a_thread_hangs_together(abroad: Abroad) -> None:
    post = await abroad.post(**THREAD)
    await abroad.sent(post)
    assert abroad.texts == ["One", "Two", "Three"]
    (one, first), (two, second), (_, third) = _parents(abroad)
    assert (first, second, third) == (None, one, two)
    assert await abroad.scene.outcomes(post) == [(0, "PUBLISHED"), (1, "PUBLISHED"), (2, "PUBLISHED")]


def _lose(abroad: Abroad) -> None:
    """The next call that publishes is acted on, and its answer does not come."""
    fault = ("store_then_drop", 0.0)
    abroad.server.faults.append((*fault, "") if abroad.kind.name == "wordpress" else fault)


FINDABLE = ("x", "mastodon", "threads", "slack", "wordpress")


@on(*FINDABLE)
@pytest.mark.parametrize("has_picture", [False, True])
async def test_a_lost_answer_is_found_again_without_a_second_post(abroad: Abroad, has_picture: bool) -> None:
    post = await (abroad.with_picture if has_picture else abroad.post)()
    _lose(abroad)
    for _ in range(4):  # until its file is there
        if await abroad.status(post) is PostStatus.UNCONFIRMED:
            break
        abroad.scene.forward(minutes=1)
        await abroad.scene.work()
    assert await abroad.status(post) is PostStatus.UNCONFIRMED
    await abroad.sent(post)
    assert len(abroad.texts) == 1
    assert await abroad.scene.outcomes(post) == [(0, "PUBLISHED")]
