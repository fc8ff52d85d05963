"""Advertising in general: pressure and promises that mislead. That an advertisement must say so is in `disclosure`."""
# ruff: noqa: E501 -- a list of wordings is read as a whole

from aipromote.brand.packs.rule import PackRule

RULES = (
    PackRule(
        "advertising.urgency",
        "presses for time; where that is not true it is forbidden",
        "Directive 2005/29/EC, Annex I, no. 7; UWG, annex to § 3(3), no. 7; FTC, Bringing Dark Patterns to Light (2022)",
        "Name the real end of the offer.",
        {
            "en": ("act now", "last chance", "today only", "only today", "before it's gone", "ends tonight"),
            "de": ("nur noch heute", "nur heute", "letzte Chance", "jetzt zuschlagen", "nur solange"),
            "es": ("última oportunidad", "solo hoy", "sólo hoy", "actúa ya", "antes de que se acabe"),
            "fr": ("dernière chance", "aujourd'hui seulement", "agissez maintenant", "dépêchez-vous"),
            "pt": ("última chance", "só hoje", "somente hoje", "aja agora"),
        },
    ),
    PackRule(
        "advertising.free",
        "promises that it costs nothing at all; that must be true to the last cost",
        "Directive 2005/29/EC, Annex I, no. 20; FTC, Guide Concerning Use of the Word “Free”, 16 CFR 251",
        "Say what is free, and what is not.",
        {
            "en": ("100% free", "completely free", "absolutely free", "totally free"),
            "de": ("völlig kostenlos", "100 % kostenlos", "komplett gratis", "absolut kostenlos"),
            "es": ("totalmente gratis", "100 % gratis", "completamente gratuito"),
            "fr": ("entièrement gratuit", "100 % gratuit", "totalement gratuit"),
            "pt": ("totalmente grátis", "100% grátis", "completamente gratuito"),
        },
    ),
    PackRule(
        "advertising.endorsed",
        "borrows the name of a medium or an expert without saying which",
        "FTC Endorsement Guides, 16 CFR 255.1 and 255.3; Directive 2005/29/EC, Annex I, nos. 2 and 4",
        "Name who said it, where and when.",
        {
            "en": ("as seen on TV", "experts agree", "celebrities love"),
            "de": ("bekannt aus dem Fernsehen", "bekannt aus Funk und Fernsehen", "Experten sind sich einig"),
            "es": ("visto en televisión", "como se ve en TV", "los expertos coinciden"),
            "fr": ("vu à la télé", "vu à la télévision", "les experts sont d'accord"),
            "pt": ("visto na TV", "como visto na TV", "os especialistas concordam"),
        },
    ),
)  # fmt: skip
