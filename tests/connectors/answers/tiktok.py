"""TikTok, asked to publish pictures: the call that answers in its own words."""

from aipromote.connectors.contract import Media, Part, Processing
from aipromote.connectors.errors import (
    AccountLimit,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.tiktok import TikTokConnector
from connectors.answers.anywhere import ANYWHERE

CONNECTOR = TikTokConnector()
PART = Part("Hello", media=(Media.of(b"x", "image/jpeg", url="https://aipromote.example/1.jpg"),))
PREPARED = '{"is_photo": true, "privacy": "PUBLIC_TO_EVERYONE", "username": "ada"}'
POST_ID = "7500000000000000000"


def tiktok(status, code, meaning, data=None):
    return status, {"data": data or {}, "error": {"code": code, "message": "Words.", "log_id": "2026"}}, meaning


ROWS = [
    *ANYWHERE,
    tiktok(200, "ok", Processing, {"publish_id": "p_pub_url~v2.1"}),
    tiktok(200, "ok", UnknownOutcome),
    tiktok(200, "what_is_this", UnknownOutcome),
    tiktok(200, "invalid_params", Rejected),
    tiktok(200, "spam_risk", PolicyBlocked),
    tiktok(401, "access_token_invalid", Unauthorized),
    tiktok(401, "nobody_knows_this", Unauthorized),
    tiktok(401, "scope_not_authorized", PermissionMissing),
    tiktok(400, "scope_permission_missed", PermissionMissing),
    tiktok(429, "rate_limit_exceeded", RateLimited),
    *(
        tiktok(403, code, AccountLimit)
        for code in ("spam_risk_too_many_posts", "spam_risk_too_many_pending_share", "reached_active_user_cap")
    ),
    *(
        tiktok(403, code, PolicyBlocked)
        for code in ("spam_risk", "spam_risk_text", "spam_risk_user_banned_from_posting")
    ),
    *(
        tiktok(403, code, Rejected)
        for code in (
            "unaudited_client_can_only_post_to_private_accounts",
            "privacy_level_option_mismatch",
            "url_ownership_unverified",
        )
    ),
    *(tiktok(400, code, Rejected) for code in ("invalid_param", "invalid_params", "app_version_check_failed", "new")),
    tiktok(400, "invalid_file_upload", MediaRejected),
    tiktok(400, "invalid_publish_id", TargetGone),
    tiktok(400, "internal_error", UnknownOutcome),
    tiktok(500, "internal_error", UnknownOutcome),
]
