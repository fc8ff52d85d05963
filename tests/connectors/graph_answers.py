"""What every network of Meta's may answer to a call that publishes."""

from aipromote.connectors.errors import (
    AccountLimit,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)


def told(code, subcode=None, **more):
    body = {"message": "Words.", "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    return {"error": body | ({"error_subcode": subcode} if subcode is not None else {})}


WAIT = {"X-Business-Use-Case-Usage": '{"1": [{"type": "pages", "estimated_time_to_regain_access": 5}]}'}
GRAPH = [
    (401, told(190, 463), Unauthorized),
    (401, told(190), Unauthorized),
    *((400, told(190, subcode), Revoked) for subcode in (458, 460, 467, 492)),
    (400, told(102), Revoked),
    *((403, told(code), PermissionMissing) for code in (3, 10, 200, 299)),
    (400, told(100, 33), PermissionMissing),
    *((400, told(code), RateLimited) for code in (4, 17, 32, 341, 613, 80001, 80002)),
    (403, told(4, is_transient=True), RateLimited, WAIT),
    (400, told(4), RateLimited, {"X-Business-Use-Case-Usage": "[1]"}),
    (400, told(4), RateLimited, {"X-Business-Use-Case-Usage": '{"1": [7, {"estimated_time_to_regain_access": NaN}]}'}),
    (400, told(1390008, 1390008), RateLimited),
    (400, told(9, 2207042), AccountLimit),
    (400, told(4, 2207051), PolicyBlocked),
    (400, told(25, 2207050), PolicyBlocked),
    (400, told(368), PolicyBlocked),
    (400, told(10, 4279013), PolicyBlocked),
    (400, told(506), Duplicate),
    (400, told(9007, 2207027), Unreachable),
    *((400, told(code), UnknownOutcome) for code in (-2, -1, 1, 2)),
    (400, told(-1, 2207001), UnknownOutcome),
    (400, told(77777, is_transient=True), UnknownOutcome),
    (200, told(77777), UnknownOutcome),
    (200, told(190, 463), Unauthorized),
    (500, told(2, is_transient=True), UnknownOutcome),
    (400, told(24, 2207008), Stale),
    (400, told(24, 2207006), Stale),
    *((400, told(code, subcode), MediaRejected) for code, subcode in ((36000, 2207004), (36001, 2207005))),
    *((400, told(code, subcode), MediaRejected) for code, subcode in ((36003, 2207009), (352, 2207026))),
    *((400, told(code, subcode), MediaRejected) for code, subcode in ((1, 2207057), (100, 2207023), (100, 2207028))),
    (400, told(36004, 2207010), Rejected),
    (400, told(100), Rejected),
    (400, told(77777), Rejected),
    (400, told("100"), UnknownOutcome),
    (400, told(True), UnknownOutcome),
    (413, told(1), UnknownOutcome),
]
STALE = [
    *((400, told(-1, subcode), Stale) for subcode in (2207032, 2207053)),
    *((400, told(-2, subcode), Stale) for subcode in (2207003, 2207020)),
    (400, told(9004, 2207052), Stale),
]
"""Where something was prepared that Meta cannot use after all: other than a 24, no word about the container itself."""
