"""Slack's Web API."""

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
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.slack import SlackConnector
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = SlackConnector()
ACCOUNT, POST_ID, SCOPE = "T0000001/C0000001@acme.slack.com", "1777887000.000100", "channels:history chat:write"
POST = {"ok": True, "channel": "C0000001", "ts": "1777887000.000100"}


def no(word, **more):
    return 200, {"ok": False, "error": word} | more


ROWS = [
    *ANYWHERE,
    (200, POST, Published),
    (200, POST | {"ts": 1777887000.0001}, UnknownOutcome),
    (200, POST | {"ts": "../7"}, UnknownOutcome),
    (200, {"ok": "true", "ts": "1777887000.000100"}, UnknownOutcome),
    (200, {"ok": False}, UnknownOutcome),
    *((*no(word), Revoked) for word in ("invalid_auth", "account_inactive", "token_revoked", "not_authed")),
    (*no("token_expired"), Unauthorized),
    (*no("missing_scope", needed="chat:write", provided="users:read"), PermissionMissing),
    *((*no(word), PermissionMissing) for word in ("restricted_action", "restricted_action_read_only_channel")),
    (*no("missing_scope", needed="files:write", provided="chat:write"), MediaRejected),
    *((*no(word), MediaRejected) for word in ("file_uploads_disabled", "file_uploads_except_images_disabled")),
    *((*no(word), Rejected) for word in ("cannot_reply_to_message", "restricted_action_thread_locked")),
    (*no("restricted_action_non_threadable_channel"), Rejected),
    (*no("team_access_not_granted"), PermissionMissing),
    *((*no(word), TargetGone) for word in ("channel_not_found", "is_archived", "thread_not_found")),
    *((*no(word), Rejected) for word in ("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_blocks")),
    *((*no(word), Rejected) for word in ("invalid_blocks_format", "too_many_attachments", "metadata_too_large")),
    (*no("invalid_blocks", response_metadata={"messages": ["[ERROR] invalid slack file [json-pointer:/b]"]}), Stale),
    (*no("restricted_action_content"), PolicyBlocked),
    (*no("file_upload_size_restricted"), MediaRejected),
    *((*no(word), RateLimited) for word in ("ratelimited", "rate_limited", "message_limit_exceeded")),
    (429, {"ok": False, "error": "ratelimited"}, RateLimited, {"Retry-After": "30"}),
    *((*no(word), UnknownOutcome) for word in ("internal_error", "fatal_error", "service_unavailable")),
    *((*no(word), UnknownOutcome) for word in ("request_timeout", "nobody_knows_this")),
]
