"""An error, told to a person: what happened, what is safe, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from aipromote.db.retrying import LOST_RACES, sqlstate
from aipromote.errors import AipromoteError, Conflict, LimitReached, NotFound, NotSignedIn, StaleRevision, Unavailable
from aipromote.http.visits import OtherOrganization
from aipromote.languages import N_

_SAFE = N_("Nothing was changed.")


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
            422, N_("That did not fit"), N_("A field is missing or has a value that it cannot have."), _SAFE, _BACK
        )
    if isinstance(error, HTTPException):
        return _of_the_web(error.status_code)
    if sqlstate(error) in LOST_RACES:
        return Explanation(
            409,
            N_("Somebody was faster"),
            N_("Two changes to the same rows met, and the database let the other one through."),
            _SAFE,
            N_("Do it again; it will most likely work now."),
        )
    return Explanation(
        500,
        N_("Something broke on our side"),
        N_("The product met something that it did not expect."),
        N_("What you did was not saved; posts that are scheduled go out as planned."),
        N_("Try again. If it happens again, look for the number below in the logs."),
    )


_BACK = N_("Go back, change it, and try again.")

_TITLES: list[tuple[type[AipromoteError], str, str]] = [
    (StaleRevision, N_("Somebody changed this text meanwhile"), N_("Open it again to see both texts.")),
    (LimitReached, N_("Your plan's limit is used up"), N_("It starts anew with the next month.")),
    (
        OtherOrganization,
        N_("You have switched organizations"),
        N_("Switch back, open the page again, and send it there."),
    ),
    (Conflict, N_("That is not possible any more"), N_("Open the page again to see how things are now.")),
    (NotFound, N_("There is nothing here"), N_("Check the address, or go to this week.")),
    (NotSignedIn, N_("Please sign in"), N_("Sign in, then come back to this page.")),
    (Unavailable, N_("A server does not answer"), N_("Try again in a minute.")),
]


def _of_ours(error: AipromoteError) -> Explanation:
    for kind, title, todo in _TITLES:
        if isinstance(error, kind):
            return Explanation(error.status, title, error.message, _SAFE, todo)
    if error.status == 500:  # noqa: PLR2004 -- the status is its own name
        return Explanation(500, N_("Something broke on our side"), error.message, _SAFE, N_("Try again in a minute."))
    if error.status == 403:  # noqa: PLR2004
        return Explanation(
            403, N_("That was not allowed"), error.message, _SAFE, N_("Open the page again and try once more.")
        )
    return Explanation(error.status, N_("That did not work"), error.message, _SAFE, _BACK)


def _of_the_web(status: int) -> Explanation:
    known = {
        404: (
            N_("There is nothing here"),
            N_("No page has this address."),
            N_("Check the address, or go to this week."),
        ),
        405: (
            N_("That cannot be done here"),
            N_("This address does not take this kind of request."),
            N_("Go to this week."),
        ),
        413: (
            N_("That is too large"),
            N_("The file or text has more than 256 kB."),
            N_("Shorten it and try again."),
        ),
    }
    title, happened, todo = known.get(status, (N_("That did not work"), N_("The request could not be read."), _BACK))
    return Explanation(status, title, happened, _SAFE, todo)
