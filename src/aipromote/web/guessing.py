"""How often somebody may guess a code: counted by person, so that it does not matter from how many places they try."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request

from aipromote.http.attempts import Allowance, Attempts, TooMany

_AT_ONCE = Allowance(tries=5, seconds=300)
# Three codes of a million are right at a time: thirty tries a day leave a guesser one chance in eleven thousand.
_IN_A_DAY = Allowance(tries=30, seconds=86_400)


async def spend(request: Request, user_id: UUID) -> None:
    """Count one try, before it is looked at. TooMany."""
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_AT_ONCE, "second", str(user_id))
    try:
        await attempts.spend(_IN_A_DAY, "second a day", str(user_id))
    except TooMany:
        raise TooMany(
            "Too many wrong codes today. Use a passkey, or wait until tomorrow and change your password."
        ) from None


async def forgive(request: Request, user_id: UUID) -> None:
    """The last one was right."""
    attempts: Attempts = request.app.state.attempts
    await attempts.forgive("second", str(user_id))
    await attempts.forgive("second a day", str(user_id))
