"""Bluesky and other servers of its protocol."""

from aipromote.connectors.bluesky import BlueskyConnector
from aipromote.connectors.contract import Published
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
    UnknownOutcome,
)
from connectors.answers.anywhere import ANYWHERE, said

CONNECTOR = BlueskyConnector()
ACCOUNT = "did:plc:ada"
RECORD = {"uri": "at://did:plc:ada/app.bsky.feed.post/3kabc", "cid": "bafy1"}
ROWS = [
    *(row for row in ANYWHERE if row[1] != {}),
    (200, RECORD, Published),
    (200, RECORD | {"commit": {"rev": "3k"}, "validationStatus": "valid"}, Published),
    (200, {"uri": "", "cid": "bafy1"}, UnknownOutcome),
    (200, {"uri": "at://did:plc:ada", "cid": "bafy1"}, UnknownOutcome),
    (200, RECORD | {"cid": "b" * 500}, UnknownOutcome),
    (400, said("InvalidRequest"), Rejected),
    (400, said("InvalidRecord"), Rejected),
    (400, said("ExpiredToken"), Unauthorized),
    (400, said("InvalidToken"), Unauthorized),
    (401, said("AuthMissing"), Unauthorized),
    (401, said("AuthenticationRequired"), Unauthorized),
    (401, said("AccountTakedown"), Revoked),
    (400, said("AccountTakedown"), Revoked),
    (403, said("Forbidden"), PermissionMissing),
    (400, said("BlobTooLarge"), MediaRejected),
    (400, said("InvalidMimeType"), MediaRejected),
    (413, said("PayloadTooLarge"), MediaRejected),
    (400, {"error": "InvalidRequest", "message": "blob too big at $.record.embed.images[0].image"}, MediaRejected),
    (400, said("BlobNotFound"), Stale),
    (429, said("RateLimitExceeded"), RateLimited),
    (400, {"error": "InvalidRequest", "message": "There is already a value at key"}, Duplicate),
    (502, said("UpstreamFailure"), UnknownOutcome),
]
