"""Which pieces are alike, among many: three ways in one run: `.venv/bin/python bench/content/near_duplicates.py`.

Starts a PostgreSQL of its own, gives one organization `--pieces` texts (posts that the offline writer wrote for the
example brief, sentence by sentence mixed, so that they are as alike as posts of one startup are), and asks for what is
alike to some of them, each time with a small edit: by the marks that the product keeps (under row-level security, as
the application), by pg_trgm's GIN index and by its GiST index (as the owner, whom no policy slows down), and by reading
all texts. Printed are medians in milliseconds, their ratio to the marks, how many of the edited texts were found, and
what an index takes. Ratios travel between machines; milliseconds do not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from sqlalchemy import text as sql

from aipromote.ai.offline.writing import OfflineWriter
from aipromote.connectors import limits
from aipromote.content import likeness
from aipromote.content.fingerprints import ALIKE, bands
from aipromote.content.fingerprints import likeness as how_alike
from aipromote.content.places import places
from aipromote.db import migrate
from aipromote.db.database import Database
from aipromote.documents.brief.file import read_brief
from aipromote.documents.vocabulary import Platform
from aipromote.web.intake import example
from servers import Servers

_TRGM = "SELECT id FROM bench_texts WHERE body % $1 AND organization_id = $2 AND similarity(body, $1) >= $3"


async def sentences() -> list[str]:
    """What the offline writer says about one startup, in sentences."""
    brief, writer = read_brief(example().encode(), source="example"), OfflineWriter()
    found: dict[str, None] = {}
    for version in range(1, 5):
        start = date(2026, 11, 23) + timedelta(days=90 * version)
        plan = await writer.strategy(brief, facts=(), start=start, version=version)
        slots = [place.for_writer() for place in places(plan.calendar_skeleton)]
        known = {slot.platform: limits.of(slot.platform) for slot in slots}
        for draft in await writer.posts(brief, plan, facts=(), slots=slots, avoid=(), limits=known):
            found |= dict.fromkeys(part for part in draft.body.split("\n") if part.strip())
    return list(found)


def texts(parts: list[str], many: int) -> list[str]:
    """Posts of three or four such sentences with some words of their own, as people and models vary them."""
    dice = random.Random(3)
    made = []
    for _ in range(many):
        lengths = [dice.randint(3, 9) for _ in range(dice.randint(8, 20))]
        own = " ".join("".join(dice.choices("aeioubcdfglmnprst", k=length)) for length in lengths)
        made.append("\n\n".join([*dice.sample(parts, dice.randint(2, 3)), own.capitalize() + "."]))
    return made


def edited(text: str) -> str:
    """A person's small edit."""
    words = text.split(" ")
    words[len(words) // 2] = "otherwise"
    return " ".join(words)


async def median(ask: Callable[[str], Awaitable[int]], asked: list[str]) -> tuple[float, int]:
    """Milliseconds, and how many answers found something."""
    took, found = [], 0
    for text in asked:
        began = time.perf_counter()
        found += bool(await ask(text))
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), found


async def fill(owner: asyncpg.Connection, key: UUID, made: list[str]) -> float:
    """Store the texts with their marks, and once more for pg_trgm. Milliseconds to make the marks of one text."""
    person, ids = uuid4(), [uuid4() for _ in made]
    await owner.execute("INSERT INTO users (id, email) VALUES ($1, 'bench@example.org')", person)
    await owner.execute("INSERT INTO organizations (id, owner_id, name, brief) VALUES ($1, $2, 'B', '{}')", key, person)
    await owner.copy_records_to_table(
        "content_pieces",
        records=[(key, one, "TWITTER", body) for one, body in zip(ids, made, strict=True)],
        columns=["organization_id", "id", "platform", "body"],
    )
    began = time.perf_counter()
    marks = [
        (key, band, one) for one, body in zip(ids, made, strict=True) for band in set(bands(body, organization_id=key))
    ]
    making = (time.perf_counter() - began) * 1000 / len(made)
    await owner.copy_records_to_table("content_bands", records=marks, columns=["organization_id", "band", "piece_id"])
    await owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await owner.execute("CREATE TABLE bench_texts AS SELECT organization_id, id, body FROM content_pieces")
    await owner.execute("ANALYZE")
    return making


async def compare(url: str, many: int, rounds: int) -> None:
    """Fill, ask, print."""
    owner, key = await asyncpg.connect(url), uuid4()
    made = texts(await sentences(), many)
    making = await fill(owner, key, made)
    asked = [edited(body) for body in random.Random(5).sample(made, rounds)]

    async def by_marks(text: str) -> int:
        async with database.transaction(key) as session:
            return len(await likeness.alike(session, organization_id=key, body=text, platform=Platform.TWITTER))

    async def by_trigrams(text: str) -> int:
        return len(await owner.fetch(_TRGM, text, key, ALIKE))

    async def by_reading(text: str) -> int:
        rows = await owner.fetch("SELECT body FROM content_pieces WHERE organization_id = $1", key)
        return sum(how_alike(text, row["body"]) >= ALIKE for row in rows)

    database = Database.from_settings("bench")
    await owner.execute(f"SET pg_trgm.similarity_threshold = {ALIKE}")
    results = {"marks (product)": (*await median(by_marks, asked), "pg_total_relation_size('content_bands')")}
    indexes = {"pg_trgm GIN": "gin (body gin_trgm_ops)", "pg_trgm GiST": "gist (body gist_trgm_ops(siglen=256))"}
    for name, method in indexes.items():
        await owner.execute(f"CREATE INDEX bench_index ON bench_texts USING {method}")
        await owner.execute("ANALYZE bench_texts")
        told = await median(by_trigrams, asked)
        plan = await owner.fetch(f"EXPLAIN {_TRGM}", asked[0], key, ALIKE)
        used = any("bench_index" in row[0] for row in plan)
        size = await owner.fetchval("SELECT pg_relation_size('bench_index')")
        results[f"{name}{'' if used else ' (index not used)'}"] = (*told, str(size))
        await owner.execute("DROP INDEX bench_index")
    results["reading all"] = (*await median(by_reading, asked[:3]), "0")
    least = results["marks (product)"][0]
    print(f"{many:,} pieces of {sum(map(len, made)) // many} characters; {rounds} edited copies, 3 of them by reading")
    print(f"marks of one text: {making:.1f} ms\n")
    print("| way | ms | ratio | found | MB |\n|---|---|---|---|---|")
    for name, (took, found, size) in results.items():
        bytes_ = await owner.fetchval(f"SELECT {size}")
        print(f"| {name} | {took:.1f} | {took / least:.1f} | {found} | {bytes_ / 1e6:.1f} |")
    async with database.transaction(key) as session:
        values = {"organization": key, "bands": bands(asked[0], organization_id=key), "most": 60}
        plan = await session.execute(sql(f"EXPLAIN ANALYZE {likeness._CANDIDATES.text}"), values)  # noqa: SLF001 -- this very one
        print("\n" + "\n".join(plan.scalars()))
    await database.close()
    await owner.close()


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    servers = Servers()
    try:
        url = servers.database_url
        os.environ |= {
            "DATABASE_URL": url,
            "AIPROMOTE_SECRET_KEY": "only for a benchmark: thirty-two characters",
            "AIPROMOTE_ENCRYPTION_KEYS": "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        }
        asyncio.run(migrate.upgrade(url))
        asyncio.run(compare(url, given.pieces, given.rounds))
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
