"""What an amount of money is in, and what it is paid for: "$9 per user and month" is {"$", "user", "month"}."""

# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re

_CURRENCIES = {
    "$": "$ usd dollar dollars dólares dolares dólar",
    "€": "€ eur euro euros",
    "£": "£ gbp pound pounds",
    "¥": "¥ jpy",
    "₹": "₹ inr",
    "R$": "r$ brl reais",
    "peso": "mxn peso pesos",
}
_CURRENCY_OF = {word: sign for sign, words in _CURRENCIES.items() for word in words.split()}
_SIGN = re.compile(r"[^\W\d]{2,}|[$€£¥₹₽₩₺]")
_SPANS = {
    "hour": "hour hours hr h stunde hora heure",
    "day": "day daily tag täglich día dia diario jour",
    "week": "week weekly woche wöchentlich semana semaine hebdomadaire",
    "month": "month monthly mo monat monatlich mes mensual mois mensuel mês mensal mensais mensuales mensuels",
    "quarter": "quarter quarterly quartal trimestre",
    "year": "year yearly annual annually annum yr jahr jährlich año anual an annuel ano anuais anuales annuels",
    "user": "user seat person head member employee nutzer nutzerin platz person kopf mitarbeiter usuario persona"
    " utilisateur personne usuário pessoa",
    "order": "order booking ticket transaction bestellung buchung pedido commande reserva",
}
_SPAN_OF = {word: span for span, words in _SPANS.items() for word in words.split()}
_NAMES = "|".join(sorted(_SPAN_OF, key=len, reverse=True))
_PER = re.compile(
    r"(?:/\s?|\b(?:per|pro|je|an?|each|every|im|am|al?|por|par|ao|à|the|and|und|y|et|e|billed)\s(?:the |la |el |o |a )?)"
    rf"(?P<one>{_NAMES})\b|(?P<adverb>\b(?:\w+ly|\w+lich|annu(?:al|m)|mensua?l(?:es)?|anua?(?:l|les|is)|mensa(?:l|is)|mensuels?|annuels?)\b)",
    re.IGNORECASE,
)
_BEHIND = 50
_END = re.compile(r"[.!?;\n](?:\s|$)|\d")


def terms(text: str, start: int, end: int) -> frozenset[str]:
    """The currency of the amount at the place, and what it is paid for."""
    behind = text[end : end + _BEHIND]
    first = _END.search(behind)
    named = _PER.finditer(behind[: first.start()] if first else behind)
    spans = {_SPAN_OF.get((one["one"] or one["adverb"]).casefold(), "") for one in named}
    return frozenset({_currency(text, start, end), *spans} - {""})


def is_same_price(said: frozenset[str], known: frozenset[str]) -> bool:
    """Whether the currency is the same, and so is what is paid for, where the claim says it."""
    signs = frozenset(_CURRENCIES)
    return said & signs == known & signs and (said <= signs or said == known)


def _currency(text: str, start: int, end: int) -> str:
    found = next((word for word in _SIGN.findall(text[start:end].casefold()) if word in _CURRENCY_OF), "")
    return "R$" if found == "$" and text[max(0, start - 1) : start].casefold() == "r" else _CURRENCY_OF.get(found, "")
