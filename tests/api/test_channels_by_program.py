"""Programs read how accounts stand, look at one now, and let one go; only an administrator's key may act."""

from __future__ import annotations

import seeds
from program import Program, key_of

from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.organizations.states import Role


async def test_accounts_are_listed_and_let_go(program: Program, database: Database) -> None:
    seeded = await seeds.startup(database)
    program.key = await key_of(database, seeded.startup)
    status, listed = await program.get("/channels")
    assert status == 200
    [account] = listed["data"]
    assert (account["handle"], account["state"]) == ("@kornblume", "connected")
    assert not [name for name in account if "token" in name]
    path = f"/channels/{account['id']}"
    assert await program.get(path) == (200, account)
    for method, address in (("POST", f"{path}/check"), ("DELETE", path)):
        assert (await program.send(method, address))[0] == 403
    program.key = await key_of(database, seeded.startup, role=Role.ADMIN)
    status, checked = await program.post(f"{path}/check")
    assert (status, checked["state"]) == (200, "troubled")  # nobody is there in this test
    assert checked["asked_at"] is not None
    status, gone = await program.send("DELETE", path)
    assert (status, gone["channel"]["state"]) == (200, "disconnected")


async def test_accounts_of_others_are_not_there(program: Program, database: Database) -> None:
    other = await seeds.startup(database, email="eve@other.example", name="Other")
    seeded = await seeds.startup(database)
    program.key = await key_of(database, seeded.startup, role=Role.ADMIN)
    foreign = other.published.social_account_id
    for key in (foreign, new_id()):
        assert (await program.get(f"/channels/{key}"))[0] == 404
        assert (await program.post(f"/channels/{key}/check"))[0] == 404
        assert (await program.send("DELETE", f"/channels/{key}"))[0] == 404
    own = seeded.published.social_account_id
    assert (await program.get(f"/channels/{own}"))[0] == 200
