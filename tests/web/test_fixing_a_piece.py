"""A finding's proposal is put in with one click, exactly there; and findings are marked in the text."""

from __future__ import annotations

import html
import re

import pytest
import seeds
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from site_client import Browser, Seen
from sqlalchemy import select

from aipromote.content.actions import edit, new_piece
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.web.findings import Mark, with_marks

TEXT = "Rye <b>keeps</b>!!!! Spelt too???? Ask us."


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _written(browser: Browser, made: seeds.Seeded, text: str = TEXT) -> Seen:
    page = f"/pieces/{made.piece.id}"
    await browser.open(page)
    return await browser.send(page, {"body": text, "based_on": 1})


async def _piece(database: Database, made: seeds.Seeded) -> ContentPiece:
    async with database.transaction(made.organization_id) as session:
        return (await session.scalars(select(ContentPiece).where(ContentPiece.id == made.piece.id))).one()


def _forms(seen: Seen) -> list[dict[str, str]]:
    """The fields of each form that puts something in."""
    forms = re.findall(r'<form method="post" action="/pieces/[^"]+/fix">(.*?)</form>', seen.text, re.DOTALL)
    return [
        {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
        for form in forms
    ]


async def test_a_proposal_is_put_in_exactly_there_and_the_text_is_checked_anew(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    seen = await _written(browser, seeded)
    shouting = [form for form in _forms(seen) if form["said"] == "!!!!"]
    assert shouting[0]["instead"] == "!"
    assert '<mark class="tone-review">!!!!<sup>' in seen.text
    assert "&lt;b&gt;keeps&lt;/b&gt;<mark" in seen.text, "the text itself stays text"
    seen = await browser.send(f"/pieces/{seeded.piece.id}/fix", shouting[0])
    assert "“!” stands there now." in seen.words
    piece = await _piece(database, seeded)
    assert (piece.body, piece.revision) == ("Rye <b>keeps</b>! Spelt too???? Ask us.", 3)
    assert piece.status is ContentStatus.PENDING_REVIEW
    assert "!!!!" not in [form["said"] for form in _forms(seen)]
    assert [form["start"] for form in _forms(seen)] == [str(piece.body.index("????"))], "counted in the new text"


async def test_a_hashtag_that_may_not_stand_is_removed(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    text = "Bread. " + " ".join(f"#tag{number}" for number in range(31))
    async with database.transaction(seeded.organization_id) as session:
        mine = {"organization_id": seeded.organization_id, "platform": Platform.INSTAGRAM}
        piece = await new_piece(session, seeded.startup.owner, **mine, body=text)
    seen = await browser.open(f"/pieces/{piece.id}")
    (form,) = _forms(seen)
    assert (form["said"], form["instead"]) == ("#tag30", "")
    assert "Remove it" in seen.words
    seen = await browser.send(f"/pieces/{piece.id}/fix", form)
    assert "It is removed." in seen.words
    async with database.transaction(seeded.organization_id) as session:
        found = (await session.scalars(select(ContentPiece).where(ContentPiece.id == piece.id))).one()
    assert found.body == text.removesuffix("#tag30")
    assert not _forms(seen)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"based_on": "1"}, "changed meanwhile (revision 2)"),
        ({"start": "0", "end": "4"}, "These words stand elsewhere by now."),
        ({"start": "-4", "end": "-1"}, "These words stand elsewhere by now."),
        ({"start": "0", "end": "99999"}, "These words stand elsewhere by now."),
        ({"instead": "Buy now"}, "The check does not propose this any more."),
    ],
)
async def test_nothing_else_is_put_in(
    browser: Browser, database: Database, seeded: seeds.Seeded, changed: dict[str, str], words: str
) -> None:
    form = _forms(await _written(browser, seeded))[0]
    seen = await browser.send(f"/pieces/{seeded.piece.id}/fix", form | changed)
    assert "Nothing was changed." in seen.words
    assert words in seen.words
    piece = await _piece(database, seeded)
    assert (piece.body, piece.revision) == (TEXT, 2)


async def test_in_a_thread_only_its_own_post_changes(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    parts = ["First post.\n\nWith a blank line.", "Second post!!!!", "Third post."]
    async with database.transaction(seeded.organization_id) as session:
        mine = {"organization_id": seeded.organization_id}
        mine["piece_id"] = (
            await new_piece(
                session, seeded.startup.owner, **mine, platform=Platform.TWITTER, type=ContentType.THREAD, body="x"
            )
        ).id
        piece = await edit(session, seeded.startup.owner, **mine, body="\n\n".join(parts), parts=parts, based_on=1)
    form = _forms(await browser.open(f"/pieces/{piece.id}"))[0]
    await browser.send(f"/pieces/{piece.id}/fix", form)
    async with database.transaction(seeded.organization_id) as session:
        found = (await session.scalars(select(ContentPiece).where(ContentPiece.id == piece.id))).one()
    assert found.parts == [parts[0], "Second post!", parts[2]]
    assert found.body == "\n\n".join(found.parts)


async def test_who_may_only_look_sees_the_marks_and_no_buttons(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    form = _forms(await _written(browser, seeded))[0]
    async with database.transaction(seeded.organization_id) as session:
        (membership,) = await session.scalars(select(Membership))
        membership.role = Role.VIEWER
    seen = await browser.open(f"/pieces/{seeded.piece.id}")
    assert "<sup>" in seen.text
    assert not _forms(seen)
    assert (await browser.send(f"/pieces/{seeded.piece.id}/fix", form)).status == 403
    assert (await _piece(database, seeded)).body == TEXT


def _mark(span: tuple[int, int] | None, *, blocks: bool = False) -> Mark:
    return Mark("reason", "", "", "Tone", blocks, span=span)


@hypothesis_settings(deadline=None)
@given(
    text=st.text(alphabet="ab<&>\n\"'", max_size=30),
    spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5),
)
def test_marks_change_nothing_of_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [_mark((min(span), max(span))) for span in spans]
    shown = str(with_marks(text, marks))
    assert html.unescape(re.sub(r"<sup>[\d, ]+</sup>|</?mark[^>]*>", "", shown)) == text


def test_what_blocks_is_told_from_a_hint_also_where_they_overlap() -> None:
    shown = with_marks("abcdef", [_mark((0, 4)), _mark((2, 6), blocks=True), _mark(None)])
    assert shown == (
        '<mark class="tone-review">ab</mark><mark class="tone-failed">cd<sup>1</sup></mark>'
        '<mark class="tone-failed">ef<sup>2</sup></mark>'
    )
