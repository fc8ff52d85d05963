"""Ready-made phrases that an industry's rules forbid or that need care, by rule pack and language."""

from __future__ import annotations

# Wordings that advertising rules of most countries do not allow, whatever facts there are.
RULE_PACKS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance": {
        "en": ("guaranteed return", "risk-free", "get rich", "cannot lose", "secure your profit"),
        "de": ("garantierte Rendite", "risikofrei", "schnell reich", "sicherer Gewinn"),
        "es": ("rentabilidad garantizada", "sin riesgo", "hazte rico", "ganancia segura"),
        "fr": ("rendement garanti", "sans risque", "devenir riche", "gain assuré"),
        "pt": ("retorno garantido", "sem risco", "fique rico", "lucro certo"),
    },
    "health": {
        "en": ("cure", "miracle", "clinically proven", "heals", "no side effects"),
        "de": ("heilt", "Wundermittel", "klinisch bewiesen", "ohne Nebenwirkungen"),
        "es": ("cura", "milagro", "clínicamente probado", "sin efectos secundarios"),
        "fr": ("guérit", "miracle", "cliniquement prouvé", "sans effets secondaires"),
        "pt": ("cura", "milagre", "clinicamente comprovado", "sem efeitos colaterais"),
    },
    "advertising": {
        "en": ("act now", "last chance", "as seen on TV", "100% free"),
        "de": ("nur noch heute", "letzte Chance", "völlig kostenlos"),
        "es": ("última oportunidad", "solo hoy", "totalmente gratis"),
        "fr": ("dernière chance", "aujourd'hui seulement", "entièrement gratuit"),
        "pt": ("última chance", "só hoje", "totalmente grátis"),
    },
}
