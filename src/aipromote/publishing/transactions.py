"""Transactions that are worth repeating, as the database's own room makes them."""

from __future__ import annotations

from aipromote.db.persisting import may_pass, persistently

__all__ = ["may_pass", "persistently"]
