"""Which store has a bucket: the local folder, or one bucket of an S3-compatible server. Errors become OSError.

Only obstore's synchronous calls are used, in threads: its asynchronous ones leave tasks behind that can abort a process
while the interpreter ends (docs/decisions/0020-media.md).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from aipromote import settings

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

LOCAL = "local"
"""The bucket of files below the data folder."""
_S3 = "s3://"
_PATIENCE = timedelta(seconds=60)


def current() -> str:
    """The bucket that new files go to, as it stands in `assets.bucket`."""
    named = settings.get().s3_bucket
    return f"{_S3}{named}" if named else LOCAL


def folder() -> Path:
    """Where the files of the local bucket are, by their keys."""
    return Path(settings.get().require("home")) / "assets"


def store_of(bucket: str) -> LocalStore | S3Store:
    """The store. Raises OSError for a bucket that the settings do not lead to: a trouble of one file, not of all."""
    if bucket == LOCAL:
        return _local(folder())
    chosen = settings.get()
    if bucket != f"{_S3}{chosen.s3_bucket}":
        raise OSError(errno.ENODEV, f"it is in {bucket}, and AIPROMOTE_S3_BUCKET does not name that bucket")
    return _s3(
        chosen.s3_bucket,
        chosen.s3_endpoint,
        chosen.s3_region,
        chosen.s3_access_key.get_secret_value(),
        chosen.s3_secret_key.get_secret_value(),
    )


@contextmanager
def explained(bucket: str) -> Iterator[None]:
    """What the library raises, as the OSError that callers expect; FileNotFoundError passes as it is."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError  # noqa: PLC0415 -- 15 MB

    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise PermissionError(errno.EACCES, f"{_place(bucket)} does not let us in") from error
    except BaseError as error:
        # Its text has addresses and answers of the server in it; the log gets them with the cause.
        raise OSError(errno.EIO, f"{_place(bucket)} does not answer as it should") from error


def _place(bucket: str) -> str:
    return "the folder of files" if bucket == LOCAL else f"the bucket {bucket.removeprefix(_S3)}"


@lru_cache(maxsize=4)
def _local(path: Path) -> LocalStore:
    from obstore.store import LocalStore  # noqa: PLC0415 -- 15 MB, where files are used

    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalStore(path)


@lru_cache(maxsize=4)
def _s3(bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> S3Store:
    from obstore.store import S3Store  # noqa: PLC0415 -- 15 MB, where files are used

    if not access_key or not secret_key:
        words = "AIPROMOTE_S3_ACCESS_KEY and AIPROMOTE_S3_SECRET_KEY are needed for AIPROMOTE_S3_BUCKET"
        raise OSError(errno.ENODEV, words)
    options = {"endpoint": endpoint} if endpoint else {}
    return S3Store(
        bucket,
        region=region,
        access_key_id=access_key,
        secret_access_key=secret_key,
        client_options={"allow_http": urlsplit(endpoint).scheme == "http", "timeout": _PATIENCE},
        retry_config={"max_retries": 3, "retry_timeout": _PATIENCE},
        **options,  # type: ignore[arg-type]  # an address, or nothing
    )


def signed(bucket: str, key: str, lasts: timedelta) -> str:
    """An address at which anybody can read this one object of an S3-compatible bucket for so long. Asks nobody."""
    import obstore  # noqa: PLC0415 -- 15 MB, where files are used

    store = store_of(bucket)
    if bucket == LOCAL:
        raise ValueError("the folder has no addresses")
    return obstore.sign(cast("S3Store", store), "GET", key, expires_in=lasts)
