"""`aipromote brief check`, `schema` and `export`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

from aipromote.cli.instance import servers
from aipromote.cli.moving import find_organization
from aipromote.db.database import Database
from aipromote.documents.brief import BriefError, brief_json_schema
from aipromote.documents.brief.file import MAX_BYTES, dump_brief, read_brief
from aipromote.errors import InvalidInput
from aipromote.organizations import queries


def check(file: Path, *, as_json: bool) -> int:
    """Print every problem with its line; the exit code says whether there was one."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{file}: cannot be read ({error.strerror}).") from error
    try:
        brief = read_brief(content, source=str(file))
    except BriefError as error:
        found = [{"line": one.line, "field": one.field, "message": one.message} for one in error.problems]
        sys.stdout.write(json.dumps({"problems": found}) + "\n" if as_json else f"{error.message}\n")
        return 1
    sys.stdout.write(
        json.dumps({"problems": []}) + "\n" if as_json else f"{file}: the brief of {brief.name} is whole.\n"
    )
    return 0


def schema() -> None:
    """Print the JSON Schema."""
    sys.stdout.write(json.dumps(brief_json_schema(), indent=2) + "\n")


def export(organization: str, *, out: Path | None, data: Path | None) -> None:
    """Write the organization's brief to the file, or to standard output."""
    with servers(data) as config:
        key = asyncio.run(find_organization(config.require("database_url"), organization))
        text = asyncio.run(_brief_of(key))
    if out is None:
        sys.stdout.write(text)
    else:
        write_new(out, text)
        sys.stderr.write(f"Written to {out}.\n")


async def _brief_of(organization_id: UUID) -> str:
    database = Database.from_settings("aipromote brief")
    try:
        async with database.transaction(organization_id) as session:
            found = await queries.organization(session, organization_id=organization_id)
            return dump_brief(found.brief)
    finally:
        await database.close()


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises InvalidInput."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidInput(f"{path} exists and is left as it is. Name a new file with --out.") from None
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written ({error.strerror}).") from error
