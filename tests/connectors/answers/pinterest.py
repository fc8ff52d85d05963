"""Pinterest and what stands before it."""

from aipromote.connectors.contract import Media, Part, Published
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.pinterest import PinterestConnector
from connectors.answers.anywhere import ANYWHERE


def told(status, code, words):
    return status, {"code": code, "message": words}


CONNECTOR = PinterestConnector()
ACCOUNT = "1001"
PART = Part("Hello", media=(Media.of(b"\x89PNG", "image/png"),))
POST_ID = "999"
PREPARED = None  # pictures go along with the pin
PIN = {"id": "999658448514149467", "created_at": "2022-10-13T01:40:29", "board_id": "1001"}
ROWS = [
    *ANYWHERE,
    (201, PIN, Published),
    (200, PIN, Published),
    (201, PIN | {"created_at": "2022-10-13T01:40:29.000Z"}, Published),
    (201, PIN | {"created_at": None}, Published),
    (201, PIN | {"id": 999}, UnknownOutcome),
    (201, PIN | {"id": "../999"}, UnknownOutcome),
    (201, [PIN], UnknownOutcome),
    (*told(400, 1, "Invalid request: title"), Rejected),
    (*told(400, 1, "Sorry, we could not fetch the image."), MediaRejected),
    (*told(401, 2, "Authentication failed."), Unauthorized),
    (*told(401, 3, "Authorization failed."), Unauthorized),
    (*told(403, 29, "You are not permitted to access that resource."), PermissionMissing),
    (*told(403, 29, "Apps with Trial access may not create Pins in production."), PermissionMissing),
    (*told(403, 235, "The Pin's image is too small, too large or is broken"), MediaRejected),
    (*told(403, 9, "Sorry, this link was blocked, as it may lead to spam."), PolicyBlocked),
    (*told(404, 40, "Board not found."), TargetGone),
    (*told(409, 7, "Conflict"), Rejected),
    (*told(413, 1, "Too large"), MediaRejected),
    (*told(429, 8, "You have exceeded your rate limit."), RateLimited),
    (400, {"code": "1", "message": "Somebody else's words."}, UnknownOutcome),
    (400, {"code": 1, "message": ""}, UnknownOutcome),
    (*told(500, 0, "Something went wrong on our end."), UnknownOutcome),
]
