"""Threads."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import UnknownOutcome
from aipromote.connectors.threads import ThreadsConnector
from connectors.answers.anywhere import ANYWHERE
from connectors.graph_answers import GRAPH, STALE

CONNECTOR = ThreadsConnector()
ACCOUNT, PREPARED = "17841400000000001", '{"items":[],"whole":"17900000000000001"}'
ROWS = [
    *ANYWHERE,
    *GRAPH,
    *((status, body, UnknownOutcome) for status, body, _ in STALE),  # its container is asked, which says nothing here
    (200, {"id": "17900000000000002"}, Published),
    (200, {"id": ""}, UnknownOutcome),
    (200, {"id": 7}, UnknownOutcome),
    (200, {"success": True}, UnknownOutcome),
]
