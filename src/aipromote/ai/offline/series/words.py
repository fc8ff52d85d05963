"""The words of series in each language that has a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aipromote.ai.offline.series.templates import Role, Template
from aipromote.documents.phrases import language_of


@dataclass(frozen=True)
class SeriesWords:
    """`names` may hold `{name}`, the startup's."""

    names: Mapping[Template, str]
    roles: Mapping[Role, str]


HEADING = "{series} · {number}/{total}"
"""The first line of each part, in any language."""


def heading(series: str, number: int, total: int) -> str:
    """That of one part."""
    return HEADING.format(series=series, number=number, total=total)


_T, _R = Template, Role
_ENGLISH = SeriesWords(
    names={
        _T.LESSONS: "What we learned building {name}",
        _T.FOUNDER_LOG: "Founder log",
        _T.CUSTOMER_STORIES: "Customer stories",
        _T.BEHIND: "Behind {name}",
        _T.QUESTIONS: "Question of the week",
    },
    roles={
        _R.WHY: "What it is", _R.PROBLEM: "A problem", _R.JOB: "What people want to get done",
        _R.ANSWER: "A decision", _R.PROOF: "What we can show", _R.FOUNDER: "Who builds it",
        _R.STORY: "A customer", _R.QUESTION: "A question",
    },
)  # fmt: skip
_GERMAN = SeriesWords(
    names={
        _T.LESSONS: "Was wir mit {name} gelernt haben",
        _T.FOUNDER_LOG: "Aus dem Gründertagebuch",
        _T.CUSTOMER_STORIES: "Geschichten von Kunden",
        _T.BEHIND: "Hinter {name}",
        _T.QUESTIONS: "Frage der Woche",
    },
    roles={
        _R.WHY: "Was es ist", _R.PROBLEM: "Ein Problem", _R.JOB: "Was gelingen soll",
        _R.ANSWER: "Eine Entscheidung", _R.PROOF: "Was wir zeigen können", _R.FOUNDER: "Wer es baut",
        _R.STORY: "Ein Kunde", _R.QUESTION: "Eine Frage",
    },
)  # fmt: skip
_SPANISH = SeriesWords(
    names={
        _T.LESSONS: "Lo que aprendimos con {name}",
        _T.FOUNDER_LOG: "Diario de fundación",
        _T.CUSTOMER_STORIES: "Historias de clientes",
        _T.BEHIND: "Detrás de {name}",
        _T.QUESTIONS: "La pregunta de la semana",
    },
    roles={
        _R.WHY: "Qué es", _R.PROBLEM: "Un problema", _R.JOB: "Lo que la gente quiere lograr",
        _R.ANSWER: "Una decisión", _R.PROOF: "Lo que podemos mostrar", _R.FOUNDER: "Quién lo hace",
        _R.STORY: "Un cliente", _R.QUESTION: "Una pregunta",
    },
)  # fmt: skip
_FRENCH = SeriesWords(
    names={
        _T.LESSONS: "Ce que nous avons appris avec {name}",
        _T.FOUNDER_LOG: "Carnet de bord",
        _T.CUSTOMER_STORIES: "Histoires de clients",
        _T.BEHIND: "Les coulisses de {name}",
        _T.QUESTIONS: "La question de la semaine",
    },
    roles={
        _R.WHY: "Ce que c’est", _R.PROBLEM: "Un problème", _R.JOB: "Ce que l’on veut accomplir",
        _R.ANSWER: "Une décision", _R.PROOF: "Ce que nous pouvons montrer", _R.FOUNDER: "Qui le construit",
        _R.STORY: "Un client", _R.QUESTION: "Une question",
    },
)  # fmt: skip
_PORTUGUESE = SeriesWords(
    names={
        _T.LESSONS: "O que aprendemos com {name}",
        _T.FOUNDER_LOG: "Diário de fundação",
        _T.CUSTOMER_STORIES: "Histórias de clientes",
        _T.BEHIND: "Por trás de {name}",
        _T.QUESTIONS: "A pergunta da semana",
    },
    roles={
        _R.WHY: "O que é", _R.PROBLEM: "Um problema", _R.JOB: "O que as pessoas querem resolver",
        _R.ANSWER: "Uma decisão", _R.PROOF: "O que podemos mostrar", _R.FOUNDER: "Quem o faz",
        _R.STORY: "Um cliente", _R.QUESTION: "Uma pergunta",
    },
)  # fmt: skip
WORDS = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH, "fr": _FRENCH, "pt": _PORTUGUESE}
_NEUTRAL = SeriesWords(names=dict.fromkeys(Template, "{name}"), roles=dict.fromkeys(Role, ""))
"""Without words: the startup's name, and numbers."""


def words_for(tag: str) -> SeriesWords:
    """Those of a language tag ("pt-BR"), or the neutral ones."""
    return WORDS.get(language_of(tag), _NEUTRAL)
