"""Money: what those who advertise investments, loans and insurance may not promise."""
# ruff: noqa: E501 -- a list of wordings is read as a whole

from aipromote.brand.packs.rule import PackRule

RULES = (
    PackRule(
        "finance.certain_gain",
        "promises a gain without a risk, which financial advertising may not do",
        "SEC Marketing Rule, 17 CFR 275.206(4)-1(a); FINRA Rule 2210(d)(1)(B); MiFID II Delegated Regulation (EU) 2017/565, Article 44",
        "Say what it does, and name the risk as clearly.",
        {
            "en": ("guaranteed return", "guaranteed profit", "guaranteed income", "risk-free", "cannot lose", "can't lose", "secure your profit", "safe profit", "no risk", "zero risk"),
            "de": ("garantierte Rendite", "garantierter Gewinn", "risikofrei", "ohne Risiko", "sicherer Gewinn", "sichere Rendite", "kein Verlustrisiko", "todsichere Anlage"),
            "es": ("rentabilidad garantizada", "beneficio garantizado", "ganancia garantizada", "sin riesgo", "ganancia segura", "inversión segura", "no puedes perder"),
            "fr": ("rendement garanti", "gain garanti", "bénéfice garanti", "sans risque", "gain assuré", "placement sûr", "aucun risque"),
            "pt": ("retorno garantido", "lucro garantido", "ganho garantido", "sem risco", "lucro certo", "investimento seguro", "risco zero"),
        },
    ),
    PackRule(
        "finance.get_rich",
        "promises wealth quickly, which misleads about what can be expected",
        "Directive 2005/29/EC (unfair commercial practices), Articles 6 and 7; FTC Act, Section 5, 15 U.S.C. 45",
        "Say what customers can expect, with a fact.",
        {
            "en": ("get rich", "double your money", "triple your money", "make money fast", "easy money", "passive income guaranteed", "financial freedom overnight"),
            "de": ("schnell reich", "reich werden", "Geld verdoppeln", "schnelles Geld", "leicht verdientes Geld"),
            "es": ("hazte rico", "hacerse rico", "duplica tu dinero", "dinero fácil", "dinero rápido"),
            "fr": ("devenir riche", "doublez votre argent", "argent facile", "argent rapide"),
            "pt": ("fique rico", "ficar rico", "dobre seu dinheiro", "dinheiro fácil", "dinheiro rápido"),
        },
    ),
    PackRule(
        "finance.approved",
        "sounds as if an authority recommended the product; authorisation is no recommendation",
        "Securities Exchange Act, Section 26, 15 U.S.C. 78z; MiFID II Delegated Regulation (EU) 2017/565, Article 44(8)",
        "Say “authorised by”, with the register's number, or leave it out.",
        {
            "en": ("SEC approved", "approved by the SEC", "FCA approved", "recommended by the regulator", "government approved"),
            "de": ("BaFin geprüft", "BaFin empfohlen", "von der BaFin empfohlen", "staatlich empfohlen"),
            "es": ("aprobado por la CNMV", "recomendado por la CNMV", "avalado por el Estado"),
            "fr": ("approuvé par l'AMF", "recommandé par l'AMF", "validé par l'État"),
            "pt": ("aprovado pela CVM", "recomendado pela CVM", "aprovado pelo governo"),
        },
    ),
    PackRule(
        "finance.past_results",
        "lets past results stand for future ones",
        "MiFID II Delegated Regulation (EU) 2017/565, Article 44(4); SEC Marketing Rule, 17 CFR 275.206(4)-1(d)",
        "Give the period, and say that past results are no guide to the future.",
        {
            "en": ("proven returns", "consistent returns", "always profitable", "never lost money"),
            "de": ("bewiesene Rendite", "stets im Plus", "noch nie Verlust"),
            "es": ("rentabilidad probada", "siempre rentable", "nunca ha perdido"),
            "fr": ("rendement prouvé", "toujours rentable", "jamais perdu d'argent"),
            "pt": ("rentabilidade comprovada", "sempre lucrativo", "nunca perdeu dinheiro"),
        },
    ),
)  # fmt: skip
