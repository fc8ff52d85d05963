"""WordPress sites, and what stands before them."""

from aipromote.connectors.contract import Part, Processing, Published
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
)
from aipromote.connectors.wordpress import WordPressConnector
from connectors.answers.anywhere import ANYWHERE


def wp(status, code):
    return status, {"code": code, "message": "<strong>Error:</strong> Words.", "data": {"status": status}}


CONNECTOR = WordPressConnector()
ACCOUNT = "example.com#3"
PART = Part("Hello", title="Hello")
POST_ID = "41"
POST = {
    "id": 41,
    "link": "https://example.com/hello/",
    "slug": "hello",
    "status": "publish",
    "date_gmt": "2026-05-04T09:30:00",
}
ROWS = [
    *ANYWHERE,
    (201, POST, Published),
    (200, POST, Published),
    (201, POST | {"slug": "a-plugin-chose-this"}, Published),
    (201, POST | {"status": "pending"}, Processing),
    (201, POST | {"status": "draft", "date_gmt": None}, Processing),
    (201, POST | {"status": "private"}, Processing),
    (201, POST | {"status": ""}, UnknownOutcome),
    (201, POST | {"date_gmt": "yesterday"}, UnknownOutcome),
    (201, POST | {"id": "41"}, UnknownOutcome),
    (201, [POST], UnknownOutcome),
    (*wp(400, "rest_invalid_param"), Rejected),
    (*wp(400, "rest_missing_callback_param"), Rejected),
    (*wp(400, "empty_content"), Rejected),
    (*wp(400, "nobody_knows_this"), Rejected),
    (*wp(401, "rest_not_logged_in"), Revoked),
    (*wp(401, "incorrect_password"), Revoked),
    (*wp(401, "invalid_username"), Revoked),
    (*wp(401, "rest_cannot_create"), Revoked),
    (*wp(403, "rest_forbidden"), PermissionMissing),
    (*wp(403, "rest_cannot_create"), PermissionMissing),
    (*wp(403, "rest_cannot_publish"), PermissionMissing),
    (*wp(404, "rest_no_route"), TargetGone),
    (*wp(413, "rest_upload_file_too_big"), MediaRejected),
    (*wp(400, "rest_upload_file_too_big"), MediaRejected),
    (*wp(429, "too_many_requests"), RateLimited),
    (*wp(500, "internal_server_error"), UnknownOutcome),
    (*wp(500, "db_insert_error"), UnknownOutcome),
    (403, {"code": "blocked", "message": "A firewall's own JSON."}, UnknownOutcome),
    (403, {"code": "blocked", "message": "A firewall's own JSON.", "data": None}, UnknownOutcome),
]
