"""Numbers that are written as words, by language: "three times", "half of", "dozens of", "two hours"."""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from dataclasses import dataclass

_VALUES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30, 40, 50)
_WRITTEN = {
    "en": "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf fünfzehn zwanzig dreißig vierzig fünfzig",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cuarenta cincuenta",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente quarante cinquante",
    "pt": "dois três quatro cinco seis sete oito nove dez onze doze quinze vinte trinta quarenta cinquenta",
}
UNITS = {language: dict(zip(written.split(), _VALUES, strict=True)) for language, written in _WRITTEN.items()}
UNITS["pt"]["duas"] = 2
_TIMES = {"en": r" times", "de": r"[- ]?mal", "es": r" veces", "fr": r" fois", "pt": r" vezes"}
_LESS = r"(?= (?:less|fewer|more|faster|quicker|cheaper|lower|higher|shorter|smaller|larger|bigger)\b)"
_RELY = r"(?= (?:already |now |have )?(?:love|use|trust|rely|chose|choose|switched|joined|swear)\b)"
_MULTIPLES = {
    "en": {
        "2": r"twice(?! (?:a|an|per)\b)|doubl(?:ed|es|ing)(?! as\b)|double(?= (?:the|our|your|their|as)\b)",
        "3": r"tripl(?:ed|es|ing|e)",
        "4": r"quadrupl(?:ed|es|e)",
        "0.5": r"halved?s?(?<!half)|halving|(?:in|by) half(?! (?:the|of|our|your|their|an?)\b)",
        "10": "tenfold",
    },
    "de": {
        "2": r"verdoppel\w*|doppelt so",
        "3": r"verdreifach\w*",
        "4": r"vervierfach\w*",
        "0.5": r"halbier\w*|halb so",
        "10": r"verzehnfach\w*",
    },
    "es": {"2": r"duplic\w+|el doble de", "3": r"triplic\w+|el triple de", "0.5": r"(?:a|por) la mitad"},
    "fr": {
        "2": r"doublée?s?|double(?:nt|r)?(?= (?:le|la|les|vos|votre|nos|notre)\b)|deux fois",
        "3": r"triplée?s?|triple(?:nt|r)?",
        "0.5": r"divisée?s? par deux|de moitié",
    },
    "pt": {
        "2": r"dobr(?:ou|amos|aram|a|e)\b|duplic\w+|o dobro d[eoa]s?",
        "3": r"triplic\w+|o triplo d[eoa]s?",
        "0.5": r"(?:pela|à) metade",
    },
}
_FRACTIONS = {
    "en": {
        "50": r"half (?:of|the|our|your|their|as)",
        "33": rf"(?:a |one[- ])?third of|(?:a|one)[- ]third{_LESS}|by (?:a|one)[- ]third",
        "67": rf"two[- ]thirds of|two[- ]thirds{_LESS}|by two[- ]thirds",
        "25": rf"(?:a |one[- ])?quarter of|(?:a|one)[- ]quarter{_LESS}|by (?:a|one)[- ]quarter",
        "75": rf"three[- ]quarters of|three[- ]quarters{_LESS}|by three[- ]quarters",
    },
    "de": {
        "50": r"(?:die |der )?hälfte",
        "33": r"ein(?:em|es)? drittel",
        "67": r"zwei drittel",
        "25": r"ein(?:em|es)? viertel(?! ?stunde)",
        "75": r"drei viertel",
    },
    "es": {
        "50": r"(?<!por la )(?<!a la )mitad (?:de|del)",
        "33": r"(?:un |una )?terc(?:io|era parte) (?:de|del|menos|más)",
        "67": r"dos tercios",
        "25": r"(?:un |una )?cuart[oa] (?:parte )?(?:de|del|menos|más)(?! hora)",
    },
    "fr": {
        "50": r"(?<!de )moitié (?:des?|du)(?! moins\b)|moitié moins",
        "33": r"un tiers",
        "67": r"deux tiers",
        "25": r"un quart (?:de|des|du)(?! heure)",
        "75": r"trois quarts",
    },
    "pt": {
        "50": r"(?<!pela )(?<!à )metade d[aeo]s?",
        "33": r"um terço",
        "67": r"dois terços",
        "25": r"um quarto (?:d[aeo]s?|menos|mais)(?! hora)",
    },
}
_VAGUE = {
    "en": {
        ">24": r"dozens of|by (?:the )?dozens?(?! of)",
        ">200": rf"hundreds of|by (?:the )?hundreds?(?! of)|hundreds{_RELY}",
        ">2000": rf"thousands of|by (?:the )?thousands?(?! of)|thousands{_RELY}",
        ">2000000": rf"millions of|by (?:the )?millions(?! of)|millions{_RELY}",
        "1": r"an(?= hour (?:a|per|every|each) (?:day|week|month)\b)",
    },
    "de": {
        "1": r"einer?(?= stunde (?:am tag|pro tag|pro woche|pro monat|in der woche|die woche|im monat|täglich|jeden tag)\b)",
        ">24": r"dutzende(?:n|r)?",
        ">200": r"hunderte(?:n|r)?",
        ">2000": r"tausende(?:n|r)?",
        ">2000000": r"millionen(?= [^\W\d])",
    },
    "es": {
        ">24": r"(?:decenas|docenas) de",
        ">200": r"(?:cientos|centenares) de|por (?:cientos|centenares)(?! de)",
        ">2000": r"miles de|por miles(?! de)",
        ">2000000": r"millones de",
        "1": r"una(?= hora (?:al|por|cada|a la) (?:día|semana|mes)\b)",
    },
    "fr": {
        ">24": r"(?:dizaines|douzaines) d(?:e\b|es\b|['’])",
        ">200": r"centaines d(?:e\b|es\b|['’])|par centaines(?! d(?:e\b|es\b|['’]))",
        ">2000": r"milliers d(?:e\b|es\b|['’])|par milliers(?! d(?:e\b|es\b|['’]))",
        "1": r"une(?= heure par (?:jour|semaine|mois)\b)",
        ">2000000": r"millions d(?:e\b|es\b|['’])",
    },
    "pt": {
        ">24": r"(?:dezenas|dúzias) de",
        ">200": r"centenas de|por centenas(?! de)",
        ">2000": r"milhares de|por milhares(?! de)",
        ">2000000": r"milhões de",
        "1": r"uma(?= hora (?:por|ao|a cada) (?:dia|semana|mês)\b)",
    },
}
_COUNTED = {
    "en": r"customers?|clients?|users?|teams?|companies|countries|cities|offices|people|employees|engineers|founders|patients|students|hours|minutes|seconds|days|weeks|months|years|million|billion|thousand|percent",
    "de": r"kund(?:en|innen)|nutzer\w*|teams|firmen|unternehmen|länder\w*|städte\w*|büros|leute|mitarbeiter\w*|gründer\w*|patient\w*|stunden|minuten|sekunden|tagen?|wochen|monaten?|jahren?|millionen|milliarden|prozent",
    "es": r"clientes|usuari[oa]s|equipos|empresas|países|ciudades|oficinas|personas|emplead[oa]s|fundador[ea]s|pacientes|horas|minutos|segundos|días|semanas|meses|años|millones|mil|por ciento",
    "fr": r"clients|utilisat\w+|équipes|entreprises|pays|villes|bureaux|personnes|salariés|fondat\w+|patients|heures|minutes|secondes|jours|semaines|mois|ans|années|millions|mille|pour cent",
    "pt": r"clientes|usuári[oa]s|equipes|empresas|países|cidades|escritórios|pessoas|funcionári[oa]s|fundador[ea]s|pacientes|horas|minutos|segundos|dias|semanas|meses|anos|milhões|mil|por cento",
}
_THANKS = r"(?! (?:thanks|thank|mercis?|gracias|dank|vezes|times|apologies|besos)\b)"
_BEFORE = r"(?<!last )(?<!past )(?<!next )(?<!vor )(?<!hace )(?<!y a )(?<!há )(?<!nach )(?<!letzten )(?<!últimos )(?<!últimas )"
_AGO = r"(?! (?:\w+ )?(?:ago|later|earlier|später|atrás|plus tard|depois|después)\b)"


@dataclass(frozen=True, slots=True)
class WordedNumbers:
    """The expressions of one language, and what the words mean."""

    multiple: re.Pattern[str]
    fraction: re.Pattern[str]
    count: re.Pattern[str]
    units: dict[str, int]
    multiples: tuple[tuple[re.Pattern[str], str], ...]
    fractions: tuple[tuple[re.Pattern[str], str], ...]
    vague: tuple[tuple[re.Pattern[str], str], ...]


def meaning(found: str, meanings: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    """The value of the words."""
    return next((value for pattern, value in meanings if pattern.fullmatch(found)), found.casefold())


def _built(language: str) -> WordedNumbers:
    units, times = "|".join(sorted(UNITS[language], key=len, reverse=True)), _TIMES[language]
    multiples = {**_MULTIPLES[language]}
    named = "|".join(f"(?:{pattern})" for pattern in multiples.values())
    fractions = "|".join(_FRACTIONS[language].values())
    vague = "|".join(_VAGUE[language].values())
    multiple = rf"\b(?:(?P<unit>{units}){times}(?! (?:a|an|per|por|par|pro|am|im)\b)(?! obrigad)|{named})(?!\w)"
    count = rf"\b(?:{vague}){_THANKS}|{_BEFORE}\b(?P<unit>{units})[ -](?P<counted>{_COUNTED[language]})\b{_AGO}"
    fraction = rf"\b(?:{fractions})(?!\w)"
    return WordedNumbers(
        multiple=re.compile(multiple, re.IGNORECASE),
        fraction=re.compile(fraction, re.IGNORECASE),
        count=re.compile(count, re.IGNORECASE),
        units=UNITS[language],
        multiples=_meanings(multiples),
        fractions=_meanings(_FRACTIONS[language]),
        vague=_meanings(_VAGUE[language]),
    )


def _meanings(patterns: dict[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    # What looks behind or ahead has nothing to look at in the words alone.
    return tuple(
        (re.compile(re.sub(r"\(\?(?:[!=]|<!)(?:[^()]|\([^()]*\))*\)", "", pattern), re.IGNORECASE), value)
        for value, pattern in patterns.items()
    )


WORDED = {language: _built(language) for language in UNITS}
