"""Whether a post looks paid for, and whether it says so in a word that the country's rules accept.

Recognised by its words ("partnered with", "gifted", "sponsored by"), by a code for a discount, or by a link with the
parameters of an affiliate programme. What counts as a disclosure is by language: a German court did not accept "#ad".
"""

# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re
from dataclasses import dataclass

SOURCE = (
    "FTC Endorsement Guides, 16 CFR 255.5; Directive 2005/29/EC, Article 7(2) and Annex I, no. 11; UWG § 5a(4); "
    "loi n° 2023-451, article 5; CONAR, Guia de publicidade por influenciadores"
)
_WORDS = {
    "en": r"(?:in )?paid partnership with|partner(?:ed|ing) with|in partnership with|sponsored by|gifted(?: by)?|in collaboration with|pr sample|brand ambassador|affiliate links?|use (?:my |our )?code [A-Z0-9]{4,15}",
    "de": r"gesponsert von|in (?:bezahlter )?(?:kooperation|zusammenarbeit|partnerschaft) mit|(?:geschenkt|kostenlos) (?:bekommen|erhalten) von|pr-muster|pr-sample|markenbotschafter(?:in)?|affiliate-links?|mit (?:dem |meinem )?(?:rabatt)?code [A-Z0-9]{4,15}",
    "es": r"patrocinad[oa] por|en colaboraci[óo]n con|regalad[oa] por|cedid[oa] por|embajador[a]? de|enlaces? de afiliad[oa]s?|con (?:mi|el) c[óo]digo [A-Z0-9]{4,15}",
    "fr": r"sponsoris[ée]e?s? par|en (?:collaboration|partenariat) avec|offert[e]? par|ambassad(?:eur|rice) de|liens? affili[ée]s?|avec (?:mon|le) code [A-Z0-9]{4,15}",
    "pt": r"patrocinad[oa] por|em (?:colabora[çc][ãa]o|parceria) com|presente da|recebid[oa]s? da|embaixador[a]? d[aeo]|links? de afiliad[oa]s?|com (?:meu|o) c[óo]digo [A-Z0-9]{4,15}",
}
_PAID = {language: re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE) for language, words in _WORDS.items()}
_AFFILIATE = re.compile(
    r"https?://[^\s?]{1,500}\?[^\s]{0,500}?\b(?:tag=[\w\-]+-2[01]\b|aff(?:iliate)?(?:_?id)?=|ref_?id=|irclickid=|awc=|clickref=|partnerid=)"
    r"[^\s]*|https?://(?:amzn\.to|shareasale\.com|awin1\.com|click\.linksynergy\.com|go\.skimresources\.com)/\S+",
    re.IGNORECASE,
)
_SAID = {
    "en": re.compile(r"(?<!\w)#(?:ad|ads|advert|advertisement|sponsored|paidpartnership)\b|\badvert(?:isement|orial)?\b|^ad\b[:\s]|\bpaid partnership\b|\bsponsored (?:post|content)\b|^sponsored\b(?! by)", re.IGNORECASE | re.MULTILINE),
    "de": re.compile(r"(?<!\w)#?(?:anzeige|werbung)\b", re.IGNORECASE),
    "es": re.compile(r"(?<!\w)#?(?:publicidad|publi|anuncio)\b|\bcontenido patrocinado\b|\bcolaboraci[óo]n pagada\b", re.IGNORECASE),
    "fr": re.compile(r"(?<!\w)#?(?:publicité|pub)\b|\bcollaboration commerciale\b|(?<!\w)#collaborationcommerciale\b", re.IGNORECASE),
    "pt": re.compile(r"(?<!\w)#?(?:publicidade|publi|anúncio)\b|(?<!\w)#publipost\b|\bparceria paga\b|\bconteúdo patrocinado\b", re.IGNORECASE),
}  # fmt: skip
LABELS = {"en": "#ad", "de": "Anzeige", "es": "Publicidad", "fr": "Publicité", "pt": "#publi"}


@dataclass(frozen=True, slots=True)
class Undisclosed:
    """What shows that the post is paid for (characters `start` to `end`), and the word that it lacks."""

    start: int
    end: int
    label: str


def undisclosed(text: str, *, language: str) -> Undisclosed | None:
    """The first sign of an advertisement in a text that does not say that it is one."""
    pattern = _PAID.get(language)
    found = (pattern.search(text) if pattern else None) or (_AFFILIATE.search(text) if "://" in text else None)
    if found is None:
        return None
    said = _SAID.get(language, _SAID["en"])
    return None if said.search(text) else Undisclosed(*found.span(), LABELS.get(language, LABELS["en"]))
