"""Whether a network goes by the same time as we do: where it does not, what its list lacks proves nothing.

Lists are read around the time that a call was armed at, by our clock. Where that clock is wrong, the post that was sent
is outside of what is read, and "it is not there" would have it sent twice.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime

from aipromote import clock
from aipromote.connectors.contract import Absent, Undecided
from aipromote.connectors.wire import Answer

_TOLERANCE = timedelta(minutes=1)


def absent(answer: Answer) -> Absent | Undecided:
    """Absent, unless the network that gave this answer (one of now) says in it that it is another time."""
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
        differs = abs(told - clock.now()) > _TOLERANCE
    except (ValueError, TypeError, OverflowError):
        return Absent()  # it says nothing, or nothing that can be read
    if not differs:
        return Absent()
    return Undecided(
        "It is not in sight, but the clock of this server and that of the network differ by more than a minute, so it "
        "may be there: please set this server's clock."
    )
