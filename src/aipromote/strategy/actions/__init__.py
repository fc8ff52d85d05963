"""The verbs of strategy: propose, edit, decide, go back."""

from aipromote.strategy.actions.changing import conclude, decide
from aipromote.strategy.actions.deciding import accept, go_back, reject
from aipromote.strategy.actions.editing import edit
from aipromote.strategy.actions.proposing import MadeFrom, next_version, propose

__all__ = [
    "MadeFrom",
    "accept",
    "conclude",
    "decide",
    "edit",
    "go_back",
    "next_version",
    "propose",
    "reject",
]
