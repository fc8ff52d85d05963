"""Names of customers: "trusted by Acme", "Acme uses us", "customers like Acme", by language.

A name is a row of words with capitals. A word that begins a sentence has one, too, and in German every noun: so names
count only in the places where a customer is named, and never words that stand for a kind of customer.
"""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from aipromote.documents.claims.hedges import hedges, is_denied
from aipromote.documents.claims.kinds import Claim, ClaimKind
from aipromote.documents.claims.silence import BLANK
from aipromote.documents.claims.subjects import sides
from aipromote.documents.phrases import language_of
from aipromote.documents.vocabulary import Platform

WORD = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w’'\-]{1,40}"
NAME = rf"{WORD}(?: (?:&|of|der|des|de|del|da|do|du) {WORD}| {WORD}| & {WORD}){{0,3}}"
_AND = r"(?:,? (?:and|und|y|e|et|or|sowie) |, )"
_LIST = rf"(?P<names>{NAME}(?:{_AND}{NAME}){{0,7}})"
US = {
    "en": rf"(?:us|our|{BLANK})",
    "de": rf"(?:uns|unser\w*|auf (?:uns|unser\w*|{BLANK})|{BLANK})",
    "es": rf"(?:nosotros|nuestr\w+|{BLANK})",
    "fr": rf"(?:notre|nos|nous|{BLANK})",
    "pt": rf"(?:nós|noss\w+|a gente|{BLANK})",
}
_LISTS = {
    "en": (
        r"\b(?i:(?:trusted|used|loved|chosen|preferred) (?:daily |every day )?by(?: (?:companies|teams|brands|people) (?:like|at|such as))?"
        r"|(?:customers?|clients|companies|brands|teams|startups|partners) (?:like|such as|including)|work(?:ing|ed)? (?:closely )?with|(?:our|new|a) (?:newest |first |latest )?(?:customer|client)s?:?"
        r"|(?:teams|people|folks|engineers|friends|everyone) at|case study:? how|success story:? how|welcome(?: aboard)?,?) "
    ),
    "de": (
        r"\b(?i:kund(?:en|innen) wie|firmen wie|marken wie|partner wie|arbeiten (?:\w+ )?mit|fallstudie:? wie|erfolgsgeschichte:? wie|unser(?:en)? (?:neue[rn]? )?kunden?:?|teams bei) "
    ),
    "es": r"\b(?i:clientes como|empresas como|marcas como|trabajamos con|caso de éxito:? cómo|nuestro (?:nuevo )?cliente:?|equipos de) ",
    "fr": r"\b(?i:clients comme|entreprises comme|marques comme|travaillons avec|étude de cas ?:? ?comment|notre (?:nouveau )?client ?:?|équipes de) ",
    "pt": r"\b(?i:clientes como|empresas como|marcas como|trabalhamos com|(?:estudo de caso|caso de sucesso):? como|nosso (?:novo )?cliente:?|equipes d[ao]) ",
}
_VERBS = {
    "en": r"(?i:uses?|using|switched to|relies on|rely on|runs? on|trusts?|chose|picked|moved to|joined)",
    "de": r"(?i:nutzt|nutzen|verwendet|vertraut|vertrauen|setzt auf|setzen auf|wechselt zu|arbeitet mit)",
    "es": r"(?i:usan?|utilizan?|conf[ií]an? en|eligi[óo]|se pasó a|trabaja con)",
    "fr": r"(?i:utilise(?:nt)?|fait confiance à|font confiance à|nous fait confiance|nous font confiance|a choisi|travaille avec)",
    "pt": r"(?i:usam?|utilizam?|confiam? em|escolheu|migrou para|trabalha com)",
}
_TOOLS = {
    "slack",
    "notion",
    "github",
    "google",
    "excel",
    "stripe",
    "zapier",
    "figma",
    "chatgpt",
    "openai",
    "claude",
    "whatsapp",
    "shopify",
    "wordpress",
    "x",
}
_PLATFORMS = frozenset({name.casefold() for platform in Platform for name in (platform.value, platform.label)} | _TOOLS)
_KINDS = re.compile(
    r"(?:hier|da|dort|so|jetzt|heute|was|wer|which|what|nothing|here|there|now|quien|qui|que|tout|nada|nichts|we|i|you|they|he|she|it|everyone|everybody|nobody|somebody|who|our|your|their|the|this|that|these|those|a|an|some|many|most|all|teams|customers|clients"
    r"|people|companies|developers|founders|users|agencies|startups|kunden|kundinnen|nutzer|teams|wir|ihr|sie|du|er|es|man|niemand|jeder|alle|viele|menschen"
    r"|unternehmen|betriebe|firmen|handwerker|praxen|schulen|vereine|agenturen|kliniken|start-ups|leidenschaft|herz|hochdruck|liebe|nosotros|ustedes|ellos|clientes"
    r"|nous|vous|ils|elles|on|clients|nós|vocês|eles|elas|quem|todos|tú|você|eu|yo|je|ich|\w+(?:eien|ungen|innen|schaften|heiten|keiten|ereien|ende))",
    re.IGNORECASE,
)
_SEPARATE = re.compile(_AND)


def _built(language: str) -> tuple[re.Pattern[str], ...]:
    us, verbs = US[language], _VERBS[language]
    if language == "fr":
        user = rf"(?P<names>{NAME}) (?:nous (?i:fait|font) confiance|{verbs} {us})"
    elif language == "de":
        user = rf"(?P<names>{NAME}) {verbs} (?:seit \w+ )?(?:auf )?{us}"
    else:
        user = rf"(?P<names>{NAME}) {verbs} {us}"
    return re.compile(_LISTS[language] + _LIST), re.compile(rf"(?<![\w{BLANK}]){user}")


_USES = {
    language: re.compile(
        rf"(?:,? (?:and|und|y|e|et) {NAME})?(?: (?:a|has|have|hat|nous|already|now|bereits|ya|déjà|já))? ?\b{verbs}(?!\w)"
    )
    for language, verbs in _VERBS.items()
}
_CUSTOMER = re.compile(
    r"\b(?:customers?|clients?|references?|case study|success story|kund(?:en?|in|innen)|referenz\w*|fallstudie|clientes?|referencia|cas client)\b",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"\b(?:declin\w+|refus\w+|reject\w+|cancel\w*|left us|quit|lost|former|ex-?customer|competitors?|churned|terminated|stopped"
    r"|abgelehnt|lehnt\w*|gekündigt|kündigt\w*|verloren|ehemalig\w*|wettbewerber\w*|rechaz\w+|cancel\w+|perdi\w+|antigu[oa]s?|ancien\w*|perdu\w*"
    r"|résili\w+|recus\w+|antig[oa]s?|concorrentes?|concurrents?|competidor\w*)(?!\w)",
    re.IGNORECASE,
)


_PATTERNS = {language: _built(language) for language in _LISTS}


def find_customers(text: str, *, language: str) -> Iterator[Claim]:
    """The names in the places where a customer is named. The key is the name in lower case."""
    seen: set[int] = set()
    for pattern in _PATTERNS.get(language, ()):
        for found in pattern.finditer(text):
            at = found.start("names")
            for start, end in _parts(found["names"]):
                name = found["names"][start:end]
                if at + start not in seen and not is_no_customer(name):
                    seen.add(at + start)
                    yield Claim(ClaimKind.CUSTOMER, at + start, at + end, name.casefold())


@lru_cache(maxsize=4096)
def names_customer(statement: str, name: str, *, language: str, is_known: bool) -> bool:
    """Whether a fact says that the name (any case) is a customer's. `is_known`: it is kept as a fact of a customer.

    The fact need not speak of us: "Northwind runs on Pagerlane". No fact that says "not", or that they left, does.
    """
    for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", statement, re.IGNORECASE):
        before, after = sides(statement, *found.span())
        clause = f"{before} {after}"
        if _LEFT.search(clause):
            continue
        if is_known:
            return True
        if hedges(statement, *found.span(), language) or is_denied(statement, len(statement), len(statement), language):
            continue
        verb = _USES[language_of(language)].match(after)
        if (
            verb
            or _CUSTOMER.search(clause)
            or any(one.key == name for one in find_customers(statement, language=language_of(language)))
        ):
            return True
    return False


def _parts(names: str) -> Iterator[tuple[int, int]]:
    start = 0
    for between in _SEPARATE.finditer(names):
        yield start, between.start()
        start = between.end()
    yield start, len(names)


def is_no_customer(name: str) -> bool:
    """Whether it names a network, a tool or a kind of people."""
    return name.casefold() in _PLATFORMS or _KINDS.fullmatch(name.split(" ", 1)[0]) is not None
