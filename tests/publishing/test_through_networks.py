"""From connecting an account to a post on the network: every part of the product together, against strict servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from aipromote import worker
from aipromote.assets import addresses
from aipromote.assets.models import Asset
from aipromote.channels.refreshing import refresh_expiring
from aipromote.documents.content import MediaRef
from aipromote.publishing.states import PostStatus
from assets import pictures
from publishing.abroad import ALT, KINDS, Abroad, as_operated, living_in, taken_in
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


@on("slack")
async def test_a_film_that_is_shared_later_is_waited_for_and_not_sent_again(abroad: Abroad) -> None:
    abroad.server.shares = False
    film = await taken_in(abroad.scene, pictures.video(), "loaf.mp4")
    post = await abroad.post("Watch.", media_refs=[MediaRef(asset_id=film)])
    await abroad.scene.work()
    for _ in range(5):
        assert await abroad.status(post) is PostStatus.UNCONFIRMED
        abroad.scene.forward(seconds=30)
        await abroad.scene.work()
    async with abroad.scene.database.transaction(abroad.scene.startup.id) as session:
        await session.execute(update(Asset).values(bucket="s3://elsewhere"))  # the file itself is not needed any more
    abroad.server.keep("Watch.", files=[{"id": one} for one in abroad.server.uploads])
    await abroad.sent(post)
    assert (abroad.server.publishing_calls, abroad.texts) == (1, ["Watch."])


@on("x", "mastodon", "threads")
async def test_a_thread_goes_on_after_the_answer_that_was_lost_in_its_middle(abroad: Abroad) -> None:
    lost = []

    def at(point: str) -> None:
        if point == "recorded" and len(abroad.texts) == 1 and not lost:
            lost.append(abroad.texts[0])
            _lose(abroad)

    post = await abroad.post(**THREAD)
    while not abroad.texts:
        await abroad.scene.work(at=at)
        abroad.scene.forward(seconds=10)
    await abroad.sent(post)
    assert (lost, abroad.server.faults) == (["One"], [])
    assert abroad.texts == ["One", "Two", "Three"]
    (one, first), (two, second), (_, third) = _parents(abroad)
    assert (first, second, third) == (None, one, two)


@on("mastodon")
async def test_a_server_that_cannot_be_asked_is_sent_the_same_key_again(abroad: Abroad) -> None:
    post = await abroad.post()
    _lose(abroad)
    abroad.server.lists_answer = 503
    await abroad.sent(post)
    assert abroad.server.posts > 1
    assert abroad.texts == ["Fresh bread."]


@on("telegram")
async def test_what_a_bot_cannot_see_is_left_to_a_person_and_never_sent_again(abroad: Abroad) -> None:
    post = await abroad.post()
    _lose(abroad)
    await abroad.scene.work_until_quiet()
    after = await abroad.scene.now(post)
    assert (after.status, after.next_attempt_at) == (PostStatus.UNCONFIRMED, None)
    assert "look into the channel" in (after.error_message or "")
    assert (abroad.server.publishing_calls, abroad.texts) == (1, ["Fresh bread."])


@on("x")
async def test_tokens_that_ended_are_renewed_with_the_operators_app_and_kept(abroad: Abroad) -> None:
    first = await abroad.row()
    abroad.scene.forward(hours=3)  # they last two
    await abroad.sent(await abroad.post("Renewed ahead."))
    second = await abroad.row()
    assert second.access_token != first.access_token
    assert first.refresh_token not in abroad.server.tokens  # good once
    assert second.refresh_token in abroad.server.tokens
    abroad.server.end("access")  # before their time, between the upload and the post
    picture = await abroad.with_picture("Renewed for a file.")
    await abroad.sent(picture)
    abroad.server.end("access")
    refused = await abroad.post("Renewed when refused.")
    await abroad.sent(refused)
    assert await abroad.scene.outcomes(refused) == [(0, "UNAUTHORIZED"), (0, "PUBLISHED")]
    assert abroad.texts == ["Renewed ahead.", "Renewed for a file.", "Renewed when refused."]


@on("x")
async def test_a_lost_post_is_looked_up_with_tokens_that_are_renewed_first(abroad: Abroad) -> None:
    post = await abroad.post()
    _lose(abroad)
    await abroad.scene.work()
    assert await abroad.status(post) is PostStatus.UNCONFIRMED
    abroad.server.end("access")
    await abroad.sent(post)
    assert (abroad.server.creates, abroad.texts) == (1, ["Fresh bread."])


@on("threads")
async def test_a_token_of_sixty_days_is_renewed_while_it_lives(abroad: Abroad) -> None:
    first = await abroad.row()
    assert first.expires_at is not None
    assert abroad.server.tokens[first.access_token]["kind"] == "long"
    abroad.scene.forward(days=58)
    assert await refresh_expiring(abroad.scene.database, abroad.scene.http) > 0
    second = await abroad.row()
    assert second.access_token != first.access_token
    abroad.scene.forward(days=40)
    await abroad.sent(await abroad.post())
    assert abroad.texts == ["Fresh bread."]


@on()
async def test_an_account_that_is_let_go_has_no_tokens_and_its_network_knows(abroad: Abroad) -> None:
    known = (await abroad.row()).access_token
    gone = await abroad.disconnect()
    row = await abroad.row()
    assert (row.is_active, row.access_token, row.refresh_token) == (False, None, None)
    if abroad.kind.name in {"x", "mastodon"}:
        assert "was told that its access has ended" in gone.note
        assert known not in abroad.server.tokens
    else:
        assert "takes no word of it from programs" in gone.note
    post = await abroad.post()
    await abroad.scene.work_until_quiet()
    assert await abroad.status(post) is PostStatus.FAILED
    assert abroad.texts == []
