"""In whose name a command acts, and in which organization."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import schema
from aipromote.accounts.actor import Actor
from aipromote.cli.instance import servers
from aipromote.cli.keys import acting
from aipromote.organizations.queries import Place

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

T = TypeVar("T")


def act(
    person: str,
    organization: str | None,
    work: Callable[[AsyncSession, Actor, Place], Awaitable[T]],
    *,
    data: Path | None,
) -> T:
    """Do it in one transaction of the person's organization."""
    with servers(data):
        return asyncio.run(acting(person, organization, work))
