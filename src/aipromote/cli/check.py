"""`aipromote check`: what the check says of a text, with the text and its marks."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.brand import queries
from aipromote.brand.claims import Linked
from aipromote.brand.findings import Finding
from aipromote.cli.instance import servers
from aipromote.cli.named import inside
from aipromote.connectors import limits
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput

_LONGEST = 100_000
_LONGEST_NAME = 250


def run(given: str, *, platform: str, organization: str | None, data: Path | None, as_json: bool) -> int:
    """Check the text; 1 when something blocks it."""
    text, network = _read(given), platform_of(platform)

    async def work(session: AsyncSession, key: UUID) -> tuple[list[Finding], list[Linked]]:
        judge = await queries.judge(session, organization_id=key)
        return judge.findings(text, platform=network, limits=limits.of(network)), judge.claims(text)

    with servers(data) as config:
        findings, claims = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        sys.stdout.write(json.dumps(_told(text, findings, claims), default=str) + "\n")
    else:
        _print(text, findings, claims)
    return int(any(finding.severity == "block" for finding in findings))


def _read(given: str) -> str:
    """The text itself, of the file of that name, or of standard input."""
    if given == "-":
        return sys.stdin.read(_LONGEST)
    try:
        is_file = len(given) <= _LONGEST_NAME and "\n" not in given and Path(given).is_file()
        return Path(given).read_text("utf-8")[:_LONGEST] if is_file else given
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{given} cannot be read as text: {error}") from None


def platform_of(text: str) -> Platform:
    """The platform of that name or label, in any case. Raises InvalidInput."""
    for platform in Platform:
        if text.casefold() in {platform.value.casefold(), platform.label.casefold()}:
            return platform
    names = ", ".join(platform.value.lower() for platform in Platform)
    raise InvalidInput(f"There is no platform {text}. Platforms: {names}.")


def _print(text: str, findings: list[Finding], claims: list[Linked]) -> None:
    console = Console(highlight=False)
    marked = Text(text)
    for finding in reversed(findings):  # what blocks comes first, and is painted last
        if finding.span:
            marked.stylize("bold red reverse" if finding.severity == "block" else "yellow underline", *finding.span)
    console.print(marked)
    console.print()
    if findings:
        table = Table("", "finding", "where", "what to do")
        for finding in findings:
            where = text[slice(*finding.span)] if finding.span else ""
            todo = finding.suggestion or ""
            if finding.replacement is not None:
                todo = f"{todo} Instead: “{finding.replacement}”" if finding.replacement else todo
            reason = f"{finding.reason}\n{finding.source}" if finding.source else finding.reason
            table.add_row(
                "blocks" if finding.severity == "block" else "hint", Text(reason), Text(where[:80]), Text(todo)
            )
        console.print(table)
    else:
        console.print("Nothing found.")
    for claim in claims:
        if claim.fact is not None:
            said = text[claim.start : claim.end].strip()
            console.print(f"“{said}” is backed by: {claim.fact.statement} ({claim.fact.source})", markup=False)


def _told(text: str, findings: list[Finding], claims: list[Linked]) -> dict[str, object]:
    return {
        "findings": [asdict(finding) | {"key": finding.key(text)} for finding in findings],
        "claims": [
            {
                "start": claim.start,
                "end": claim.end,
                "kind": claim.kind,
                "fact_id": claim.fact.id if claim.fact else None,
                "reason": claim.reason,
            }
            for claim in claims
        ],
    }
