"""Nobody holds all places in which hostile bytes are taken apart; and no page of 2 MB is dear to look at."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.reading import apart
from aipromote.reading.finding import find
from aipromote.reading.hidden import SHEETS_READ, hiding_names
from aipromote.reading.page import read_page
from aipromote.reading.turns import Turns, on_behalf_of


async def test_one_organization_leaves_a_place_for_another() -> None:
    turns, entered, may_go = Turns(2, each=1), [], asyncio.Event()

    async def read(holder: str, name: str) -> None:
        with on_behalf_of(holder):
            async with turns.turn():
                entered.append(name)
                await may_go.wait()

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second", "third"):
            group.create_task(read("slow", name))
        group.create_task(read("other", "theirs"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert entered == ["first", "theirs"]  # the slow one's others wait for its own turn, before the shared one
        may_go.set()
    assert sorted(entered) == ["first", "second", "theirs", "third"]
    assert turns._own == {}  # nothing is kept of who has finished


async def test_a_turn_is_given_back_when_the_reading_fails() -> None:
    turns = Turns(1, each=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with turns.turn():
                assert 1 / 0
    async with asyncio.timeout(5), turns.turn():
        assert len(turns._own) == 1


async def test_real_files_of_two_organizations_are_read_side_by_side() -> None:
    async def read(holder: str) -> str:
        with on_behalf_of(holder):
            return (await apart.read_file(f"We are {holder}.".encode(), name=f"{holder}.txt")).passages[0].text

    found = await asyncio.gather(*(read(holder) for holder in ("a", "a", "b", "b")))
    assert found == ["We are a.", "We are a.", "We are b.", "We are b."]


def test_sheets_that_hide_are_read_up_to_a_length_in_all() -> None:
    hides = ".gone{display:none}"
    filler = "x" * SHEETS_READ
    assert hiding_names([hides]) == {".gone"}
    assert hiding_names([f"@media print {{ {hides} }}"]) == {".gone"}
    assert hiding_names([f"{hides}.left{{color:red}}#flat , .a b{{overflow:hidden;height:0}}"]) == {".gone", "#flat"}
    assert hiding_names([filler, hides]) == set()
    assert hiding_names([hides, filler]) == {".gone"}
    assert hiding_names([".open{display:none"]) == set()


@given(st.lists(st.text("{}.#@;:ax0 \n,", max_size=60), max_size=4))
def test_any_sheet_is_survived(sheets: list[str]) -> None:
    assert all(name.startswith((".", "#")) for name in hiding_names(sheets))


def test_a_number_within_a_sentence_ends_none() -> None:
    page = (
        "<html><body><p>Bakers save 3.5 x more time with us. Ask anyone!</p><p>1,200 customers bake</p></body></html>"
    )
    found = find([read_page(page, source="https://a.example/")])
    said = [one.value["statement"] for one in found if isinstance(one.value, dict) and "statement" in one.value]
    assert "1,200 customers bake" in said
    assert "Bakers save 3.5 x more time with us." in said


def test_colours_of_a_brand_are_found_by_their_names() -> None:
    sheet = "--x-primary-2: #00ff00; --shade: #111111; --accent:#ABCDEF"
    page = read_page(f"<html><head><style>{sheet}</style></head><body>Hello there</body></html>", source="https://a.b/")
    assert [one.text for one in page.of("colour")] == ["#00ff00", "#ABCDEF"]
