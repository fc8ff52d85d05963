"""What it costs to find passages: 10,000 published pieces and 2,000 passages of files beside one that has 100 of each.

    python bench/knowledge.py [--pieces 10000] [--texts 2000] [--dimensions 1536]

Prints the median time of a question in both organizations and their ratio, by words alone and by words and meaning, and
which index the door's own statements use. Vectors are random: how long it takes to compare them does not depend on what
they mean. What a provider takes to embed the question is not in it. The machine's speed is in the milliseconds; the
ratio says what grows with the library.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from aipromote import schema, settings
from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.db import migrate
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.embedded.runtime import Runtime
from aipromote.knowledge import queries
from aipromote.knowledge.library import parts
from aipromote.knowledge.parts import digest
from aipromote.knowledge.queries import Meaning
from aipromote.knowledge.vectors import batches, keep
from aipromote.organizations import actions as organizations

assert schema.metadata
ROUNDS = 20
MODEL = "compatible:random"
SMALL = 100
RARE, COMMON = "zeppelin mooring", "bread"
QUESTIONS = {
    "a rare thing": RARE,
    "a theme, as writers ask": "Why old grains make better bread for families in the morning",
    "a word of every text": COMMON,
}
_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("ai", "e", "i", "o", "u", "ou") for c in "lmnrstx"]
_THEME = ["old", "grains", "better", "families", "morning", "oven", "rye", "spelt", "delivery", "bicycle"]

PIECES = """
INSERT INTO content_pieces (organization_id, id, platform, status, body, published_at)
SELECT $1, gen_random_uuid(), 'LINKEDIN', 'PUBLISHED', body, now() FROM unnest($2::text[]) AS t (body)
"""
TEXTS = """
WITH file AS (
    INSERT INTO assets (
        organization_id, id, filename, original_name, type, mime_type, size, storage_key, bucket, checksum)
    VALUES ($1, $3::uuid, 'deck.pdf', 'deck.pdf', 'DOCUMENT', 'application/pdf', 1, $3::uuid::text, 'local',
            decode(repeat('01', 32), 'hex'))
    RETURNING id)
INSERT INTO asset_texts (organization_id, id, asset_id, position, place, text)
SELECT $1, gen_random_uuid(), file.id, number, 'page ' || number, words
  FROM file, unnest($2::text[]) WITH ORDINALITY AS t (words, number)
"""
_MINE = "organization_id = ANY (ARRAY[$1]::uuid[]) AND search @@ $2::text::tsquery"
PLANS = {
    "pieces": f"SELECT id FROM content_pieces WHERE {_MINE} AND status = 'PUBLISHED'",
    "texts": f"SELECT id FROM asset_texts WHERE {_MINE}",
}
"""The door's own conditions."""


def _text(chance: random.Random, number: int, words: int) -> str:
    """Made-up words, two of the theme's, the common one in each, the rare ones in one of a thousand."""
    chosen = chance.choices(_WORDS, k=words) + chance.choices(_THEME, k=2) + [COMMON]
    chosen += RARE.split() if number % 1000 == 0 else []
    chance.shuffle(chosen)
    return " ".join(chosen).capitalize() + "."


async def _organization(database: Database, owner: asyncpg.Connection, *, pieces: int, texts: int) -> UUID:
    async with database.transaction() as session:
        email = f"{uuid4().hex}@example.org"
        person = actor_of(await accounts.create_user(session, email=email, password=uuid4().hex, name="Ada"))
    brief = Brief(name="Kornblume", description="Kornblume bakes bread from old grains.")
    async with database.transaction() as session:
        key = (await organizations.create(session, person, brief=brief)).id
    chance = random.Random(7)
    await owner.execute(PIECES, key, [_text(chance, number, 80) for number in range(pieces)])
    await owner.execute(TEXTS, key, [_text(chance, number, 200) for number in range(texts)], uuid4())
    return key


async def _embed(database: Database, key: UUID, dimensions: int) -> int:
    """A random vector for each part of each text."""
    chance = random.Random(11)
    async with database.transaction(key) as session:
        found = [(place, digest(words)) async for place, words in parts(session, organization_id=key)]
    for some in batches(found, 200):
        made = [(place, words, _vector(chance, dimensions)) for place, words in some]
        async with database.transaction(key) as session:
            await keep(session, organization_id=key, model=MODEL, made=made)
    return len(found)


def _vector(chance: random.Random, dimensions: int) -> list[float]:
    return [chance.uniform(-0.5, 1) for _ in range(dimensions)]


async def _median(database: Database, key: UUID, question: str, meaning: Meaning | None) -> float:
    times = []
    for _ in range(ROUNDS):
        async with database.transaction(key) as session:
            began = time.perf_counter()
            found = await queries.find(session, organization_id=key, query=question, limit=8, meaning=meaning)
            times.append(time.perf_counter() - began)
            assert found, question
    return statistics.median(times) * 1000


async def _measure(url: str, *, pieces: int, texts: int, dimensions: int) -> None:
    owner = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    database = Database.from_settings("bench")
    try:
        small = await _organization(database, owner, pieces=SMALL, texts=SMALL)
        large = await _organization(database, owner, pieces=pieces, texts=texts)
        began = time.perf_counter()
        few, many = [await _embed(database, key, dimensions) for key in (small, large)]
        print(f"{few:,} and {many:,} vectors of {dimensions:,} numbers stored in {time.perf_counter() - began:.0f} s")
        await owner.execute("ANALYZE")
        await owner.execute("VACUUM content_pieces, asset_texts, passage_vectors")
        meaning = Meaning(MODEL, _vector(random.Random(3), dimensions))
        print(f"| question | {SMALL} + {SMALL} | {pieces:,} + {texts:,} | ratio |\n|---|---|---|---|")
        for how, asked in (("", None), (", and by meaning", meaning)):
            for name, question in QUESTIONS.items():
                few, many = [await _median(database, key, question, asked) for key in (small, large)]
                print(f"| {name}{how} | {few:.1f} ms | {many:.1f} ms | {many / few:.2f} |")
        for name, statement in PLANS.items():
            for question in (RARE, QUESTIONS["a theme, as writers ask"]):
                near = await owner.fetchval("SELECT near_words($1, 'en')::text", question)
                rows = await owner.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", large, near)
                plan = [row[0] for row in rows]
                scans = [line.strip() for line in plan if "Index" in line or "Seq Scan" in line]
                print(f"{name}, “{question}”: {'; '.join(scans)}; {plan[-1].strip()}")
    finally:
        await database.close()
        await owner.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--dimensions", type=int, default=1536)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aipromote-bench-"))
    folder.chmod(0o755)
    try:
        with Runtime(folder / "home", settings=settings.get(), durable=False) as runtime:
            runtime.start_servers()
            url = settings.adopt(runtime.environment).require("database_url")
            asyncio.run(migrate.upgrade(url))
            asyncio.run(_measure(url, pieces=chosen.pieces, texts=chosen.texts, dimensions=chosen.dimensions))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
