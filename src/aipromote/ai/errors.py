"""What can go wrong when something is to be written."""

from __future__ import annotations

from aipromote.errors import AipromoteError, Conflict, Unavailable


class ClaimLost(Conflict):
    """The request was taken over by another worker, or has ended: nothing more may be written for this claim."""


class WriterFailed(AipromoteError):
    """The writer gave nothing that can be used. The request ends; a person may ask again."""

    status = 502


class ModelsFailed(WriterFailed):
    """None of the models gave an answer that can be used. `reasons` are pairs of a model's name and its reason."""

    def __init__(self, message: str, *, reasons: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons


class BudgetSpent(WriterFailed):
    """The month's budget for models does not cover the call. None was made."""

    status = 402


class LedgerAway(Unavailable):
    """A call could not be booked, so none was made. `is_away`: the database does not answer, nobody's fault."""

    def __init__(self, *, is_away: bool) -> None:
        super().__init__("The database did not take note of what a language model may cost, so none was asked.")
        self.is_away = is_away
