"""Facebook Pages."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import Duplicate, MediaRejected, PolicyBlocked, Rejected, UnknownOutcome
from aipromote.connectors.facebook import FacebookConnector
from connectors.answers.anywhere import ANYWHERE
from connectors.graph_answers import GRAPH, STALE, told

CONNECTOR = FacebookConnector()
ACCOUNT, POST_ID = "101", "101_17900000000000001"
ROWS = [
    *ANYWHERE,
    *GRAPH,
    *STALE,
    (200, {"id": POST_ID}, Published),
    (200, {"id": ""}, UnknownOutcome),
    (200, {"id": 7}, UnknownOutcome),
    (200, {"success": True}, UnknownOutcome),
    (400, told(1, 1366046), MediaRejected),
    (400, told(100, 2069019), MediaRejected),
    (400, told(100, 1366051), Duplicate),
    (400, told(100, 1609008), Rejected),
    *((400, told(368, subcode), PolicyBlocked) for subcode in (1346003, 1404102, 1404078, 4854002)),
]
