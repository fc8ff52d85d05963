"""An error, told to a person: what happened, what is safe, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from aipromote.db.retrying import LOST_RACES, sqlstate
from aipromote.errors import AipromoteError, Conflict, LimitReached, NotFound, NotSignedIn, StaleRevision, Unavailable
from aipromote.http.visits import OtherOrganization
from aipromote.languages import mark

_SAFE = mark("Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Three short sentences under a title."""

    status: int
    title: str
    happened: str
    safe: str
    todo: str


def explain(error: Exception) -> Explanation:
    """The words for any error. Of what the product did not expect, no detail is told."""
    if isinstance(error, AipromoteError):
        return _of_ours(error)
    if isinstance(error, RequestValidationError):
        return Explanation(
            422, mark("That did not fit"), mark("A field is missing or has a value that it cannot have."), _SAFE, _BACK
        )
    if isinstance(error, HTTPException):
        return _of_the_web(error.status_code)
    if sqlstate(error) in LOST_RACES:
        return Explanation(
            409,
            mark("Somebody was faster"),
            mark("Two changes to the same rows met, and the database let the other one through."),
            _SAFE,
            mark("Do it again; it will most likely work now."),
        )
    return Explanation(
        500,
        mark("Something broke on our side"),
        mark("The product met something that it did not expect."),
        mark("What you did was not saved; posts that are scheduled go out as planned."),
        mark("Try again. If it happens again, look for the number below in the logs."),
    )


_BACK = mark("Go back, change it, and try again.")

_TITLES: list[tuple[type[AipromoteError], str, str]] = [
    (StaleRevision, mark("Somebody changed this text meanwhile"), mark("Open it again to see both texts.")),
    (LimitReached, mark("Your plan's limit is used up"), mark("It starts anew with the next month.")),
    (
        OtherOrganization,
        mark("You have switched organizations"),
        mark("Switch back, open the page again, and send it there."),
    ),
    (Conflict, mark("That is not possible any more"), mark("Open the page again to see how things are now.")),
    (NotFound, mark("There is nothing here"), mark("Check the address, or go to this week.")),
    (NotSignedIn, mark("Please sign in"), mark("Sign in, then come back to this page.")),
    (Unavailable, mark("A server does not answer"), mark("Try again in a minute.")),
]


def _of_ours(error: AipromoteError) -> Explanation:
    for kind, title, todo in _TITLES:
        if isinstance(error, kind):
            return Explanation(error.status, title, error.message, _SAFE, todo)
    if error.status == 500:  # noqa: PLR2004 -- the status is its own name
        return Explanation(
            500, mark("Something broke on our side"), error.message, _SAFE, mark("Try again in a minute.")
        )
    if error.status == 403:  # noqa: PLR2004
        return Explanation(
            403, mark("That was not allowed"), error.message, _SAFE, mark("Open the page again and try once more.")
        )
    return Explanation(error.status, mark("That did not work"), error.message, _SAFE, _BACK)


def _of_the_web(status: int) -> Explanation:
    known = {
        404: (
            mark("There is nothing here"),
            mark("No page has this address."),
            mark("Check the address, or go to this week."),
        ),
        405: (
            mark("That cannot be done here"),
            mark("This address does not take this kind of request."),
            mark("Go to this week."),
        ),
        413: (
            mark("That is too large"),
            mark("The file or text has more than 256 kB."),
            mark("Shorten it and try again."),
        ),
    }
    title, happened, todo = known.get(
        status, (mark("That did not work"), mark("The request could not be read."), _BACK)
    )
    return Explanation(status, title, happened, _SAFE, todo)
