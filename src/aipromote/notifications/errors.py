"""What can become of a delivery, beside success."""

from __future__ import annotations


class Refused(Exception):
    """The message will never be taken as it is."""


class Deferred(Exception):
    """The message was not taken this time."""
