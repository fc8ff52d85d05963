"""How sure one can be after a lost answer, on each of the four kinds of network that a sandbox account can play."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Certainty, Credentials, Part, Processing, Published, Undecided
from aipromote.connectors.errors import Duplicate, Unauthorized, UnknownOutcome
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.sandbox.grades import GRADES
from sandbox.network import Network

TEXT = "We shipped it & it works:\n\n  https://aipromote.com/blog?a=1&b=2 and https://example.com.\n"
CONNECTOR = SandboxConnector()


class Ada:
    """An account, and how the product treats it."""

    def __init__(self, network, http, dial) -> None:
        self.network, self.http, self.dial = network, http, dial
        self.credentials: Credentials

    async def connect(self, grade) -> "Ada":
        tokens = await self.network.connect(grade=grade)
        self.credentials = Credentials(
            self.network.url,
            tokens["access_token"],
            tokens["refresh_token"],
            scope=tokens["scope"],
            account_id=tokens["account_id"],
        )
        return self

    async def publish(self, armed, text=TEXT, **part):
        return await CONNECTOR.publish(self.http, self.credentials, Part(text, **part), armed)

    async def lose(self, kind, text=TEXT) -> Armed:
        armed = arm()
        await self.network.fault(kind)
        with pytest.raises(UnknownOutcome):
            await self.publish(armed, text)
        return armed

    async def look_up(self, armed, text=TEXT, **part):
        return await CONNECTOR.look_up(self.http, self.credentials, Part(text, **part), armed)

    async def later(self, armed, *, seconds, text=TEXT):
        self.dial.jump(armed.armed_at + timedelta(seconds=seconds))
        return await self.look_up(armed, text)

    async def received(self) -> int:
        return (await self.network.audit())["received"]


def arm(key="key-1") -> Armed:
    return Armed(key, clock.now())


@pytest.fixture
async def ada(tmp_path, dial):
    async with Network(tmp_path / "sandbox.db") as network, wire.open_session(timeout_seconds=2) as http:
        yield Ada(network, http, dial)


@pytest.mark.parametrize("grade", GRADES)
async def test_the_grant_says_how_sure_one_can_be(ada, grade):
    await ada.connect(grade)
    assert CONNECTOR.certainty_of(ada.credentials) is Certainty(grade)
    renewed = await CONNECTOR.refresh(ada.http, ada.credentials)
    assert CONNECTOR.certainty_of(renewed) is Certainty(grade)


async def test_a_change_of_the_kind_is_learned_with_the_next_token(ada):
    await ada.connect("A")
    async with ada.network.http.post("/grades", json={"account": "ada", "grade": "D"}) as response:
        assert await response.json() == {"account": "a1", "grade": "D"}
    with pytest.raises(Unauthorized):
        await ada.publish(arm())
    ada.credentials = await CONNECTOR.refresh(ada.http, ada.credentials)
    assert CONNECTOR.certainty_of(ada.credentials) is Certainty.MATCH
    for wrong in ({"account": "ada", "grade": "E"}, {"grade": "A"}, {"account": "", "grade": "A"}):
        async with ada.network.http.post("/grades", json=wrong) as response:
            assert response.status == 422


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("kind", ["store_then_drop", "store_then_500", "malformed", "html", "empty"])
async def test_a_stored_post_is_never_called_absent_and_found_in_the_end(ada, grade, kind):
    await ada.connect(grade)
    armed = await ada.lose(kind)
    for seconds in (1, 10, 40, 65, 100, 115):
        assert isinstance(await ada.later(armed, seconds=seconds), Published | Undecided)
    found = await ada.later(armed, seconds=130)
    assert isinstance(found, Published)
    assert found.platform_post_id == "p1"
    assert await ada.received() == 1


@pytest.mark.parametrize(("grade", "proven"), [("A", True), ("B", True), ("C", True), ("D", False)])
async def test_a_post_that_never_arrived_is_absent_only_where_that_can_be_known(ada, grade, proven):
    await ada.connect(grade)
    armed = await ada.lose("drop_unstored")
    assert await ada.look_up(armed) == Undecided((await ada.look_up(armed)).reason, final=False)
    assert isinstance(await ada.later(armed, seconds=155), Absent if proven else Undecided)
    at_last = await ada.later(armed, seconds=700)
    assert at_last == (Absent() if proven else Undecided(at_last.reason, final=True))


async def test_a_repeat_with_the_same_key_cannot_double_on_a(ada):
    await ada.connect("A")
    armed = await ada.lose("store_then_drop")
    again = await ada.publish(armed)
    assert again == await ada.look_up(armed)
    assert again.platform_post_id == "p1"
    assert (await ada.publish(arm("key-2"))).platform_post_id == "p2"
    assert await ada.received() == 2


async def test_a_repeat_of_what_is_being_worked_on_gets_the_same_handle_on_a(ada):
    await ada.connect("A")
    await ada.network.fault("processing")
    first = await ada.publish(arm())
    again = await ada.publish(arm())
    assert isinstance(first, Processing)
    assert again.handle == first.handle
    assert await ada.received() == 1


async def test_a_repeated_text_is_refused_for_a_while_on_c(ada):
    await ada.connect("C")
    armed = arm()
    await ada.publish(armed)
    with pytest.raises(Duplicate):
        await ada.publish(arm("key-2"))
    assert isinstance(await ada.publish(arm("key-3"), reply_to="p1"), Published)  # an answer is another post
    ada.dial.jump(armed.armed_at + timedelta(seconds=601))
    assert isinstance(await ada.publish(arm("key-4")), Published)
    assert await ada.received() == 3


async def test_a_list_says_nothing_of_posts_that_are_still_worked_on(ada):
    await ada.connect("C")
    await ada.network.fault("processing", seconds=900)
    armed = await ada.lose("store_then_drop")  # the handle is lost with the answer
    for seconds in (155, 800, 890):
        assert isinstance(await ada.later(armed, seconds=seconds), Undecided)
    assert isinstance(await ada.later(armed, seconds=1000), Published)


@pytest.mark.parametrize("grade", ["C", "D"])
async def test_several_posts_that_look_the_same_are_not_decided(ada, grade):
    await ada.connect("B")
    for key in ("other-1", "other-2"):
        await ada.publish(arm(key))
    await ada.connect(grade)
    armed = arm()
    found = await ada.later(armed, seconds=130)
    assert found == Undecided(found.reason, final=True)


async def test_texts_come_back_changed_on_d_and_are_known_all_the_same(ada):
    await ada.connect("D")
    texts = [f"{number}. {TEXT}" for number in range(6)]
    armed = arm()
    posts = [await ada.publish(arm(f"key-{number}"), text) for number, text in enumerate(texts)]
    ada.dial.jump(armed.armed_at + timedelta(seconds=130))
    path = f"/api/v1/accounts/{ada.credentials.account_id}/posts"
    _, listed = await ada.network.get(path, ada.credentials.access_token)
    shown = [post["text"] for post in listed["posts"]]
    assert len(shown) == 6
    assert all("aipromote.com" not in text and "\n\n" not in text for text in shown)
    assert {"&amp;" in text for text in shown} == {True, False}
    assert [await ada.look_up(armed, text) for text in texts] == posts


async def test_a_long_list_is_read_as_far_back_as_the_call_can_have_been(ada):
    await ada.connect("C")
    armed = await ada.lose("store_then_drop", "The first")
    for number in range(120):
        await ada.publish(arm(f"key-{number}"), f"Number {number}")
    assert isinstance(await ada.later(armed, seconds=130, text="The first"), Published)
    assert await ada.look_up(armed, "Not there") == Absent()


async def test_a_grant_of_before_does_not_lead_astray(ada):
    """The kind was changed and nobody told the product yet: the network's answers count, not the scope."""
    await ada.connect("D")
    armed = await ada.lose("store_then_drop")
    believed_to_be_b = replace(ada.credentials, scope="posts.read posts.write")
    ada.dial.jump(armed.armed_at + timedelta(seconds=65))
    found = await CONNECTOR.look_up(ada.http, believed_to_be_b, Part("Another text"), armed)
    assert isinstance(found, Undecided)
