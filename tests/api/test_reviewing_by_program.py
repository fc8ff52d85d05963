"""Comments and review links by API: what a key may, and that it never lets anybody approve."""

from __future__ import annotations

import seeds
from program import Program, key_of

from aipromote.db.database import Database
from aipromote.organizations.states import Role


async def test_a_key_comments_resolves_and_makes_links_that_only_comment(program: Program, database: Database) -> None:
    made = await seeds.startup(database)
    program.key = await key_of(database, made.startup, role=Role.APPROVER)
    path = f"/pieces/{made.piece.id}/comments"
    status, said = await program.post(path, {"revision": 1, "said": "Really?", "quote": "for a week"})
    assert (status, said["author"]) == (201, "Ada Brot (Nightly export)")
    assert (await program.post(path, {"revision": 9, "said": "Really?"}))[0] == 404
    assert (await program.post(path, {"revision": 1, "said": "  "}))[0] == 422
    assert (await program.post(f"/comments/{said['id']}/resolve"))[1]["resolved_by"] == said["author"]
    assert [one["said"] for one in (await program.get(path))[1]["data"]] == ["Really?"]
    wanted = {"reviewer": "Lea", "pieces": [str(made.piece.id)]}
    assert (await program.post("/review-links", {**wanted, "may_approve": True}))[0] == 403
    status, link = await program.post("/review-links", wanted)
    assert (status, link["may_approve"], "/review/" in link["address"]) == (201, False, True)
    _, listed = await program.get("/review-links")
    assert [(one["reviewer"], one["ended"], one["pieces"]) for one in listed["data"]] == [("Lea", None, 1)]
    assert "address" not in listed["data"][0]
    assert (await program.post(f"/review-links/{link['id']}/revoke"))[1]["revoked_at"]
    program.key = await key_of(database, made.startup, role=Role.VIEWER)
    assert (await program.post(path, {"revision": 1, "said": "Hm."}))[0] == 403
    assert (await program.get("/review-links"))[0] == 403
