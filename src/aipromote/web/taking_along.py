"""The download of everything that an organization has."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aipromote.http.visits import Viewing, database_of
from aipromote.portability import exporting, sinks

router = APIRouter()

_BLOCK = 256 * 1024


@router.post("/organization/export")
async def export(request: Request, stay: Viewing) -> Response:
    """A zip file for an owner; a form, so that no other site can make us gather it."""
    key = stay.organization_id
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- `_parts` closes it when it was sent
    try:
        with sinks.zip_into(file) as sink:
            async with database_of(request).transaction(key, isolation="repeatable read", read_only=True) as session:
                manifest = await exporting.export(session, stay.actor, sink, organization_id=key)
        async with database_of(request).transaction(key) as session:  # before anything leaves
            await exporting.record(session, stay.actor, manifest)
    except BaseException:
        file.close()
        raise
    name = re.sub(r"[^A-Za-z0-9]+", "-", manifest.name).strip("-").lower() or "organization"
    headers = {
        "content-disposition": f'attachment; filename="{name}-{manifest.made_at:%Y-%m-%d}.zip"',
        "content-length": str(file.tell()),
    }
    return StreamingResponse(_parts(file), media_type="application/zip", headers=headers)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block
