"""What can be wrong with a backup. Each is one message with a way out; nothing was changed, or it was taken back."""

from __future__ import annotations

from aipromote.errors import AipromoteError


class BackupFailed(AipromoteError):
    """No backup was made, and no part of one is left."""


class BackupUnusable(AipromoteError):
    """The file is not a backup that can be read here: another format, cut off, altered, or newer than this release."""


class WrongKey(BackupUnusable):
    """The passphrase or key does not open this file."""


class RestoreRefused(AipromoteError):
    """Something is in the way of a restore; nothing was touched."""


class RestoreFailed(AipromoteError):
    """A restore broke off; what it had made was removed again."""
