"""Kinds of proofs, and what a passkey is asked for."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a signature is wanted for. One that was given for another purpose counts for nothing."""

    REGISTER = "REGISTER"
    SIGN_IN = "SIGN_IN"
    """By somebody of whom nothing is known yet: the passkey says who it is."""
    SECOND = "SECOND"
    """After the password."""
    CONFIRM = "CONFIRM"
    """By somebody who is signed in, before a change of factors."""


class Factor(StrEnum):
    """How somebody proved to be the person."""

    PASSWORD = "password"  # noqa: S105 -- the name of a kind
    APP = "app"
    RECOVERY_CODE = "recovery code"
    PASSKEY = "passkey"
