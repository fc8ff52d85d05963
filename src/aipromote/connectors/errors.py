"""The closed set of ways a call to a network can fail, each with what it means for what was to be published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class ConnectorError(Exception):
    """Root of the ways a call can fail. `reason` is for people, without secrets; `code` is the network's own."""

    def __init__(self, reason: str, *, code: str = "", detail: Mapping[str, object] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.detail = dict(detail or {})


class Unauthorized(ConnectorError):
    """The access token is not accepted (any more): refresh, then try once again. Nothing was published."""


class Revoked(ConnectorError):
    """The account must be connected again by a person. Nothing was published."""


class PermissionMissing(ConnectorError):
    """The grant lacks a scope that this call needs. Nothing was published."""


class BillingExhausted(ConnectorError):
    """The operator's own contract with the network is used up or unpaid. Nothing was published."""


class Rejected(ConnectorError):
    """The network refuses this content for good (too long, malformed). Never sent again as it is."""


class MediaRejected(Rejected):
    """It refuses a file: its type, size, length or ratio. Never sent again with the same file."""


class PolicyBlocked(Rejected):
    """It refuses what the text says or links to, by its rules. Never sent again by itself."""


class TargetGone(Rejected):
    """The channel, board, page or post that it was to go to is not there any more."""


class Duplicate(ConnectorError):
    """The network says it has this already: look it up before anything else."""


class RateLimited(ConnectorError):
    """Too many calls; nothing was published. Not before `retry_at`, where the network said when."""

    def __init__(self, reason: str, *, retry_at: datetime | None = None, code: str = "") -> None:
        super().__init__(reason, code=code)
        self.retry_at = retry_at


class AccountLimit(RateLimited):
    """The account's own quota (per day or month) is used up until `retry_at`."""


class Unreachable(ConnectorError):
    """Nothing was sent (connection refused, DNS, TLS), or the network said that it did nothing: safe to try again."""


class UnknownOutcome(ConnectorError):
    """It was sent and no usable answer came (time-out, dropped connection, 5xx): never fire again before a look-up."""


class Stale(Unreachable):
    """What was prepared is gone over there (uploads expire): nothing was published, prepare anew and fire again."""
