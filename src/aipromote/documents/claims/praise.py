"""Praise by others: awards that were won, press that wrote, and words that somebody is quoted with.

Awards and press are found where a name stands in their place ("winner of the …", "… wrote about us"), and where somebody
only says "we won an award". A quotation is words in quotation marks beside a name or "a customer", and a word for saying.
"""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from collections.abc import Iterator

from aipromote.documents.claims.customers import NAME, US, WORD, is_no_customer
from aipromote.documents.claims.hedges import NOT, hedges, is_as_outright
from aipromote.documents.claims.kinds import Claim, ClaimKind
from aipromote.documents.claims.silence import BLANK

_TITLE = (
    rf"{WORD}(?:(?: (?:&|of|by|der|des|für|de|del|da|do|du|des)(?: (?:the|la|las|los|le|les|das|die|den))?)?"
    rf" (?:[dl]['’])?{WORD}){{0,6}}"
)
_NAMED = rf"(?P<name>{_TITLE})"
_PRIZE = r"(?:award|prize|medal|trophy|preis|medaille|auszeichnung|gütesiegel|premio|galardón|medalla|prix|trophée|médaille|prêmio|troféu|medalha|label)"
_CALLED = rf"(?P<name>(?=[^.!?\n]{{0,60}}(?i:{_PRIZE})){_TITLE})"
"""A name with a word for a prize in it: in German, every noun begins like a name."""
_THE = r"(?:the |an? |our |this year['’]s |de[mnrs] |d(?:ie|as) |ein(?:en|e|em)? |el |los? |las? |un[ae]? |les? |l['’]|[oa] |um[a]? )?(?:\x00+ )?"
_AWARDS = {
    "en": (
        rf"\b(?i:won|winners? of|winning|(?:been |were |was )?awarded(?: with)?|recipients? of|honou?red (?:with|by)|finalists? (?:of|for|in|at)|shortlisted for|nominated for) (?:the |this year['’]s ){BLANK}* ?{_NAMED}",
        rf"\b(?i:winners? of|awarded(?: with| by)?|recipients? of|honou?red (?:with|by)|finalists? (?:of|for|in|at)|shortlisted for|nominated for) {_THE}{_NAMED}",
        rf"\b(?i:won|winning|received|earned|got|took home|accepted) {_THE}{_CALLED}",
        r"\b(?i:won|named|voted|crowned|as) (?:the |an? )?(?P<name>(?:[A-Z][\w\-]* ){1,5}(?i:of the year))\b",
        r"\b(?i:(?:won|winners? of|received|earned|took home) (?:(?!\bfor\b)[\w\-]+ ){1,3}(?:awards?|prizes?|trophy|trophies|medals?))\b",
    ),
    "de": (
        rf"\b(?i:de[nrm]|die|das|einen|eine) {_CALLED}(?: {BLANK}+)?(?: [\w\-]+){{0,4}} (?i:gewonnen|gewannen|erhalten|bekommen|verliehen|geholt)",
        rf"\b(?i:gewannen|gewinner(?:in)?|preisträger(?:in)?|sieger(?:in)?|erhielten|bekamen|finalist(?:in)?) (?i:de[nrms]|die|das|einen|beim|im|von) {_CALLED}",
        rf"\b(?i:ausgezeichnet (?:mit|vo[nm]|durch|als|beim)|gewinner(?:in)? (?:des|der|beim)|preisträger(?:in)? (?:des|der|beim)) (?i:de[mnr] |der )?{_NAMED}",
        rf"\b(?i:mit de[mr]|vo[nm]|als) {_NAMED}(?: {BLANK}+)? (?i:ausgezeichnet|prämiert|nominiert)",
    ),
    "es": (
        rf"\b(?i:ganamos|ganó|hemos ganado|ha ganado|ganador(?:a|es|as)? del?|recibimos|hemos recibido|obtuvimos|finalistas? del?) {_THE}{_CALLED}",
        rf"\b(?i:ganador(?:a|es|as)? del?|galardonad[oa]s? (?:con|por)|finalistas? del?|reconocid[oa]s? (?:con|por)) {_THE}{_NAMED}",
        r"\b(?i:ganamos|hemos ganado|ha ganado|recibimos|hemos recibido) (?i:[\w\-]+ ){1,3}?(?i:premios?|galardon(?:es)?|galardón)\b",
    ),
    "fr": (
        rf"\b(?i:avons (?:remporté|gagné|reçu|obtenu)|a (?:remporté|gagné|reçu|obtenu)|remporté|lauréate?s? d(?:u|e la|e l['’]|es|e)|finalistes? d(?:u|e la|es|e)) ?{_THE}{_CALLED}",
        rf"\b(?i:lauréate?s? d(?:u|e la|e l['’]|es|e)|récompensée?s? (?:par|d['’]un)|distinguée?s? par|finalistes? d(?:u|e la|es|e)) ?{_THE}{_NAMED}",
        r"\b(?i:avons (?:remporté|gagné|reçu)) (?i:[\w\-]+ ){1,3}?(?i:prix|trophées?|médailles?)\b",
    ),
    "pt": (
        rf"\b(?i:ganhamos|vencemos|ganhou|venceu|recebemos|conquistamos|vencedor(?:a|es|as)? d[oae]s?|finalistas? d[oae]s?) {_THE}{_CALLED}",
        rf"\b(?i:vencedor(?:a|es|as)? d[oae]s?|finalistas? d[oae]s?|reconhecid[oa]s? (?:com|pel[oa]s?)) {_THE}{_NAMED}",
        r"\b(?i:ganhamos|vencemos|recebemos|conquistamos) (?i:[\w\-]+ ){1,3}?(?i:prêmios?|troféus?|medalhas?)\b",
    ),
}
_PRESS = {
    "en": (
        rf"\b(?i:(?:as )?(?:seen|featured|heard|mentioned|profiled) (?:in|on|by|at)|as reported by|in the press:|(?:covered|recommended|interviewed) by) {_THE}{_NAMED}",
        rf"{_NAMED} (?i:(?:just |has |have |even |recently )*(?:wrote|written|writes|reported|reports|talked) (?:about|on)|(?:just |has |have |even |recently )*(?:featured|covered|interviewed|profiled|called|named|reviewed|recommended|recommends)) {US['en']}",
    ),
    "de": (
        rf"\b(?i:bekannt aus|zu sehen (?:in|bei|auf)|gesehen (?:in|bei|auf)|vorgestellt (?:in|bei|von)|empfohlen von|interview (?:in|mit|bei)) (?i:der |dem )?{_NAMED}",
        rf"{_NAMED} (?i:berichtet(?:e|en)?|schreibt|schrieb(?:en)?|hat|haben) (?:\w+ )?(?i:über) (?:{US['de']})",
        rf"{_NAMED} (?i:stellt|stellte|empfiehlt|nennt|nannte) (?:{US['de']})",
    ),
    "es": (
        rf"\b(?i:(?:como se vio|vistos?|vista|destacad[oa]s?|aparecimos|salimos|aparecid[oa]s?|recomendad[oa]s?) (?:en|por)) {_THE}{_NAMED}",
        rf"{_NAMED} (?i:(?:ya )?(?:ha )?(?:habló|habla|hablado|escribió|escribe|escrito|publicó|publicado) (?:de|sobre)|nos (?:entrevistó|recomienda|destacó|dedicó)) ?{US['es']}?",
    ),
    "fr": (
        rf"\b(?i:vue?s? (?:dans|sur|à|chez)|(?:présentée?s?|citée?s?) (?:dans|par)|à la une d[eu]|recommandée?s? par|passée?s? (?:dans|sur)) {_THE}{_NAMED}",
        rf"{_NAMED} (?i:(?:a |ont )?(?:parlé?e?|écrit|publié) (?:de|sur)) {US['fr']}",
        rf"{_NAMED} (?i:nous (?:a|ont) (?:consacré|interviewée?s?|recommandée?s?|citée?s?|cités))",
    ),
    "pt": (
        rf"\b(?i:(?:como )?(?:vist[oa]s?|destaque|destacad[oa]s?|saímos|aparecemos) (?:em|n[oa]s?|pel[oa]s?)|recomendad[oa]s? (?:por|pel[oa]s?)) {_THE}{_NAMED}",
        rf"{_NAMED} (?i:(?:já )?(?:escreveu|escreve|falou|fala|publicou) (?:sobre|de)) {US['pt']}",
        rf"{_NAMED} (?i:nos (?:entrevistou|recomenda|destacou))",
    ),
}
_SAYS = (
    r"(?i:say|says|said|told (?:us|me)|tells us|writes|wrote|explains|explained|recalls|raves|put it|puts it|sagte?|meinte?|schreibt|schrieb|erzählte?|berichtete?|schwärmt"
    r"|so|dice|dijo|cuenta|contó|escribe|escribió|afirma|asegura|dit|a dit|raconte|écrit|a écrit|témoigne|explique|confie|nous dit|diz|disse|conta|contou|escreve|escreveu|nos (?:dijo|disse|contó|contou))"
)
_ROLE = r"(?i:(?:an?|one|our|another|happy|ein|eine|unser|unsere|un|una|nuestr[oa]|une|notre|um|uma|noss[oa]) (?:[\w\-]+ )?(?:customer|client|user|investor|patient|kunde|kundin|nutzer(?:in)?|anwender(?:in)?|clienta?e?|usuari[oa]|cliente|utilisat(?:eur|rice))s?)"
_WHO = rf"{_ROLE}|{NAME}"
_BETWEEN = r"(?:,? [^.!?\"“”„«»\n:]{0,50}?,)?"
_QUOTED = (
    r"(?:[\"“„«”]\s?(?P<words>[^\"“”„«»]{3,500}?)\s?[\"”“»]"
    r"|(?<!\w)['‘‚](?P<inner>[^\n\"“”]{3,300}?)['’‘](?!\w))"
)
_BEFORE = re.compile(rf"(?<!\w)(?P<who>{_WHO}){_BETWEEN} {_SAYS}(?: [\w']+){{0,3}}\s?[:,]?\s{{0,2}}{_QUOTED}")
_BEHIND = re.compile(
    rf"{_QUOTED}\s?[,.]?(?:\s{{0,2}}[–—~\-]{{1,2}}\s?(?P<who>{_WHO})"
    rf"| {_SAYS},? (?i:(?:our|unser|unsere|nuestr[oa]|notre|noss[oa]) \w+ )?(?P<by>{_WHO})"
    rf"| (?P<she>{_WHO}){_BETWEEN} {_SAYS}\b)"
)
_MARKS = re.compile(r"[\"“”„«»‘’‚']")
_LESS = "nominated"
_NOMINATED = re.compile(r"\b(?:finalist\w*|finalistas?|shortlist\w*|nomin\w+)", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:The|Das|Der|Die|Den|Dem) (?=\w)")
_NO_WORDS = re.compile(r"[\W_]+")


def find_praise(text: str, *, original: str, language: str) -> Iterator[Claim]:
    """Awards, press and quotations of the `text`, which is the `original` with what needs no proof silenced."""
    for kind, patterns in ((ClaimKind.AWARD, _AWARD_PATTERNS), (ClaimKind.PRESS, _PRESS_PATTERNS)):
        last = -1
        for found in sorted(_places(text, patterns.get(language, ())), key=lambda found: (found.start(), -found.end())):
            name = _ARTICLE.sub("", found.groupdict().get("name") or "")
            if found.start() < last or (name and is_no_customer(name)):
                continue
            if NOT not in hedges(text, *found.span(), language):
                last = found.end()
                less = frozenset({_LESS}) if _NOMINATED.search(found[0]) else frozenset[str]()
                yield Claim(kind, *found.span(), (name or found[0]).casefold(), terms=less)
    if _MARKS.search(text):
        yield from _quotations(text, original)


def names_praise(statement: str, claim: Claim, *, language: str, is_known: bool) -> bool:
    """Whether a fact says that the award was won, or that the paper wrote. `is_known`: it is kept as a fact of that sort.

    A nomination is no award, and backs only a nomination.
    """
    if _NOMINATED.search(statement) and _LESS not in claim.terms:
        return False
    places = list(re.finditer(rf"(?<!\w){re.escape(claim.key)}(?!\w)", statement, re.IGNORECASE))
    if not any(is_as_outright(claim.hedges, hedges(statement, *place.span(), language)) for place in places):
        return False
    return is_known or any(
        one.kind is claim.kind and (claim.key in one.key or one.key in claim.key)
        for one in find_praise(statement, original=statement, language=language)
    )


def quotes(statement: str, claim: Claim) -> bool:
    """Whether a fact has the quoted words as they stand, and the name of who said them, where the claim has one."""
    said = _words(statement)
    return f" {claim.key} " in f" {said} " and all(f" {_words(name)} " in f" {said} " for name in claim.terms)


def _places(text: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from pattern.finditer(text)


def _quotations(text: str, original: str) -> Iterator[Claim]:
    seen: set[int] = set()
    for pattern in (_BEFORE, _BEHIND):
        for found in pattern.finditer(text):
            groups = found.groupdict()
            start, end = found.span("words" if groups["words"] else "inner")
            who = groups["who"] or groups.get("by") or groups.get("she") or ""
            named = who and re.fullmatch(NAME, who) is not None
            if start in seen or not _words(original[start:end]) or (named and is_no_customer(who)):
                continue
            seen.add(start)
            said_by = frozenset({who.casefold()}) if named else frozenset[str]()
            yield Claim(ClaimKind.QUOTATION, start, end, _words(original[start:end]), terms=said_by)


def _words(text: str) -> str:
    """The words alone, in small letters: neither marks nor spaces decide whether something is said verbatim."""
    return _NO_WORDS.sub(" ", text).strip().casefold()


def _compiled(patterns: dict[str, tuple[str, ...]]) -> dict[str, tuple[re.Pattern[str], ...]]:
    return {language: tuple(map(re.compile, listed)) for language, listed in patterns.items()}


_AWARD_PATTERNS = _compiled(_AWARDS)
_PRESS_PATTERNS = _compiled(_PRESS)
