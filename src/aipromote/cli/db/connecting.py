"""A connection as the owner, for what the commands ask the catalog."""

from __future__ import annotations

import asyncpg
from sqlalchemy import make_url


async def connect(url: str) -> asyncpg.Connection:
    """Connect to any spelling of a PostgreSQL URL."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain, timeout=10)
