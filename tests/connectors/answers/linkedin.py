"""LinkedIn, versioned REST."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import (
    AccountLimit,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.linkedin import LinkedInConnector
from connectors.answers.anywhere import ANYWHERE, said

CONNECTOR = LinkedInConnector()
ACCOUNT, POST_ID = "urn:li:organization:501", "urn:li:share:7141138937766391808"
NAMED = {"x-restli-id": POST_ID}


def error(code, service=None, message="Words."):
    return {"code": code, "message": message} | ({"serviceErrorCode": service} if service is not None else {})


def field(code, message="Words."):
    inputs = [{"description": "Words.", "input": {}, "code": code}]
    body = {"errorDetailType": "com.linkedin.common.error.BadRequest", "message": message}
    return body | {"errorDetails": {"inputErrors": inputs}}


ROWS = [
    *ANYWHERE,
    (201, b"", Published, NAMED),
    (201, {}, Published, NAMED),
    (201, b"", Published, {"X-RestLi-Id": "urn:li:ugcPost:7141138937766391808"}),
    (201, {"id": POST_ID}, Published),
    (201, b"", UnknownOutcome, {"x-restli-id": "7141138937766391808"}),
    (201, b"", UnknownOutcome, {"x-restli-id": "urn:li:person:1"}),
    (201, {"id": 7}, UnknownOutcome),
    (302, b"", UnknownOutcome, NAMED),
    (500, b"", UnknownOutcome, NAMED),
    (400, error("VERSION_MISSING"), Rejected),
    (426, error("NONEXISTENT_VERSION"), Rejected),
    (426, error("NOBODY_KNOWS"), Rejected),
    (400, field("FIELD_LENGTH_TOO_LONG"), Rejected),
    (400, field("INVALID_VALUE_FOR_FIELD"), Rejected),
    (400, error("MEDIA_ASSET_WAITING_UPLOAD"), Stale),
    (400, field("EXPIRED_UPLOAD_URL"), Stale),
    (400, field("MEDIA_ASSET_PROCESSING"), Unreachable),
    (400, field("MEDIA_ASSET_PROCESSING_FAILED"), MediaRejected),
    (400, said("InvalidRequest"), UnknownOutcome),
    (401, error("EXPIRED_ACCESS_TOKEN", 65602), Unauthorized),
    (401, {"serviceErrorCode": 65602, "message": "Expired."}, Unauthorized),
    (401, error("REVOKED_ACCESS_TOKEN", 65601), Revoked),
    (401, {"serviceErrorCode": 65601, "message": "Revoked."}, Revoked),
    (401, error("INVALID_ACCESS_TOKEN", 65600), Revoked),
    (401, error("NOBODY_KNOWS"), Unauthorized),
    (403, error("ACCESS_DENIED", 100), PermissionMissing),
    (403, {"serviceErrorCode": 100, "message": "Denied."}, PermissionMissing),
    (403, error("NOBODY_KNOWS"), PermissionMissing),
    (404, error("RESOURCE_NOT_FOUND"), TargetGone),
    (409, error("CONFLICT"), UnknownOutcome),
    (413, error("TOO_LARGE"), MediaRejected),
    (422, field("DUPLICATE_POST", f"Content is a duplicate of {POST_ID}"), Duplicate),
    (422, field("DUPLICATE_POST", "Content is a duplicate."), Duplicate),
    (422, field("NOBODY_KNOWS"), Rejected),
    (429, error("TOO_MANY_REQUESTS", 101), AccountLimit),
    (429, error("TOO_MANY_REQUESTS"), AccountLimit, {"Retry-After": "60"}),
    (429, b"", RateLimited, {"Retry-After": "60"}),
]
