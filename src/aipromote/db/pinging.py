"""Connections that have rested are tried before they are used again: the server may have gone meanwhile.

The pool's own `pool_pre_ping` does this at every use. With asyncpg it is a transaction of its own, three round trips,
and as much work as all statements of a short transaction. What was in use a moment ago is used as it is: where the
server went just then, the statement fails as it would have in the middle of the transaction.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

REST_SECONDS = 1.0
_RESTING_SINCE = "resting_since"


def ping_after_rest(engine: Engine, *, rest_seconds: float = REST_SECONDS) -> None:
    """For connections of this engine's pool. One that does not answer is replaced, and with it all that are older."""

    def note(_connection: Any, record: Any) -> None:
        record.info[_RESTING_SINCE] = time.monotonic()

    def try_it(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get(_RESTING_SINCE)
        if since is None or time.monotonic() - since < rest_seconds:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            if not engine.dialect.is_disconnect(error, connection, None):
                raise
            alive = False
        if not alive:
            raise InvalidatePoolError

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", try_it)
