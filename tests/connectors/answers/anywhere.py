"""What every network may answer to a call that publishes, whatever its own words are."""

from aipromote.connectors.errors import MediaRejected, RateLimited, UnknownOutcome, Unreachable

ACCESS, REFRESH = "access-" + "s3cr3t" * 5, "refresh-" + "s3cr3t" * 5
HTML = b"<!DOCTYPE html><html><title>Just a moment</title></html>"


def said(code):
    return {"error": code, "message": "Words."}


ANYWHERE = [
    (200, HTML, UnknownOutcome),
    (201, b"", UnknownOutcome),
    (204, b"", UnknownOutcome),
    (200, b'{"id": "p', UnknownOutcome),
    (200, b"[" * 100_000, UnknownOutcome),
    (200, b"\xff\xfe\x00", UnknownOutcome),
    (200, {}, UnknownOutcome),
    (200, [{"id": "p7"}], UnknownOutcome),
    (200, "p7", UnknownOutcome),
    (200, None, UnknownOutcome),
    (200, {"error": "what_is_this", "message": "Nobody knows."}, UnknownOutcome),
    *((status, body, UnknownOutcome) for status in (301, 302, 303, 307, 308) for body in (b"", HTML)),
    *((status, HTML, UnknownOutcome) for status in (400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 451)),
    (403, b"", UnknownOutcome),
    (403, {"message": "Forbidden"}, UnknownOutcome),
    (403, {"error": {"code": "policy"}}, UnknownOutcome),
    (408, said("request_timeout"), UnknownOutcome),
    (413, HTML, MediaRejected),
    (429, HTML, RateLimited),
    (429, b"", RateLimited),
    *((status, body, UnknownOutcome) for status in (500, 502, 503, 504, 520) for body in (b"", HTML, said("oops"))),
    *((status, said("not_processed"), Unreachable) for status in (500, 502, 503)),
]
