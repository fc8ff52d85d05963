"""The servers that all other tests use."""

from __future__ import annotations

import asyncpg
import redis.asyncio


async def test_the_shared_database_server_answers_and_has_the_extensions(owner_url_base):
    connection = await asyncpg.connect(owner_url_base)
    try:
        assert await connection.fetchval("SELECT current_setting('server_version_num')::int") >= 180000
        names = {row["name"] for row in await connection.fetch("SELECT name FROM pg_available_extensions")}
    finally:
        await connection.close()
    assert {"btree_gist", "pg_trgm", "pg_stat_statements"} <= names


async def test_the_shared_valkey_answers(redis_server_url):
    async with redis.asyncio.from_url(redis_server_url) as client:
        assert await client.ping()
