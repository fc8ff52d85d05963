"""dev.to and what stands before it."""

from aipromote.connectors.contract import Part, Published
from aipromote.connectors.devto import DevtoConnector
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
)
from connectors.answers.anywhere import ANYWHERE


def forem(status, words):
    return status, {"error": words, "status": status}


CONNECTOR = DevtoConnector()
ACCOUNT = "77"
PART = Part("Hello", title="Hello")
POST_ID = "2233"
PREPARED = None  # pictures are fetched by their address: there is nothing to upload
POST = {"id": 2233, "url": "https://dev.to/ada/hello-1a2b", "published_timestamp": "2026-05-04T09:30:00Z"}
ROWS = [
    *ANYWHERE,
    (201, POST, Published),
    (200, POST, Published),
    (201, POST | {"published_timestamp": "2026-05-04T09:30:00"}, Published),
    (201, POST | {"published_timestamp": ""}, UnknownOutcome),
    (201, POST | {"published_timestamp": "yesterday"}, UnknownOutcome),
    (201, POST | {"id": "2233"}, UnknownOutcome),
    (201, [POST], UnknownOutcome),
    (*forem(400, "bad request"), Rejected),
    (*forem(401, "unauthorized"), Revoked),
    (*forem(403, "forbidden"), PermissionMissing),
    (*forem(404, "not found"), TargetGone),
    (*forem(413, "too large"), MediaRejected),
    (*forem(422, "Title can't be blank"), Rejected),
    (*forem(422, "Canonical url has already been taken. Email support@dev.to for further details."), Duplicate),
    (*forem(422, "Body markdown has already been taken"), Duplicate),
    (*forem(422, "Title has already been used in the last five minutes"), Duplicate),
    (*forem(429, "Rate limit reached, try again in 30 seconds"), RateLimited),
    (422, {"error": "Somebody else's words."}, UnknownOutcome),
    (*forem(500, "oops"), UnknownOutcome),
]
