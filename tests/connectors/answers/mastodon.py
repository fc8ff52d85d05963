"""Mastodon servers, which say why in a sentence."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.mastodon import MastodonConnector
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = MastodonConnector()
ACCOUNT = "109000000000000001"
LISTS = True
STATUS = {"id": "110", "created_at": "2026-05-04T09:30:00.000Z", "url": "https://mastodon.example/@ada/110"}


def said(words):
    return {"error": words}


ROWS = [
    *ANYWHERE,
    (200, STATUS, Published),
    (200, STATUS | {"url": None, "uri": "https://mastodon.example/users/ada/statuses/110"}, Published),
    (200, STATUS | {"created_at": "2026-05-04T09:30:00"}, Published),
    (200, STATUS | {"created_at": "soon"}, UnknownOutcome),
    (200, STATUS | {"id": "7" * 501}, UnknownOutcome),
    (200, STATUS | {"id": "7\0"}, UnknownOutcome),
    (200, STATUS | {"url": "https://mastodon.example/" + "a" * 2000}, Published),
    (200, STATUS | {"url": None}, UnknownOutcome),
    (200, {"id": "3221", "scheduled_at": "2026-05-04T09:30:00.000Z", "params": {}}, UnknownOutcome),
    (400, said("Bad request"), Rejected),
    (401, said("The access token is invalid"), Revoked),
    (401, said("The access token was revoked"), Revoked),
    (403, said("This action is outside the authorized scopes"), PermissionMissing),
    (403, said("Your login is currently disabled"), PolicyBlocked),
    (404, said("Record not found"), TargetGone),
    (410, said("Gone"), TargetGone),
    (413, said("Payload too large"), MediaRejected),
    (422, said("Validation failed: Text can't be blank"), Rejected),
    (422, said("Validation failed: Text character limit of 500 exceeded"), Rejected),
    (422, said("Cannot attach files that have not finished processing. Try again in a moment!"), Unreachable),
    (422, said("Media 1, 2 not found or already attached to another post"), Stale),
    (429, said("Too many requests"), RateLimited),
    (503, said("There was a temporary problem serving your request, please try again"), UnknownOutcome),
]
