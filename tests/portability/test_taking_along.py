"""One organization out of an instance and into another: all of it, nothing else, and no secrets."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import delete, select

from aipromote import schema, settings
from aipromote.accounts.actor import Actor
from aipromote.assets import storage
from aipromote.audit import queries as audit
from aipromote.channels.models import SocialAccount
from aipromote.db.database import Database
from aipromote.db.sealing import Sealed
from aipromote.errors import Conflict, NotAllowed
from aipromote.organizations.models import Organization
from aipromote.organizations.states import Role
from aipromote.portability import exporting, importing, shape, sinks, sources
from aipromote.portability.errors import ExportFailed, ImportRefused
from aipromote.portability.form import MANIFEST, Manifest
from aipromote.portability.importing import Imported
from aipromote.portability.sources import Limits
from aipromote.publishing import holds
from aipromote.publishing.actions import idempotency_key
from aipromote.simulation import seed
from factories import accounts, organizations
from factories.organizations import Startup
from servers import EMPTY

TEST = sources.Limits()


@dataclass(frozen=True)
class Moving:
    database: Database
    startup: Startup

    async def out(self, path: Path, *, organization: Any = None, actor: Actor | None = None) -> Manifest:
        key = organization or self.startup.id
        with sinks.place(path) as sink:
            async with self.database.transaction(key, isolation="repeatable read", read_only=True) as session:
                return await exporting.export(session, actor or Actor("tests"), sink, organization_id=key)

    async def into(self, path: Path, *, owner: Actor | None = None, limits: Limits = TEST) -> Imported:
        with sources.opened(path) as source:
            files = sources.check(source, limits)
            async with self.database.transaction() as session:
                return await importing.import_organization(session, owner or self.startup.owner, files)

    async def remove(self) -> None:
        async with self.database.transaction(self.startup.id) as session:
            await session.execute(delete(Organization))

    async def count(self) -> int:
        async with self.database.transaction(self.startup.id) as session:
            return await session.scalar(sa.text("SELECT count(*) FROM content_pieces"))


@pytest.fixture(scope="module")
def sample(owner_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample startup, with rows in every table, taken along once: planting it takes longer than the rest."""
    path = tmp_path_factory.mktemp("sample") / "sample.zip"
    asyncio.run(_plant(path))
    return path


async def _plant(path: Path) -> None:
    database = Database.from_settings("tests")
    await seed.plant(database)
    owner = await asyncpg.connect(settings.get().require("database_url"))
    key = await owner.fetchval("SELECT id FROM organizations")
    async with database.transaction(key) as session:
        account = (await session.scalars(select(SocialAccount).limit(1))).one()
        account.access_token = "a secret token"
    await Moving(database, Startup(Organization(id=key), Actor("tests"))).out(path)
    await database.close()
    await owner.execute(EMPTY)
    await owner.close()


@pytest.fixture
async def moving(database: Database, sample: Path) -> AsyncIterator[Moving]:
    """The sample startup, brought in."""
    owner = await accounts.person(database, name="Ada")
    done = await Moving(database, Startup(Organization(), owner)).into(sample)
    async with database.transaction(done.organization_id) as session:
        organization = await session.get(Organization, done.organization_id)
    yield Moving(database, Startup(organization, owner))
    shutil.rmtree(storage.folder())


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def remade(files: dict[str, bytes], path: Path, *, honest: bool = True) -> Path:
    """A zip of these files; with a manifest that agrees with them, unless it is to be a dishonest one."""
    if honest:
        manifest = json.loads(files[MANIFEST])
        for name in manifest["files"]:
            if name in files:
                facts = exporting._Measured(io.BytesIO())
                facts.write(files[name])
                rows = files[name].count(b"\n") if name.endswith(".jsonl") else None
                manifest["files"][name] = facts.facts(rows=rows).model_dump()
        files = files | {MANIFEST: json.dumps(manifest).encode()}
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_every_tenant_table_travels_or_is_listed_with_a_reason() -> None:
    tenant = {table.name for table in schema.metadata.tables.values() if "organization_id" in table.columns}
    travelling = {table.name for table in shape.tables()} - {shape.HEAD}
    assert travelling | set(shape.LEFT_OUT) == tenant
    assert not travelling & set(shape.LEFT_OUT)
    assert all(shape.LEFT_OUT.values())
    for place in shape.COLUMNS_LEFT_OUT:
        table, column = place.split(".")
        assert column in schema.metadata.tables[table].columns, place


def test_no_column_that_travels_holds_a_secret() -> None:
    travelling = {f"{table.name}.{name}" for table in shape.tables() for name in shape.columns(table)}
    sealed = {
        f"{mapper.local_table.name}.{mapper.columns[value.column].name}"
        for mapper in schema.Base.registry.mappers
        for value in vars(mapper.class_).values()
        if isinstance(value, Sealed)
    }
    assert sealed
    assert not travelling & sealed
    bytes_ = {name for name in travelling if isinstance(_column(name).type, sa.LargeBinary)}
    assert bytes_ == {
        "assets.checksum", "feed_items.item_key", "feed_items.link_key", "publish_attempts.text_hash",
    }  # fmt: skip
    words = ("token", "password", "secret", "hash")
    assert {name for name in travelling if any(word in name for word in words)} == {
        "content_pieces.hashtags", "content_revisions.hashtags", "content_variants.hashtags",
        "brand_rules.allowed_hashtags", "brand_rules.forbidden_hashtags", "publish_attempts.text_hash",
    }  # fmt: skip


def _column(name: str) -> sa.Column[Any]:
    table, column = name.split(".")
    return schema.metadata.tables[table].columns[column]


async def test_what_was_taken_along_is_the_same_there(moving: Moving, sample: Path, tmp_path: Path) -> None:
    assert b"a secret token" not in b"".join(content(sample).values())
    first = Manifest.model_validate_json(content(sample)[MANIFEST])
    assert sum(facts.rows or 0 for facts in first.files.values()) > 100
    assert moving.startup.id == first.organization_id
    second = await moving.out(tmp_path / "two.zip", actor=moving.startup.owner)
    rows = {name: facts for name, facts in first.files.items() if name != "README.md"}
    assert {name: second.files[name] for name in rows} == rows
    async with moving.database.transaction(moving.startup.id) as session:
        held = await holds.open_hold(session, organization_id=moving.startup.id)
        active = await session.scalar(sa.text("SELECT count(*) FROM social_accounts WHERE is_active"))
    assert held is not None
    assert active == 0
    assert moving.startup.organization.owner_id == moving.startup.owner.user_id


async def test_ids_that_are_taken_become_others_wherever_they_stand(moving: Moving, tmp_path: Path) -> None:
    await moving.out(tmp_path / "one.zip")
    before = await moving.count()
    done = await moving.into(tmp_path / "one.zip")
    async with moving.database.transaction(done.organization_id) as session:
        told = {
            entry.action: entry for entry in (await audit.entries(session, organization_id=done.organization_id)).rows
        }
    assert told.keys() == {"organization.imported", "publishing.held"}, "the log of there stays there"
    assert told["organization.imported"].detail.after["id_there"] == str(moving.startup.id)
    assert done.has_new_ids
    assert done.organization_id != moving.startup.id
    assert await moving.count() == before
    await moving.out(tmp_path / "two.zip", organization=done.organization_id)
    one, two = content(tmp_path / "one.zip"), content(tmp_path / "two.zip")
    manifest = json.loads(two[MANIFEST])
    for name in one:
        if name.endswith(".jsonl"):
            assert one[name].count(b"\n") == two[name].count(b"\n"), name
    ids = {
        json.loads(line)["id"]
        for name in one
        if name.endswith(".jsonl")
        for line in one[name].splitlines()
        if b'"id"' in line
    }
    left = {
        (name, data[max(0, place - 60) : place + 40])
        for name, data in two.items()
        if name.endswith(".jsonl")
        for key in ids
        if (place := data.find(key.encode())) >= 0
    }
    assert left == set()
    assert manifest["organization_id"] == str(done.organization_id)
    pieces = [json.loads(line)["body"] for line in one["rows/content_pieces.jsonl"].splitlines()]
    assert [json.loads(line)["body"] for line in two["rows/content_pieces.jsonl"].splitlines()] == pieces
    posts = [[json.loads(row) for row in files["rows/scheduled_posts.jsonl"].splitlines()] for files in (one, two)]
    for there, here in zip(*posts, strict=True):
        assert (here["idempotency_key"] == key_of(here)) is (there["idempotency_key"] == key_of(there))
    assert any(here["idempotency_key"] == key_of(here) for here in posts[1])


def key_of(post: dict[str, Any]) -> str:
    """What scheduling this post now would make it known by."""
    return idempotency_key(
        piece_id=UUID(post["content_piece_id"]),
        revision=post["revision"],
        account_id=UUID(post["social_account_id"]),
        slot=datetime.fromisoformat(post["scheduled_at"]),
    )


async def test_a_folder_does_as_well_as_a_zip_file_and_links_in_it_are_refused(moving: Moving, tmp_path: Path) -> None:
    await moving.out(tmp_path / "folder")
    assert (await moving.into(tmp_path / "folder")).has_new_ids
    (tmp_path / "folder" / "rows" / "passwd.jsonl").symlink_to("/etc/passwd")
    with pytest.raises(ImportRefused, match="not a plain file"):
        await moving.into(tmp_path / "folder")


async def test_only_an_owner_may_take_everything_along(moving: Moving, tmp_path: Path) -> None:
    admin = await organizations.member(moving.database, moving.startup, role=Role.ADMIN)
    with pytest.raises(NotAllowed):
        await moving.out(tmp_path / "one.zip", actor=admin)
    assert not (tmp_path / "one.zip").exists()


async def test_an_organization_is_gathered_once_at_a_time(moving: Moving, tmp_path: Path) -> None:
    async with moving.database.transaction(moving.startup.id) as session:
        with sinks.place(tmp_path / "one") as sink:
            await exporting.export(session, moving.startup.owner, sink, organization_id=moving.startup.id)
        with pytest.raises(Conflict, match="already"):
            await moving.out(tmp_path / "two.zip")
    assert not (tmp_path / "two.zip").exists()
    await moving.out(tmp_path / "two.zip")


async def test_an_export_replaces_nothing(moving: Moving, tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_text("mine")
    with pytest.raises(ExportFailed, match="exists already"):
        await moving.out(tmp_path / "one.zip")


Change = Callable[[dict[str, bytes]], None]


def row(table: str, **values: Any) -> Change:
    """Change the first row of a table."""

    def change(files: dict[str, bytes]) -> None:
        name = f"rows/{table}.jsonl"
        first, rest = files[name].split(b"\n", 1)
        files[name] = json.dumps(json.loads(first) | values).encode() + b"\n" + rest

    return change


def line(table: str, data: bytes) -> Change:
    def change(files: dict[str, bytes]) -> None:
        files[f"rows/{table}.jsonl"] = data + files[f"rows/{table}.jsonl"]

    return change


def twice(files: dict[str, bytes]) -> None:
    files["rows/series.jsonl"] *= 2


STRANGER = "01890000-0000-7000-8000-000000000000"
HOSTILE: dict[str, tuple[Change, str]] = {
    "another tenant's row": (row("facts", organization_id=STRANGER), "facts.jsonl, row 1, column organization_id"),
    "a key of nothing": (row("content_pieces", pillar_id=STRANGER), "content_pieces.jsonl, row 1, column pillar_id"),
    "a wrong enum": (row("content_pieces", platform="MYSPACE"), "content_pieces.jsonl, row 1, column platform"),
    "a document that does not fit": (row("organizations", brief={"name": 7}), "row 1, column brief.name"),
    "a column too much": (row("scheduled_posts", claimed_buy="me"), "row 1, column claimed_buy"),
    "a token": (row("social_accounts", access_token="00"), "row 1, column access_token"),
    "an active account": (row("social_accounts", is_active=True), "row 1, column is_active"),
    "a number for a text": (row("content_pieces", body=7), "row 1, column body"),
    "a text too long": (row("content_pieces", title="x" * 501), "row 1, column title"),
    "a number for an instant": (row("scheduled_posts", scheduled_at=7), "row 1, column scheduled_at"),
    "an instant without zone": (row("scheduled_posts", scheduled_at="2026-01-01T00:00"), "row 1, column scheduled_at"),
    "a number beyond bounds": (row("content_pieces", revision=2**40), "row 1, column revision"),
    "a broken check": (row("scheduled_posts", attempt_count=99), "scheduled_posts.jsonl, row 1: the database refuses"),
    "a null where none may be": (row("content_pieces", body=None), "row 1, column body"),
    "character 0": (row("content_pieces", body="a\0b"), "row 1, column body"),
    "half a surrogate pair": (row("content_pieces", body="\ud800"), "row 1: this is not JSON"),
    "a snapshot of another century": (row("analytics", collected_at="9999-01-01T00:00:00Z"), "column collected_at"),
    "no JSON": (line("facts", b"{\n"), "facts.jsonl, row 1: this is not JSON"),
    "no object": (line("facts", b"[]\n"), "facts.jsonl, row 1: this is not a JSON object"),
    "deep JSON": (line("facts", b"[" * 100_000 + b"\n"), "facts.jsonl, row 1"),
    "a row twice": (twice, "series.jsonl, row 2, column id: there is another row"),
    "no organization": (lambda files: files.update({"rows/organizations.jsonl": b""}), "itself is missing"),
}  # fmt: skip


async def test_what_a_stranger_wrote_is_refused_by_file_row_and_column(moving: Moving, tmp_path: Path) -> None:
    await moving.out(tmp_path / "one.zip")
    whole = content(tmp_path / "one.zip")
    await moving.remove()
    for what, (change, place) in HOSTILE.items():
        files = dict(whole)
        change(files)
        with pytest.raises(ImportRefused) as refused:
            await moving.into(remade(files, tmp_path / "changed.zip"))
        assert place in refused.value.message, (what, refused.value.message)
        assert refused.value.message.endswith("Nothing was imported."), what
        async with moving.database.transaction(moving.startup.id) as session:
            assert await session.scalar(select(sa.func.count()).select_from(Organization)) == 0, what
    assert (await moving.into(remade(whole, tmp_path / "changed.zip"))).organization_id == moving.startup.id


async def test_archives_that_mean_ill_are_refused(moving: Moving, tmp_path: Path) -> None:
    await moving.out(tmp_path / "one.zip")
    whole = content(tmp_path / "one.zip")
    picture = next(name for name in whole if name.startswith("files/"))
    for files, words in [
        (whole | {"../../etc/cron.d/x": b"x"}, "no export has a file of this name"),
        (whole | {"/etc/passwd": b"x"}, "no export has a file of this name"),
        (whole | {f"files/{'0' * 64}": b"x"}, "does not list it"),
        ({name: data for name, data in whole.items() if name != picture}, "is missing"),
        (whole | {picture: b"another picture"}, "altered or cut off"),
        (whole | {MANIFEST: b"{}"}, "manifest.json"),
        (
            whole | {MANIFEST: whole[MANIFEST].replace(b'"schema_revision": "', b'"schema_revision": "9')},
            "newer AIPromote",
        ),
        ({"a": b"b"}, "no export has a file"),
        ({}, "There is no manifest.json"),
    ]:
        with pytest.raises(ImportRefused, match=words):
            await moving.into(remade(files, tmp_path / "ill.zip", honest=False))
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", compression=zipfile.ZIP_LZMA) as archive:
        archive.writestr(MANIFEST, whole[MANIFEST])
    packed = (tmp_path / "lzma.zip").read_bytes()
    (tmp_path / "lzma.zip").write_bytes(packed[:90] + b"damaged" + packed[97:])
    with pytest.raises(ImportRefused, match="packed in a way"):
        await moving.into(tmp_path / "lzma.zip")
    (tmp_path / "ill.zip").write_bytes((tmp_path / "one.zip").read_bytes()[:-200])
    with pytest.raises(ImportRefused, match="not a zip file"):
        await moving.into(tmp_path / "ill.zip")


async def test_a_bomb_is_not_unfolded(moving: Moving, tmp_path: Path) -> None:
    await moving.out(tmp_path / "one.zip")
    whole = content(tmp_path / "one.zip")
    bomb = whole | {"rows/facts.jsonl": b" " * 30_000_000}
    with pytest.raises(ImportRefused, match="altered or cut off"):
        await moving.into(remade(bomb, tmp_path / "bomb.zip", honest=False))
    with pytest.raises(ImportRefused, match=r"facts.jsonl, row 1: the line is longer"):
        await moving.into(remade(bomb, tmp_path / "bomb.zip"))
    with pytest.raises(ImportRefused, match="more than an import may weigh"):
        await moving.into(remade(bomb, tmp_path / "bomb.zip"), limits=Limits(total=20_000_000))
    with pytest.raises(ImportRefused, match="at most 3 are read"):
        await moving.into(tmp_path / "one.zip", limits=Limits(files=3))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = [(table.name, name) for table in shape.tables() for name in shape.columns(table)]


@effort(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(COLUMNS), value=JSON)
def test_any_value_anywhere_fits_or_is_refused_in_words(where: tuple[str, str], value: Any) -> None:
    from aipromote.portability.rows import _value  # noqa: PLC0415 -- the one place that judges

    table, name = where
    column = shape.columns(schema.metadata.tables[table])[name]
    try:
        _value(f"rows/{table}.jsonl", 1, column, value)
    except ImportRefused as refused:
        assert refused.message.startswith(f"rows/{table}.jsonl, row 1, column {name}")  # noqa: PT017 -- or it fits
