"""Discord, by a bot."""

from aipromote.connectors.contract import Published
from aipromote.connectors.errors import PermissionMissing, Revoked, TargetGone
from connectors.answers.anywhere import ANYWHERE
from connectors.answers.discord import CONNECTOR, MESSAGE, POST_ID, no

__all__ = ["CONNECTOR", "POST_ID"]
ACCOUNT = "bot:100001:200001:400001"
SENDS_FILES_ALONG = True
ROWS = [
    *ANYWHERE,
    (200, MESSAGE, Published),
    (*no(401, 0, "401: Unauthorized"), Revoked),
    (*no(404, 10003, "Unknown Channel"), TargetGone),
    (*no(403, 50001, "Missing Access"), PermissionMissing),
]
