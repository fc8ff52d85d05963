"""What the commands about queues share: the way to Redis, JSON, and instants as people say them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from aipromote import clock, settings
from aipromote.cli.instance import servers
from aipromote.errors import Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE, masked
from aipromote.monitoring.words import duration

T = TypeVar("T")


def carried(data: Path | None, work: Callable[[Carrier], Awaitable[T]]) -> T:
    """Do this with the carrier of the instance. Unavailable when Redis does not answer."""
    with servers(data) as config:
        return asyncio.run(_carried(config, work))


async def _carried(config: settings.Settings, work: Callable[[Carrier], Awaitable[T]]) -> T:
    url = config.require("redis_url")
    carrier = Carrier(url, prefix=config.queue_prefix)
    try:
        return await work(carrier)
    except UNREACHABLE as error:
        raise Unavailable(
            f"Redis at {masked(url)} does not answer: {error}. Nothing is lost: what is due stands in PostgreSQL."
        ) from error
    finally:
        await carrier.close()


def write_json(found: Any) -> None:
    """One document, on one line."""
    sys.stdout.write(json.dumps(found, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def console() -> Console:
    """For people."""
    return Console(highlight=False)


def ago(at: datetime | None) -> str:
    """`5 minutes ago`, `in 3 hours`, or a dash. These instants are real time, whatever a simulation says."""
    if at is None:
        return "-"
    seconds = (clock.real_now() - at).total_seconds()
    return f"{duration(seconds)} ago" if seconds >= 0 else f"in {duration(-seconds)}"
