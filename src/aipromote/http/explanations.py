"""An error, told to a person: what happened, what is safe, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from aipromote.db.retrying import LOST_RACES, sqlstate
from aipromote.errors import AipromoteError, Conflict, LimitReached, NotFound, NotSignedIn, StaleRevision, Unavailable
from aipromote.http.visits import OtherOrganization

_SAFE = "Nothing was changed."


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
            422, "That did not fit", "A field is missing or has a value that it cannot have.", _SAFE, _BACK
        )
    if isinstance(error, HTTPException):
        return _of_the_web(error.status_code)
    if sqlstate(error) in LOST_RACES:
        return Explanation(
            409,
            "Somebody was faster",
            "Two changes to the same rows met, and the database let the other one through.",
            _SAFE,
            "Do it again; it will most likely work now.",
        )
    return Explanation(
        500,
        "Something broke on our side",
        "The product met something that it did not expect.",
        "What you did was not saved; posts that are scheduled go out as planned.",
        "Try again. If it happens again, look for the number below in the logs.",
    )


_BACK = "Go back, change it, and try again."

_TITLES: list[tuple[type[AipromoteError], str, str]] = [
    (StaleRevision, "Somebody changed this text meanwhile", "Open it again to see both texts."),
    (LimitReached, "Your plan's limit is used up", "It starts anew with the next month."),
    (OtherOrganization, "You have switched organizations", "Switch back, open the page again, and send it there."),
    (Conflict, "That is not possible any more", "Open the page again to see how things are now."),
    (NotFound, "There is nothing here", "Check the address, or go to this week."),
    (NotSignedIn, "Please sign in", "Sign in, then come back to this page."),
    (Unavailable, "A server does not answer", "Try again in a minute."),
]


def _of_ours(error: AipromoteError) -> Explanation:
    for kind, title, todo in _TITLES:
        if isinstance(error, kind):
            return Explanation(error.status, title, error.message, _SAFE, todo)
    if error.status == 500:  # noqa: PLR2004 -- the status is its own name
        return Explanation(500, "Something broke on our side", error.message, _SAFE, "Try again in a minute.")
    if error.status == 403:  # noqa: PLR2004
        return Explanation(403, "That was not allowed", error.message, _SAFE, "Open the page again and try once more.")
    return Explanation(error.status, "That did not work", error.message, _SAFE, _BACK)


def _of_the_web(status: int) -> Explanation:
    known = {
        404: ("There is nothing here", "No page has this address.", "Check the address, or go to this week."),
        405: ("That cannot be done here", "This address does not take this kind of request.", "Go to this week."),
        413: ("That is too large", "The file or text has more than 256 kB.", "Shorten it and try again."),
    }
    title, happened, todo = known.get(status, ("That did not work", "The request could not be read.", _BACK))
    return Explanation(status, title, happened, _SAFE, todo)
