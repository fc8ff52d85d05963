"""YouTube, with Google's own words."""

from aipromote.connectors.contract import Media, Part, Published
from aipromote.connectors.errors import (
    AccountLimit,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.youtube import YouTubeConnector
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = YouTubeConnector()
PART = Part("Hello", media=(Media.of(b"film", "video/mp4"),), title="A film")
PREPARED = '{"video": "abcdefghijk"}'
PUBLIC = {"kind": "youtube#video", "id": "abcdefghijk", "status": {"privacyStatus": "public"}}


def google(status, reason, meaning, **more):
    errors = [{"domain": "youtube.video", "reason": reason, "message": "Words."}]
    return status, {"error": {"code": status, "message": "Words.", "errors": errors} | more}, meaning


ROWS = [
    *ANYWHERE,
    (200, PUBLIC, Published),
    (200, PUBLIC | {"id": "another"}, UnknownOutcome),
    (200, PUBLIC | {"status": {}}, UnknownOutcome),
    (200, PUBLIC | {"status": {"privacyStatus": "private"}}, PolicyBlocked),
    google(401, "authError", Unauthorized),
    google(401, "nobodyKnowsThis", Unauthorized),
    (401, {"error": {"code": 401, "message": "Words.", "status": "UNAUTHENTICATED"}}, Unauthorized),
    google(401, "youtubeSignupRequired", PermissionMissing),
    google(403, "authenticatedUserAccountSuspended", Revoked),
    google(403, "insufficientPermissions", PermissionMissing),
    google(403, "forbidden", PermissionMissing),
    google(403, "x", PermissionMissing, details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]),
    google(403, "quotaExceeded", AccountLimit),
    google(429, "quotaExceeded", AccountLimit),
    google(403, "dailyLimitExceeded", AccountLimit),
    google(400, "uploadLimitExceeded", AccountLimit),
    google(403, "rateLimitExceeded", RateLimited),
    google(429, "userRateLimitExceeded", RateLimited),
    *(
        google(400, f"invalid{what}", Rejected)
        for what in ("Title", "Description", "Tags", "CategoryId", "PublishAt", "VideoMetadata")
    ),
    google(400, "mediaBodyRequired", MediaRejected),
    google(404, "videoNotFound", Stale),
    google(400, "backendError", UnknownOutcome),
    google(500, "backendError", UnknownOutcome),
    google(503, "backendError", UnknownOutcome),
]
