"""Which writer is in use, and what its failures become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from aipromote.ai.errors import WriterFailed
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Writer
from aipromote.errors import AipromoteError

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def current() -> Writer:
    """The writer to use: the offline one, which needs no key and no network."""
    return OfflineWriter()


@contextmanager
def listening_to(writer: Writer) -> Iterator[None]:
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
