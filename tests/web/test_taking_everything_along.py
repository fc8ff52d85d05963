"""The download of everything that an organization has, for its owner alone."""

from __future__ import annotations

import io
import zipfile

import seeds
from site_client import Browser

from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.audit import queries as audit
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role


async def test_an_owner_downloads_everything_of_their_organization(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    assert "Download as a zip file" in (await browser.open("/channels")).words
    form = {"csrf": browser.token}
    async with browser.http.post(browser.address + "/organization/export", data=form) as answer:
        assert answer.status == 200
        assert answer.headers["content-disposition"].startswith('attachment; filename="kornblume-')
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert archive.testzip() is None
    assert str(made.piece.id).encode() in archive.read("rows/content_pieces.jsonl")
    async with database.transaction(made.organization_id) as session:
        newest = (await audit.entries(session, organization_id=made.organization_id)).rows[0]
    assert (newest.action, newest.actor_name) == ("organization.exported", made.startup.owner.name)
    assert newest.detail.after["rows"] > 0


async def test_nobody_else_does(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    async with database.transaction() as session:
        admin = actor_of(
            await accounts.create_user(session, email="grace@x.example", password=seeds.PASSWORD, name="Grace")
        )
    async with database.transaction(made.organization_id) as session:
        session.add(
            Membership(organization_id=made.organization_id, id=new_id(), user_id=admin.user_id, role=Role.ADMIN)
        )
    await browser.sign_in("grace@x.example", seeds.PASSWORD)
    assert "Download as a zip file" not in (await browser.open("/channels")).words
    assert (await browser.send("/organization/export")).status == 403
