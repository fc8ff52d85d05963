"""Discord, by a webhook."""

from aipromote.connectors.contract import Published
from aipromote.connectors.discord import DiscordConnector
from aipromote.connectors.errors import (
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
)
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = DiscordConnector()
ACCOUNT, POST_ID = "webhook:100001:300001", "1234567"
CANNOT_BE_ASKED = True
SENDS_FILES_ALONG = True
MESSAGE = {"id": "1234567", "channel_id": "200001", "timestamp": "2026-05-04T09:30:00.000000+00:00", "content": "Hi"}


def no(status, code, message="Words.", **more):
    return status, {"code": code, "message": message} | more


LIMITED = {"message": "You are being rate limited.", "retry_after": 0.65, "global": True}
ROWS = [
    *ANYWHERE,
    (200, MESSAGE, Published),
    (200, MESSAGE | {"timestamp": "2026-05-04T09:30:00"}, Published),
    (200, MESSAGE | {"id": 1234567}, UnknownOutcome),
    (200, MESSAGE | {"id": "../7"}, UnknownOutcome),
    (200, MESSAGE | {"timestamp": "yesterday"}, UnknownOutcome),
    (200, {"code": 10015, "message": "Unknown Webhook"}, UnknownOutcome),
    (*no(404, 10015, "Unknown Webhook"), Revoked),
    (*no(401, 50027, "Invalid Webhook Token"), Revoked),
    (*no(401, 0, "401: Unauthorized"), Revoked),
    (*no(404, 10003, "Unknown Channel"), TargetGone),
    (*no(404, 10004), TargetGone),
    (*no(400, 50035, errors={"message_reference": {"_errors": []}}), TargetGone),
    (*no(403, 50001, "Missing Access"), PermissionMissing),
    (*no(403, 50013, "Missing Permissions"), PermissionMissing),
    *((*no(403, code), Rejected) for code in (160002, 160005)),
    (*no(403, 0), PermissionMissing),
    (*no(400, 50035, "Invalid Form Body"), Rejected),
    (*no(400, 50006, "Cannot send an empty message"), Rejected),
    (*no(400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id"), Rejected),
    (*no(404, 0, "404: Not Found"), Rejected),
    (*no(400, 200000), PolicyBlocked),
    (*no(400, 240000), PolicyBlocked),
    (*no(413, 40005, "Request entity too large"), MediaRejected),
    (*no(400, 40005), MediaRejected),
    (429, LIMITED, RateLimited),
    (*no(429, 20028, retry_after=3), RateLimited),
    (*no(400, 20016), RateLimited),
    (*no(400, 40062), RateLimited),
    (400, {"code": "50035", "message": "Words."}, UnknownOutcome),
    (400, {"code": 50035}, UnknownOutcome),
    (*no(500, 0, "500: Internal Server Error"), UnknownOutcome),
]
