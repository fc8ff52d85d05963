"""Which writer is in use, and what its failures become."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import structlog

from aipromote.ai.errors import WriterFailed
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.providers.lineup import lineup
from aipromote.ai.writer import RewritingWriter, SeriesWriter, Writer
from aipromote.db.database import Database
from aipromote.documents.content import PostDraft
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import AipromoteError, SetupError
from aipromote.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def offline() -> Writer:
    """The writer that needs no key and no network, whatever is set up."""
    return OfflineWriter()


async def current(config: Settings, *, database: Database, organization_id: UUID) -> Writer:
    """The writer to use for this organization: with models where some are set up, else the offline one.

    Settings that cannot be understood give a writer that says so when it is to write: the request then ends with that.
    """
    try:
        wanted = lineup(config)
        if not wanted.models:
            return OfflineWriter()
        # They take seconds to load, in which this process has posts to send.
        return await asyncio.to_thread(_modelled, config, database, organization_id)
    except SetupError as problem:
        return _Refusing(problem)


def asks_models(config: Settings) -> bool:
    """Whether texts are written by models, and so by workers: they take their time."""
    return bool(config.ai_models.strip())


def _modelled(config: Settings, database: Database, organization_id: UUID) -> Writer:
    from aipromote.ai.modelled.writing import ModelledWriter  # noqa: PLC0415 -- large, and not needed without models
    from aipromote.ai.providers.asking import Models  # noqa: PLC0415 -- likewise
    from aipromote.ai.providers.building import preload  # noqa: PLC0415 -- likewise

    models = Models.of(config, database=database, organization_id=organization_id)
    preload(name.provider for name in models.lineup.models)
    return ModelledWriter(models)


class _Refusing:
    """Writes nothing, and says why."""

    name = "none"

    def __init__(self, problem: SetupError) -> None:
        self._problem = problem

    async def strategy(self, *_: Any, **__: Any) -> StrategyDocument:
        raise self._problem

    async def posts(self, *_: Any, **__: Any) -> list[PostDraft]:
        raise self._problem

    async def rewrite(self, *_: Any, **__: Any) -> str:
        raise self._problem

    async def part(self, *_: Any, **__: Any) -> PostDraft:
        raise self._problem


@contextmanager
def listening_to(writer: Writer | RewritingWriter | SeriesWriter) -> Iterator[None]:
    """Whatever a writer raises that says nothing to a person becomes WriterFailed; the log keeps the rest."""
    try:
        yield
    except AipromoteError:
        raise
    except Exception as problem:
        log.exception("writer failed", writer=writer.name)
        raise WriterFailed(
            f"The writer {writer.name} failed ({type(problem).__name__}). The log says more."
        ) from problem
