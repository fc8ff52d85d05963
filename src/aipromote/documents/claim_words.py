"""The words by which a claim is recognised, by language. Numbers need no words: see `claims`."""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re

SUPERLATIVES = {
    "en": (
        r"(?<!at )\b(?:best(?! practices?\b| regards\b| wishes\b| effort\b)|fastest|cheapest|easiest|simplest|safest|smartest"
        r"|largest|biggest|greatest|strongest|leading|world[- ]class|unrivall?ed|unbeatable|market leader)\b"
        r"|\bmost (?!of\b|people\b|teams\b|days\b|likely\b|often\b|companies\b|users\b)(?:\w+(?:ful|able|ible|ive|ent|ant|ed"
        r"|ous|al)|popular|secure|accurate|reliable)\b|\bnumber one\b|(?<!\w)(?:#|no\. ?)1\b"
    ),
    "de": (
        r"\b(?:beste[nrsm]?|(?:schnell|günstig|billig|einfach|sicher|klüg|groß|größ|stärk|führend|modern|innovativ)st?e[nrsm]?"
        r"(?<=ste|ten|ter|tes|tem)|führende[nrsm]?|marktführer(?:in)?|weltklasse|einzigartig\w*|unschlagbar\w*|einzige[nrsm]?)\b"
        r"|\bam (?:besten|schnellsten|günstigsten|einfachsten|sichersten)\b|\b(?:nummer eins|nr\. ?1)\b"
    ),
    "es": (
        r"\b(?:el|la|los|las) mejor(?:es)?\b|\bl[ií]der(?:es)?\b|\b(?:el|la|los|las) (?:\w+ )?m[áa]s \w+\b"
        r"|\bn[úu]mero uno\b|\b(?:el|la) [úu]nic[oa]\b|\binigualable\b"
    ),
    "fr": (
        r"\b(?:le|la|les) meilleure?s?\b|\bleaders?\b|\b(?:le|la|les) plus \w+\b|\bnum[ée]ro un\b"
        r"|\b(?:le seul|la seule)\b|\bin[ée]galée?s?\b"
    ),
    "pt": (
        r"\b(?:o|a|os|as) melhor(?:es)?\b|\bl[ií]der(?:es)?\b|\b(?:o|a|os|as) (?:\w+ )?mais \w+\b"
        r"|\bn[úu]mero um\b|\b(?:o [úu]nico|a [úu]nica)\b|\bincompar[áa]vel\b"
    ),
}
COMPARISONS = {
    "en": (
        r"\b(?:better|faster|cheaper|easier|safer|simpler|smarter|bigger|stronger|quicker|fewer|(?:more|less) \w+) than\b"
        r"|\bunlike (?!many\b)\w+|\bcompared (?:to|with)\b|\boutperforms?\b|\b(?:twice|double|triple|half) (?:as|the)\b"
    ),
    "de": (
        r"\b(?:besser|schneller|günstiger|billiger|leichter|einfacher|sicherer|größer|kleiner|stärker|weniger|höher) als\b"
        r"|\bim (?:vergleich|gegensatz) zu\b|\b(?:doppelt|dreimal|halb) so\b"
    ),
    "es": r"\b(?:mejor|peor|(?:m[áa]s|menos) \w+) que\b|\ba diferencia de\b|\ben comparaci[óo]n con\b|\bel doble de\b",
    "fr": (
        r"\b(?:mieux|meilleure?s?|(?:plus|moins) \w+) qu(?:e\b|['’])|\bcontrairement [àa]\b|\bcompar[ée]e?s? [àa]\b"
        r"|\bdeux fois plus\b"
    ),
    "pt": r"\b(?:melhor|pior|(?:mais|menos) \w+) (?:do )?que\b|\bao contr[áa]rio d[eoa]s?\b|\bcomparado (?:a|com)\b|\bo dobro d[eoa]\b",
}
GUARANTEES = {
    "en": r"\bguarantee[ds]?\b|\brisk[- ]free\b|\bno risk\b|\bnever fails?\b|\balways works?\b|\bmoney[- ]back\b",
    "de": r"\bgarantie(?:r\w*|n)?\b|\brisikofrei\w*|\bohne (?:jedes )?risiko\b|\bversagt nie\b",
    "es": r"\bgarant[ií](?:a|as|z\w+)\b|\bsin (?:ning[úu]n )?riesgos?\b|\bnunca falla\b",
    "fr": r"\bgaranti\w*|\bsans (?:aucun )?risques?\b|\bne tombe jamais\b",
    "pt": r"\bgarant\w+|\bsem (?:nenhum )?riscos?\b|\bnunca falha\b",
}
NEGATIONS = re.compile(
    r"\b(?:no|not|never|cannot|can['’]t|don['’]t|doesn['’]t|without|kein\w*|nicht|ohne|sin|sans|sem|não|ne|pas|aucun\w*"
    r"|ning[úu]n\w*|nenhum\w*)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
MONTHS = (
    r"jan\w*|feb\w*|f[ée]v\w*|mar\w*|mär\w*|apr\w*|abr\w*|avr\w*|mai\w*|may\w*|jun\w*|juin|jul\w*|juil\w*|aug\w*|ago\w*"
    r"|ao[ûu]t|sep\w*|set\w*|o[ck]t\w*|out\w*|nov\w*|de[czs]\w*|d[ée]c\w*|dici\w*|ene\w*"
)
PERCENT = r"%|٪|percent|per cent|prozent|por ciento|pour cent|por cento|パーセント"
MULTIPLE = r"x\b|×|[- ]?fold\b|[- ]?fach\w*|times\b|mal\b|veces\b|fois\b|vezes\b|倍"
CURRENCY = r"[$€£¥₹₽₩₺]|(?:usd|eur|gbp|chf|jpy|brl|mxn|inr|euros?|dollars?|pounds?|d[óo]lares|reais|pesos)\b"
