"""The Studio, as an administrator's browser and everybody else's see it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import seeds
from site_client import Browser, Seen
from sqlalchemy import func, select, text, update
from yarl import URL

from aipromote import schema, settings
from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.audit.models import Entry
from aipromote.brand.models import Fact
from aipromote.channels.models import SocialAccount
from aipromote.db.base import Base
from aipromote.db.database import Database
from aipromote.studio.fields import MASK
from aipromote.studio.looking import ORGANIZATION, choices

TOKEN = "a-token-that-nobody-may-read"


@pytest.fixture
async def seeded(database: Database) -> seeds.Seeded:
    return await seeds.startup(database)


@pytest.fixture
async def administrator(browser: Browser, database: Database, seeded: seeds.Seeded) -> Browser:
    """An administrator who is a member of nothing."""
    await seeds.person(database, email="root@instance.example")
    async with database.transaction() as session:
        await session.execute(update(User).where(User.email == "root@instance.example").values(role=UserRole.ADMIN))
    await browser.sign_in("root@instance.example", seeds.PASSWORD)
    return browser


async def choose(browser: Browser, organization_id: UUID) -> None:
    page = await browser.open("/studio/")
    assert page.status == 200
    sent = await browser.send("/studio/choose", [token_of(page), ("organization", str(organization_id))])
    assert sent.status == 200


def token_of(page: Seen) -> tuple[str, str]:
    """The form's own token, which the library looks for."""
    field = re.search(r'name="(_csrf\w*|csrf\w*)"\s+value="([^"]+)"', page.text)
    assert field is not None
    return field[1], field[2]


def detail_of(page: Seen, table: str, key: UUID) -> str:
    """Where the list leads for this row."""
    found = re.search(rf'(/studio/{table}/detail\?pk=[^"&]*{key})', page.text)
    assert found is not None, re.findall(r"[^\s\"]*detail[^\s\"]*", page.text)
    return found[1]


def filled_form(page: Seen) -> dict[str, str]:
    """What the form on this page would send as it stands."""
    found = dict(re.findall(r'<input[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', page.text))
    found |= {name: text.strip() for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)<', page.text)}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        if (chosen := re.search(r'value="([^"]+)"[^>]*selected', options)) is not None:
            found[name] = chosen[1]
    return {name: html.unescape(value) for name, value in found.items()}


async def test_who_is_no_administrator_does_not_learn_that_it_is_there(browser: Browser, seeded: seeds.Seeded) -> None:
    assert "/sign-in" in (await browser.open("/studio/")).url
    await browser.sign_in(seeded.email, seeds.PASSWORD)
    for path in ("/studio/", "/studio/users/", "/studio/nothing-there"):
        assert (await browser.open(path)).status == 404


async def test_an_administrator_sees_every_table_of_the_chosen_organization(
    administrator: Browser, seeded: seeds.Seeded, second_browser: Browser, database: Database
) -> None:
    other = await seeds.startup(database, email="eve@other.example", name="Otherwise")
    await choose(administrator, seeded.organization_id)
    for mapper in Base.registry.mappers:
        table = mapper.class_.__tablename__
        page = await administrator.open(f"/studio/{table}/list")
        assert page.status == 200, (table, page.text[:500])
        assert "unsafe-inline" in page.headers["content-security-policy"]
        assert "https://" not in "".join(re.findall(r"(?:src|href|@import url\()=?\"?'?(https://[^\"')]+)", page.text))
        assert str(other.organization_id) not in page.text, table
    pieces = await administrator.open("/studio/content_pieces/list")
    assert str(seeded.piece.id) in pieces.text
    detail = await administrator.open(detail_of(pieces, "content_pieces", seeded.piece.id))
    assert detail.status == 200
    assert seeded.piece.body.split("\n")[0][:20] in detail.words


async def test_nothing_of_a_tenant_is_shown_before_an_organization_is_chosen(
    administrator: Browser, seeded: seeds.Seeded
) -> None:
    assert (await administrator.open("/studio/content_pieces/list")).status in {403, 404}
    assert (await administrator.open("/studio/users/list")).status == 200


async def test_a_choice_that_was_not_made_here_shows_nothing(administrator: Browser, seeded: seeds.Seeded) -> None:
    await choose(administrator, seeded.organization_id)
    jar = administrator.http.cookie_jar
    [kept] = [cookie.value for cookie in jar if cookie.key == ORGANIZATION]
    for forged in (str(seeded.organization_id), kept.partition(".")[0] + ".x", "x." + kept.partition(".")[2]):
        jar.update_cookies({ORGANIZATION: forged}, URL(administrator.address))
        assert (await administrator.open("/studio/facts/list")).status == 403, forged
    jar.update_cookies({ORGANIZATION: kept}, URL(administrator.address))
    assert (await administrator.open("/studio/facts/list")).status == 200


@pytest.mark.parametrize(
    "address",
    ["detail?pk='--", "detail?pk=%00", "list?q=%00", f"list?page={10**20}", "../_api/facts/inline-edit/row?pk=1"],
)
async def test_what_cannot_be_is_answered_in_words(administrator: Browser, seeded: seeds.Seeded, address: str) -> None:
    await choose(administrator, seeded.organization_id)
    page = await administrator.open(f"/studio/facts/{address}")
    assert page.status in {400, 404}, page.text[:300]


async def test_actions_of_the_library_are_refused_although_the_form_is_ours(
    administrator: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await choose(administrator, seeded.organization_id)
    token = token_of(await administrator.open("/studio/"))
    for path in (
        "action?name=delete&all=1",
        "action?name=export&all=1",
        "row-action?name=delete&pk=1",
        "import?format=csv",
    ):
        refused = await administrator.send(f"/studio/_api/facts/{path}", [token])
        assert refused.status in {400, 403}, (path, refused.text)
        assert "Forbidden" in refused.text, path
    assert (await administrator.send("/studio/choose", [token, ("organization", "x")])).status == 422


async def test_secrets_are_masked_and_cannot_be_asked_for(
    administrator: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        account = (await session.scalars(select(SocialAccount))).first()
        assert account is not None
        account.access_token = TOKEN
        sealed = account.access_token_sealed
        hashes = list(await session.scalars(select(User.password_hash)))
    assert sealed is not None
    await choose(administrator, seeded.organization_id)
    for table, key in (("social_accounts", account.id), ("users", None), ("sessions", None)):
        pages = [await administrator.open(f"/studio/{table}/list")]
        if key is not None:
            pages.append(await administrator.open(detail_of(pages[0], table, key)))
        for page in pages:
            assert MASK in page.text, table
            assert TOKEN not in page.text
            assert sealed.hex()[20:60] not in page.text
            assert not any(each in page.text for each in hashes if each)
    asked = await administrator.open("/studio/users/list?sort=password_hash+asc")
    assert asked.status in {200, 400}
    assert not any(each in asked.text for each in hashes if each)


async def test_nothing_can_be_changed_and_opening_leaves_a_line(
    administrator: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await choose(administrator, seeded.organization_id)
    pieces = await administrator.open("/studio/content_pieces/list")
    address = detail_of(pieces, "content_pieces", seeded.piece.id).replace("/detail?", "/edit?")
    assert (await administrator.open(address)).status == 403
    assert (await administrator.send(address, {"title": "taken over"})).status == 403
    async with database.transaction(seeded.organization_id) as session:
        found = list(await session.scalars(select(Entry).where(Entry.action == "studio.opened")))
        assert [each.actor_name for each in found] == ["Ada"]


@pytest.fixture
def writes_allowed(monkeypatch: pytest.MonkeyPatch, owner_url: str) -> Iterator[None]:
    monkeypatch.setenv("AIPROMOTE_STUDIO_WRITES", "true")
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


@pytest.mark.usefixtures("writes_allowed")
async def test_where_changes_are_allowed_they_are_written_down_and_the_database_still_checks(
    administrator: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await choose(administrator, seeded.organization_id)
    pillars = await administrator.open("/studio/facts/list")
    async with database.transaction(seeded.organization_id) as session:
        fact = (await session.scalars(select(Fact).limit(1))).one()
    address = detail_of(pillars, "facts", fact.id).replace("/detail?", "/edit?")
    form = filled_form(await administrator.open(address))
    changed = await administrator.send(address, [*(form | {"source": "told by Ada"}).items()])
    assert changed.status == 200, changed.words
    refused = await administrator.send(address, [*(form | {"statement": "x" * 5000}).items()])
    assert "statement_length" in refused.text
    async with database.transaction(seeded.organization_id) as session:
        again = await session.get_one(Fact, (seeded.organization_id, fact.id))
        assert (again.source, again.statement) == ("told by Ada", fact.statement)
        lines = await session.scalars(select(Entry.subject).where(Entry.action == "studio.changed"))
        assert list(lines) == ["facts"]


async def test_the_door_shows_nothing_to_others(database: Database, seeded: seeds.Seeded) -> None:
    async with database.transaction() as session:
        assert await choices(session, administrator=seeded.startup.owner.user_id or UUID(int=0)) == []
        assert await session.scalar(text("SELECT count(*) FROM doors.organizations_for(gen_random_uuid(), '', 9)")) == 0


def test_every_model_has_its_view() -> None:
    assert {mapper.class_.__tablename__ for mapper in Base.registry.mappers} == set(schema.metadata.tables)


async def test_names_are_found_by_how_they_begin(
    administrator: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await seeds.startup(database, email="eve@other.example", name="Otherwise")
    page = await administrator.open("/studio/?named=other")
    assert "Otherwise" in page.words
    assert "Kornblume" not in page.words
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 3
