"""Reddit."""

from aipromote.connectors.contract import Part, Published
from aipromote.connectors.errors import (
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
from aipromote.connectors.reddit import RedditConnector
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = RedditConnector()
ACCOUNT = "u/ada/r/startups"
PART = Part("Hello", title="A title")
POST_ID = "t3_1k0001"
DATA = {"id": "1k0001", "name": "t3_1k0001", "url": "https://www.reddit.com/r/startups/comments/1k0001/a_title/"}


def data(**told):
    return {"json": {"errors": [], "data": told}}


def listed(code, meaning):
    return 200, {"json": {"errors": [[code, "Words.", "field"]]}}, meaning


def said(status, meaning, headers=None, **more):
    row = status, {"message": "Words.", "error": status} | more, meaning
    return (*row, headers) if headers else row


ROWS = [
    *ANYWHERE,
    (200, data(**DATA), Published),
    (200, data(url=DATA["url"]), Published),
    (200, data(), UnknownOutcome),
    (200, data(name="t3_../x"), UnknownOutcome),
    (200, data(websocket_url="wss://x", user_submitted_page="x"), UnknownOutcome),  # for a text it is not its word
    *(listed(code, RateLimited) for code in ("RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED")),
    *(listed(code, Duplicate) for code in ("ALREADY_SUB", "SUBMIT_VALIDATION_REPOST")),
    listed("SUBREDDIT_NOEXIST", TargetGone),
    *(
        listed(code, PolicyBlocked)
        for code in ("SUBREDDIT_NOTALLOWED", "USER_REQUIRED", "VERIFIED_USER_REQUIRED", "DOMAIN_BANNED")
    ),
    *(
        listed(code, Rejected)
        for code in ("NO_SELFS", "NO_LINKS", "NO_TEXT", "NO_URL", "BAD_URL", "TOO_LONG", "BAD_SR_NAME")
    ),
    *(
        listed(code, Rejected)
        for code in ("INVALID_OPTION", "SUBMIT_VALIDATION_FLAIR_REQUIRED", "SUBMIT_VALIDATION_TITLE", "A_NEW_ONE")
    ),
    listed("IMAGE_ERROR", MediaRejected),
    said(401, Unauthorized),
    said(403, PolicyBlocked),
    said(403, TargetGone, reason="private"),
    said(403, PermissionMissing, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
    said(404, TargetGone),
    said(400, Rejected),
    said(429, RateLimited),
    said(500, UnknownOutcome),
    said(503, UnknownOutcome),
    (403, {"message": "Words.", "error": 404}, UnknownOutcome),
]
