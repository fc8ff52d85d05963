"""Telegram's Bot API."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
)
from aipromote.connectors.telegram import TelegramConnector
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = TelegramConnector()
ACCOUNT, POST_ID = "-1001234567890", "7"
TOKEN = "123456789:AA" + "s3cr3t" * 5
CANNOT_BE_ASKED = True
SENDS_FILES_ALONG = True
MESSAGE = {"message_id": 7, "date": 1777887000, "chat": {"id": -1001234567890, "type": "channel", "username": "ada"}}


def no(code, description, **parameters):
    return code, {"ok": False, "error_code": code, "description": description, "parameters": parameters}


ROWS = [
    *ANYWHERE,
    (200, {"ok": True, "result": MESSAGE}, Published),
    (200, {"ok": True, "result": MESSAGE | {"message_id": "7"}}, UnknownOutcome),
    (200, {"ok": True, "result": MESSAGE | {"date": 10**30}}, UnknownOutcome),
    (200, {"ok": True, "result": MESSAGE | {"chat": 7}}, UnknownOutcome),
    (200, {"ok": True, "result": []}, UnknownOutcome),
    (200, {"ok": True, "result": True}, UnknownOutcome),
    (200, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, UnknownOutcome),
    (400, {"ok": False}, UnknownOutcome),
    (*no(401, "Unauthorized"), Revoked),
    (*no(404, "Not Found"), Revoked),
    (*no(404, "Not Found: method not found"), Rejected),
    (*no(403, "Forbidden: bot was kicked from the channel chat"), PermissionMissing),
    (*no(403, "Forbidden: bot is not a member of the channel chat"), PermissionMissing),
    (*no(403, "Forbidden: nobody knows this"), PermissionMissing),
    (*no(400, "Bad Request: need administrator rights in the channel chat"), PermissionMissing),
    (*no(400, "Bad Request: not enough rights to send text messages to the chat"), PermissionMissing),
    (*no(400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"), PermissionMissing),
    (*no(400, "Bad Request: not enough rights to send messages in the chat"), PermissionMissing),
    (*no(400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"), MediaRejected),
    (*no(400, "Bad Request: not enough rights to send photos to the chat"), MediaRejected),
    (*no(400, "Bad Request: chat not found"), TargetGone),
    (*no(400, "Bad Request: message to be replied not found"), TargetGone),
    (*no(400, "Bad Request: group chat was upgraded to a supergroup chat"), TargetGone),
    (*no(400, "Bad Request: message is too long"), Rejected),
    (*no(400, "Bad Request: message text is empty"), Rejected),
    (*no(400, "Bad Request: can't parse entities: unsupported start tag"), Rejected),
    (*no(400, "Bad Request: failed to get HTTP URL content"), MediaRejected),
    (*no(400, "Bad Request: wrong file identifier/HTTP URL specified"), MediaRejected),
    (*no(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), MediaRejected),
    (*no(413, "Request Entity Too Large"), MediaRejected),
    (*no(429, "Too Many Requests: retry after 7", retry_after=7), RateLimited),
    (*no(500, "Internal Server Error"), UnknownOutcome),
    (*no(502, "Bad Gateway"), UnknownOutcome),
]
