"""The sandbox network."""

from aipromote.connectors.contract import Processing, Published
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.sandbox import SandboxConnector
from connectors.answers.anywhere import ANYWHERE, said

CONNECTOR = SandboxConnector()
POST = {"id": "p7", "url": "http://127.0.0.1/posts/p7", "created_at": "2026-05-04T09:30:00+00:00"}
ROWS = [
    *ANYWHERE,
    (201, POST, Published),
    (200, POST, Published),
    (201, POST | {"errors": [said("policy")], "beta": {"x": None}, "counters": []}, Published),
    (201, POST | {"id": "x7"}, UnknownOutcome),
    (201, POST | {"created_at": "yesterday"}, UnknownOutcome),
    (201, {name: value for name, value in POST.items() if name != "url"}, UnknownOutcome),
    (202, {"id": "h7", "status": "processing"}, Processing),
    (202, b'{"id": "h7", "status": "processing", "ask_after": NaN}', Processing),
    (202, {"id": "h7", "status": "processing", "ask_after": -1e300}, Processing),
    (202, {"id": "h7", "status": "processing", "ask_after": 1e300}, Processing),
    (202, {"id": "../h7", "status": "processing"}, UnknownOutcome),
    (202, {"status": "processing"}, UnknownOutcome),
    (202, b"", UnknownOutcome),
    (200, {"id": "h7", "status": "published"}, UnknownOutcome),
    (200, {"id": "h7", "status": "published", "post": POST}, Published),
    (200, {"id": "h7", "status": "refused", **said("policy")}, PolicyBlocked),
    (200, {"id": "h7", "status": "refused", **said("duplicate")}, Rejected),
    (200, said("policy"), PolicyBlocked),
    (200, said("rate_limited"), RateLimited),
    (200, said("duplicate"), Duplicate),
    (400, said("refused"), Rejected),
    (400, said("nobody_knows_this"), Rejected),
    (401, said("invalid_token"), Unauthorized),
    (401, said("nobody_knows_this"), Unauthorized),
    (402, said("billing"), BillingExhausted),
    (402, said("CreditsDepleted"), BillingExhausted),
    (403, said("insufficient_scope"), PermissionMissing),
    (403, said("policy"), PolicyBlocked),
    (404, said("not_found"), TargetGone),
    (409, said("duplicate"), Duplicate),
    (410, said("target_gone"), TargetGone),
    (413, said("too_large"), MediaRejected),
    (415, said("media"), MediaRejected),
    (422, said("refused"), Rejected),
    (422, said("empty"), Rejected),
    (422, said("media_type"), MediaRejected),
    (422, said("reply_target_gone"), TargetGone),
    (429, said("rate_limited"), RateLimited),
    (429, said("account_limit"), AccountLimit),
    (429, said("nobody_knows_this"), RateLimited),
]
