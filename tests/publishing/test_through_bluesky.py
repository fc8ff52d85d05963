"""From the app password to a post on a server of the AT Protocol: the whole way, through the publish step."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aipromote import clock, settings
from aipromote.channels import actions as channels
from aipromote.channels import connecting
from aipromote.channels.models import SocialAccount
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.publishing.states import PostStatus
from connectors.bluesky_pds import DID, PASSWORD, Pds
from publishing.scene import Scene

TEXT = "Käse 🧀 from the farm: https://example.org/käse #Käse"


@pytest.fixture
async def pds(dial: clock.Dial, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pds]:
    del dial  # sessions end by the product's clock
    monkeypatch.setenv("AIPROMOTE_NETWORKS_PRIVATE", "true")
    settings.get.cache_clear()
    async with Pds() as server:
        yield server
    monkeypatch.undo()
    settings.get.cache_clear()


async def _connect(scene: Scene, pds: Pds, *, password: str = PASSWORD) -> SocialAccount:
    outcome = await connecting.sign_in(
        scene.database,
        scene.startup.owner,
        scene.http,
        organization_id=scene.startup.id,
        connector="bluesky",
        server=f"{pds.url}/",
        given={"identifier": " @ada.test", "password": password},
    )
    [account] = outcome.accounts
    return account


async def test_an_account_is_connected_and_posts(scene: Scene, pds: Pds) -> None:
    account = await _connect(scene, pds)
    assert (account.platform, account.connector, account.handle) == (Platform.BLUESKY, "bluesky", "ada.test")
    assert (account.account_id, account.followers, account.is_active) == (DID, 12, True)
    post = await scene.post(account=account, body=TEXT)
    await scene.work()
    [(key, stored)] = pds.records.items()
    after = await scene.now(post)
    assert after.status is PostStatus.PUBLISHED
    assert after.platform_post_id == f"{stored['uri']}#{stored['cid']}"
    assert after.platform_url == f"https://bsky.app/profile/{DID}/post/{key}"
    assert stored["value"]["text"] == TEXT
    features = [facet["features"][0] for facet in stored["value"]["facets"]]
    assert [feature.get("uri") or feature.get("tag") for feature in features] == ["https://example.org/käse", "Käse"]
    [attempt] = await scene.attempts(post)
    assert attempt.record_key == key


async def test_a_password_that_is_not_accepted_connects_nothing(scene: Scene, pds: Pds) -> None:
    with pytest.raises(InvalidInput, match="app password"):
        await _connect(scene, pds, password="wrong")


async def test_connecting_again_takes_the_same_account(scene: Scene, pds: Pds) -> None:
    first = await _connect(scene, pds)
    async with scene.database.transaction(scene.startup.id) as session:
        await channels.disconnect(session, scene.startup.owner, organization_id=scene.startup.id, account_id=first.id)
    again = await _connect(scene, pds)
    assert (again.id, again.is_active) == (first.id, True)


async def test_a_session_that_ended_is_renewed_and_the_new_pair_kept(scene: Scene, pds: Pds) -> None:
    account = await _connect(scene, pds)
    scene.forward(hours=3)  # access tokens last two
    post = await scene.post(account=account, body=TEXT)
    await scene.work()
    assert await scene.outcomes(post) == [(0, "PUBLISHED")]
    pds.end("access")  # before its time
    second = await scene.post(account=account, body="Another.", at=scene.forward(minutes=1))
    await scene.work()
    assert await scene.outcomes(second) == [(0, "UNAUTHORIZED"), (0, "PUBLISHED")]
    assert len(pds.records) == 2


async def test_a_thread_hangs_together(scene: Scene, pds: Pds) -> None:
    account = await _connect(scene, pds)
    post = await scene.post(account=account, body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    one, two, three = pds.records.values()
    assert "reply" not in one["value"]
    assert two["value"]["reply"]["parent"]["uri"] == one["uri"]
    assert three["value"]["reply"] == {
        "root": {"uri": one["uri"], "cid": one["cid"]},
        "parent": {"uri": two["uri"], "cid": two["cid"]},
    }


@pytest.mark.parametrize("fault", ["store_then_drop", "store_then_500", "malformed", "drop_unstored"])
async def test_a_call_without_an_answer_ends_with_one_post(scene: Scene, pds: Pds, fault: str) -> None:
    account = await _connect(scene, pds)
    pds.faults.append((fault, 0))
    post = await scene.post(account=account, body=TEXT)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(pds.records) == 1
    assert len({attempt.record_key for attempt in await scene.attempts(post)}) == 1
