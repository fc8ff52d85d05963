"""What a claim is about: the words around it that count, in a form that does not depend on their endings.

Which way a number goes counts by itself: "40 % fewer tickets" and "40 % more tickets" are about the same and differ.
"""
# ruff: noqa: E501, SIM905 -- a list of words is read as a whole

from __future__ import annotations

import re
from functools import lru_cache

DOWN, UP = "-", "+"
_NEAR = 2
_AFTER = 3
_WORD = re.compile(r"[^\W\d_][^\W_]{1,}")
_CLAUSE_END = re.compile(r"[.!?;:\n…(—–]|, (?:and|but|while|und|aber|y|pero|et|mais|e|mas)\b|,(?= )")
_ENDINGS = (
    "ments",
    "ungen",
    "mente",
    "ings",
    "ment",
    "ung",
    "ing",
    "ers",
    "ern",
    "ies",
    "es",
    "ed",
    "er",
    "en",
    "em",
    "as",
    "os",
    "s",
    "e",
    "n",
    "o",
    "a",
)
_STOP = frozenset(  # words, not a list of them: it reads as text
    "the and for with from that this our your their his her its are was were been has have had will can could would more than just over only into also very"
    " you they she who which what when where while how all any each every about after before now today yet still already even not but per one get got make"
    " let new use uses used using month months week weeks quarter first last year years day us we by of on in to at an as is it or so up"
    " der die das den dem des ein eine einen einem einer eines und oder mit von für auf aus bei nach seit durch im ist sind war waren wird werden hat haben wir"
    " unser unsere unseren unserem ihr ihre euer eure sich nur schon noch auch sehr mehr als pro monat monaten woche wochen jahr jahre jahren quartal tag ersten am um zu"
    " el la los las un una unos unas de del en con por para que es son fue era ha han se su sus nuestro nuestra nuestros nuestras ya más muy mes meses semana semanas año años"
    " trimestre primer día le les des du dans avec pour par est sont était ont nos notre vos votre leur déjà plus très mois semaine semaines an ans année jour premier nous vous qui"
    " os as uma ao da do das dos no na nos nas com foi são seu sua nosso nossa nossos nossas já mais mês semanas ano anos dia primeiro dobro"
    " percent prozent ciento cent cento times mal veces fois vezes fold".split()
)
_WAYS = {
    DOWN: "fewer less lower reduce reduced reduces reducing reduction cut cuts cutting drop dropped decrease decreased decreases save saves saved saving savings fell down shorter"
    " weniger geringer senkt senken senkte gesenkt reduziert reduzieren spart sparen gespart niedriger sank menos reduce reducen redujo reducción reducir ahorra ahorran ahorro ahorrar bajó baja"
    " moins réduit réduire réduisent réduction baisse baissé économise économisent économiser économies reduz reduziram reduziu reduzir economiza economizam economizar economia caiu",
    UP: "more greater higher increase increased increases increasing grew grow grown growth rise rose boost boosted boosts up"
    " mehr höher steigert steigern gesteigert steigerte gestiegen stieg wuchs gewachsen wachstum aumenta aumentó aumentaron aumento creció crecieron crecimiento subió"
    " augmente augmenté augmentation croissance hausse aumentou aumentaram cresceu cresceram crescimento subiu",
}
_WAY_OF = {word: way for way, words in _WAYS.items() for word in words.split()}
_SAME = (
    "cheap cost price pricing bill spend expensive günstig billig kosten preis barato costo coste precio gasto cher coût prix barato custo preço",
    "fast quick speed rapid schnell tempo rápido velocidad rapide vitesse veloz",
    "uptime availability available verfügbarkeit disponibilidad disponibilité disponibilidade",
    "customer client kunde kundin cliente",
    "company business firm unternehmen betrieb firma empresa entreprise",
    "answer reply response antwort respuesta réponse resposta",
    "employee staff mitarbeiter empleado empleada salarié funcionário",
    "people leute personas personnes pessoas",
    "team equipo équipe equipe",
)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The word without its ending, or the group of words that mean the same here."""
    bare = _bare(word)
    return _GROUPS.get(bare, bare)


def _bare(word: str) -> str:
    word = word.casefold()
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:  # noqa: PLR2004 -- what is left must still be a word
            word = word.removesuffix(ending)
            break
    return word[:8]


_GROUPS = {_bare(word): _bare(words.split()[0]) for words in _SAME for word in words.split()}


@lru_cache(maxsize=2048)
def subjects(passage: str) -> tuple[str, ...]:
    """The words of a passage that count, in their order; DOWN and UP stand for the words that mean these."""
    found = []
    for match in _WORD.finditer(passage):
        word = match[0].casefold()
        if way := _WAY_OF.get(word):
            found.append(way)
        elif word not in _STOP:
            found.append(stem(word))
    return tuple(found)


def counts(word: str) -> bool:
    """Whether a word in small letters is one that says what a passage is about."""
    return word not in _STOP and word not in _WAY_OF


def around(text: str, start: int, end: int) -> tuple[str, frozenset[str]]:
    """The word that counts behind the place, and those near it: two before, three behind, in its own clause."""
    before, after = sides(text, start, end)
    left, right = subjects(before), subjects(after)
    near = (
        (*left[-_NEAR - 1 :], *right[: _AFTER + 1])
        if {DOWN, UP} & {*left, *right}
        else (*left[-_NEAR:], *right[:_AFTER])
    )
    head = next((word for word in right if word not in {DOWN, UP}), "")
    return head, frozenset(near)


def clause_at(text: str, start: int, end: int) -> str:
    """The clause around a place, without the place itself."""
    return " ".join(sides(text, start, end))


def sides(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind a place, in its own clause."""
    low = max(0, start - 160)
    before, after = text[low:start], text[end : end + 160]
    begin = max((found.end() for found in _CLAUSE_END.finditer(before)), default=0)
    first = _CLAUSE_END.search(after)
    return before[begin:], after[: first.start()] if first else after
