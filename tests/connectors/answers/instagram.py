"""Instagram."""

from aipromote.connectors.contract import Media, Part, Published
from aipromote.connectors.errors import UnknownOutcome
from aipromote.connectors.instagram import InstagramConnector
from connectors.answers.anywhere import ANYWHERE
from connectors.graph_answers import GRAPH, STALE

CONNECTOR = InstagramConnector()
ACCOUNT, PREPARED = "17841400000000001", '{"items":[],"whole":"17900000000000001"}'
PART = Part("Hello", media=(Media.of(b"x", "image/jpeg", url="https://files.example/1.jpg"),))
ROWS = [
    *ANYWHERE,
    *GRAPH,
    *((status, body, UnknownOutcome) for status, body, _ in STALE),  # its container is asked, which says nothing here
    (200, {"id": "17900000000000002"}, Published),
    (200, {"id": ""}, UnknownOutcome),
    (200, {"id": 7}, UnknownOutcome),
    (400, {"error_type": "OAuthException", "code": 400, "error_message": "Words."}, UnknownOutcome),
]
