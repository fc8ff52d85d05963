"""What a look-up proves, by how sure its network lets one be. From a lost answer nothing is sent again past this table.

| grade | "it is there" | "it is not there" | no look-up can be made |
|---|---|---|---|
| A, a key makes a repeat impossible | adopted | believed | armed again at once with the same key, while it lasts |
| B, a handle or key can be looked up | adopted | believed | asked again later |
| C, a list tells, late | adopted | believed in the last look-up, not before | asked again later |
| D, only the text can be compared | adopted | never: a person looks | asked again later |

Grades other than A are armed again once after a proof; whatever is lost twice is a person's. A network that said "I
have this already" is believed above a list that does not show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from aipromote.connectors.contract import Certainty


class Belief(Enum):
    """When "it is not there" counts as a proof."""

    AT_ONCE = auto()
    IN_THE_LAST_LOOK_UP = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """What may follow from a look-up."""

    absence: Belief
    repeats_safely: bool = False
    """The same call again, with the same key, can never make a second post."""

    def believes_absence(self, *, is_last: bool, was_duplicate: bool) -> bool:
        """Whether the network certainly does not have it, given that it says so."""
        if was_duplicate or self.absence is Belief.NEVER:
            return False
        return is_last or self.absence is Belief.AT_ONCE


RULES: dict[Certainty, Rule] = {
    Certainty.EXACT: Rule(Belief.AT_ONCE, repeats_safely=True),
    Certainty.HANDLE: Rule(Belief.AT_ONCE),
    Certainty.LISTING: Rule(Belief.IN_THE_LAST_LOOK_UP),
    Certainty.MATCH: Rule(Belief.NEVER),
}

KEYS_LAST = timedelta(minutes=50)
"""Networks that take a key remember it for an hour at least, from the first call with it."""


def may_repeat(certainty: Certainty, *, first_call: datetime, now: datetime) -> bool:
    """Whether a call whose answer was lost may be made again before it is known what became of it."""
    return RULES[certainty].repeats_safely and now < first_call + KEYS_LAST
