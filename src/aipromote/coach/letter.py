"""The summary as a letter in Markdown. Every number carries a note that names its metric and the rows behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aipromote.coach.advice import Advice
from aipromote.coach.findings import Line
from aipromote.coach.queries import Material
from aipromote.coach.week import Week, spoken
from aipromote.documents.learning import KeyInsight

_ROWS_SHOWN = 12
_NOTHING_OUT = "Nothing has numbers yet."
_TOO_FEW = (
    "There is nothing to set against each other yet: no account has enough posts in both weeks that were measured one "
    "day after they went out."
)
_NO_ADVICE = (
    "Nothing this week. I compared kinds of openings and pillars within each account over the last four weeks, and no "
    "difference was sure enough to ask you for a change."
)
_NO_COMPARISON = (
    "Nothing this week. There are too few measured posts yet to compare openings or pillars within an account, and a "
    "guess would not be advice."
)


@dataclass
class Letter:
    """A letter under construction: paragraphs, and the insights that its notes name, note n being insight n."""

    paragraphs: list[str] = field(default_factory=list)
    insights: list[KeyInsight] = field(default_factory=list)

    def heading(self, words: str, *, level: int = 2) -> None:
        """A heading."""
        self.paragraphs.append(f"{'#' * level} {words}")

    def say(self, words: str) -> None:
        """A paragraph without numbers."""
        self.paragraphs.append(words)

    def list(self, lines: Sequence[Line], *, otherwise: str) -> None:
        """The lines as bullets, each with its notes; a plain sentence where there is none."""
        self.paragraphs.append("\n".join(f"- {self._noted(line)}" for line in lines) or otherwise)

    @property
    def text(self) -> str:
        """The whole letter."""
        notes = [_note(number, insight) for number, insight in enumerate(self.insights, start=1)]
        return "\n\n".join([*self.paragraphs, "## Notes", *notes]) + "\n"

    def _noted(self, line: Line) -> str:
        first = len(self.insights) + 1
        self.insights.extend(line.insights)
        return plain(line.text) + "".join(f"[^{first + offset}]" for offset in range(len(line.insights)))


def compose(
    material: Material,
    *,
    name: str,
    went_out: Sequence[Line],
    came_of_it: Sequence[Line],
    against_before: Sequence[Line],
    advice: Sequence[Advice],
    was_compared: bool,
) -> Letter:
    """The letter of one week."""
    letter = Letter()
    letter.heading(f"{plain(name)}: {_days(material.week)}", level=1)
    letter.say("This is what became of your posts. A note at the end names the stored rows behind each number.")
    if remark := _simulation(material):
        letter.say(remark)
    letter.heading("What went out")
    letter.list(went_out, otherwise=_NOTHING_OUT)
    letter.heading("What came of it")
    letter.list(came_of_it, otherwise=_NOTHING_OUT)
    letter.heading("Compared with the week before")
    letter.list(against_before, otherwise=_TOO_FEW)
    letter.heading("What I would change")
    letter.list([_advised(one) for one in advice], otherwise=_NO_ADVICE if was_compared else _NO_COMPARISON)
    if advice:
        letter.say("These are proposals. Nothing changes unless you accept them.")
    return letter


def plain(words: str) -> str:
    """Text from outside, without anything that Markdown or HTML would act on."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|!~&" else letter for letter in " ".join(words.split()))


def _advised(advice: Advice) -> Line:
    return Line(f"{advice.recommendation.change} {advice.line.text}", advice.line.insights)


def _simulation(material: Material) -> str:
    simulated = {one.is_simulated for one in (*material.published, *material.recent)}
    if simulated == {True}:
        return (
            "**All audience numbers in this letter are simulated:** they come from the sandbox network and say nothing "
            "about real people."
        )
    if True in simulated:
        return "Numbers from accounts of the sandbox network are *simulated*, and are marked so wherever they appear."
    return ""


def _days(week: Week) -> str:
    first, last = (spoken(day).replace(" ", "\N{NO-BREAK SPACE}") for day in (week.monday, week.sunday))
    return f"the week from {first} to {last}"


def _note(number: int, insight: KeyInsight) -> str:
    shown = ", ".join(f"`{row}`" for row in insight.rows[:_ROWS_SHOWN])
    more = "" if len(insight.rows) <= _ROWS_SHOWN else f", and the others in key insight {number}"
    metric = insight.metric.replace("`", "'")
    return f"[^{number}]: `{metric}` from {shown}{more}"
