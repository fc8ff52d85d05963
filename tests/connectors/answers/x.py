"""X, API v2."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.x import XConnector
from connectors.answers.anywhere import ANYWHERE, said

CONNECTOR = XConnector()
ACCOUNT, POST_ID = "2244994945", "1445880548472328192"
POST = {"data": {"id": POST_ID, "text": "Hello"}}
_PROBLEMS = "https://api.x.com/2/problems/"


def problem(status, detail="Words.", title="Forbidden", kind="about:blank"):
    return {"title": title, "detail": detail, "type": kind, "status": status}


def typed(status, kind, detail="Words."):
    return problem(status, detail, "Title", _PROBLEMS + kind)


def listed(message, **more):
    return {"errors": [{"message": message, **more}], "title": "Invalid Request", "type": _PROBLEMS + "invalid-request"}


ROWS = [
    *ANYWHERE,
    (201, POST, Published),
    (200, POST, Published),
    (201, POST | {"errors": [{"title": "Field Authorization Error"}]}, Published),
    (201, {"data": {"id": 7}}, UnknownOutcome),
    (201, {"data": {"id": "p7"}}, UnknownOutcome),
    (201, {"data": None}, UnknownOutcome),
    (200, {"errors": [{"title": "Something", "detail": "Words."}]}, UnknownOutcome),
    (400, typed(400, "invalid-request"), Rejected),
    (400, listed("text is too long"), Rejected),
    (400, listed("Your media IDs are invalid."), Stale),
    (400, problem(400, title="Nobody knows this"), Rejected),
    (400, said("InvalidRequest"), UnknownOutcome),
    (401, problem(401, "Unauthorized", "Unauthorized"), Unauthorized),
    (401, typed(401, "nobody-knows-this"), Unauthorized),
    (402, problem(402, title="CreditsDepleted"), BillingExhausted),
    (402, typed(402, "credits-depleted"), BillingExhausted),
    (402, problem(402, title="Payment Required"), BillingExhausted),
    (403, problem(403, "You are not allowed to create a Tweet with duplicate content."), Duplicate),
    (403, problem(403, title="Unsupported Authentication"), PermissionMissing),
    (403, typed(403, "unsupported-authentication"), PermissionMissing),
    (403, typed(403, "oauth1-permissions"), PermissionMissing),
    (403, problem(403, "Reply to this conversation is not allowed because ..."), PolicyBlocked),
    (403, problem(403, "Your account is not permitted to access this feature"), PolicyBlocked),
    (403, problem(403, "You are not permitted to perform this action."), PolicyBlocked),
    (403, typed(403, "client-forbidden"), PolicyBlocked),
    (403, typed(403, "user-suspended"), PolicyBlocked),
    (403, typed(403, "usage-capped"), AccountLimit),
    (403, problem(403, "This user is not allowed to post a video longer than 2 minutes."), MediaRejected),
    (403, problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you."), TargetGone),
    (403, problem(403, "Your Tweet text is too long."), Rejected),
    (403, {"errors": [{"code": 186, "message": "Tweet needs to be a bit shorter."}]}, Rejected),
    (404, typed(404, "resource-not-found"), TargetGone),
    (409, problem(409, title="Conflict"), Rejected),
    (413, problem(413, title="Payload Too Large"), MediaRejected),
    (429, problem(429, title="Too Many Requests"), RateLimited),
    (429, typed(429, "rate-limit-exceeded"), RateLimited),
    (429, typed(429, "usage-capped"), AccountLimit),
    (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
    (400, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
    (429, problem(429), AccountLimit, {"x-user-limit-24hour-remaining": "0"}),
    (429, problem(429), AccountLimit, {"x-app-limit-24hour-remaining": "0"}),
    (429, problem(429), RateLimited, {"x-user-limit-24hour-remaining": "7"}),
    (503, problem(503, "Service Unavailable", "Service Unavailable"), UnknownOutcome),
]
