"""Health and food: what those who are no medicine may not promise."""
# ruff: noqa: E501 -- a list of wordings is read as a whole

from aipromote.brand.packs.rule import PackRule

RULES = (
    PackRule(
        "health.cures",
        "promises to heal or prevent a disease, which only an authorised medicine may",
        "Regulation (EU) No 1169/2011, Article 7(3); FDA, 21 CFR 101.93(g); Heilmittelwerbegesetz § 3",
        "Say what it does for well-being, or show the authorisation.",
        {
            "en": ("cure", "heals", "treats depression", "treats anxiety", "prevents cancer", "prevents disease", "reverses diabetes"),
            "de": ("heilt", "heilen", "Heilung garantiert", "beugt Krebs vor", "gegen Krebs", "lindert Depressionen"),
            "es": ("cura", "sana enfermedades", "previene el cáncer", "trata la depresión", "revierte la diabetes"),
            "fr": ("guérit", "guérir", "prévient le cancer", "soigne la dépression", "contre le cancer"),
            "pt": ("cura", "sara doenças", "previne o câncer", "trata a depressão", "reverte a diabetes"),
        },
    ),
    PackRule(
        "health.miracle",
        "promises a wonder, which no evidence can carry",
        "FTC, Health Products Compliance Guidance (2022); Directive 2005/29/EC, Annex I, no. 17",
        "Say what was shown, by whom, and for whom.",
        {
            "en": ("miracle", "magic pill", "wonder drug", "instant relief"),
            "de": ("Wundermittel", "Wunderwaffe", "Wunderpille", "sofortige Linderung"),
            "es": ("milagro", "milagroso", "píldora mágica", "alivio inmediato"),
            "fr": ("miracle", "miraculeux", "pilule magique", "soulagement immédiat"),
            "pt": ("milagre", "milagroso", "pílula mágica", "alívio imediato"),
        },
    ),
    PackRule(
        "health.proven",
        "claims proof by studies; such a claim needs studies of this very product on people",
        "FTC, Health Products Compliance Guidance (2022); Regulation (EC) No 1924/2006, Articles 5 and 6",
        "Name the study, and say what it found.",
        {
            "en": ("clinically proven", "scientifically proven", "medically proven", "clinically tested"),
            "de": ("klinisch bewiesen", "klinisch getestet", "wissenschaftlich bewiesen", "medizinisch bewiesen"),
            "es": ("clínicamente probado", "científicamente probado", "médicamente probado"),
            "fr": ("cliniquement prouvé", "scientifiquement prouvé", "médicalement prouvé", "cliniquement testé"),
            "pt": ("clinicamente comprovado", "cientificamente comprovado", "clinicamente testado"),
        },
    ),
    PackRule(
        "health.harmless",
        "denies side effects, which misleads about the risk",
        "Heilmittelwerbegesetz § 3 no. 2b; Directive 2001/83/EC, Article 90(b)",
        "Say how it is tolerated, with a source.",
        {
            "en": ("no side effects", "without side effects", "completely safe", "100% safe", "totally harmless"),
            "de": ("ohne Nebenwirkungen", "keine Nebenwirkungen", "nebenwirkungsfrei", "völlig unbedenklich"),
            "es": ("sin efectos secundarios", "totalmente seguro", "completamente inofensivo"),
            "fr": ("sans effets secondaires", "aucun effet secondaire", "totalement sûr", "sans danger"),
            "pt": ("sem efeitos colaterais", "totalmente seguro", "completamente inofensivo"),
        },
    ),
    PackRule(
        "health.doctors",
        "lets doctors recommend it, which food and supplements may not do",
        "Regulation (EC) No 1924/2006, Article 12(c); Directive 2001/83/EC, Article 90(f)",
        "Leave the doctors out, or name the association that is allowed to recommend it.",
        {
            "en": ("doctor recommended", "recommended by doctors", "doctors recommend", "doctor approved"),
            "de": ("von Ärzten empfohlen", "ärztlich empfohlen", "Ärzte empfehlen"),
            "es": ("recomendado por médicos", "los médicos recomiendan", "avalado por médicos"),
            "fr": ("recommandé par les médecins", "les médecins recommandent", "approuvé par les médecins"),
            "pt": ("recomendado por médicos", "os médicos recomendam", "aprovado por médicos"),
        },
    ),
    PackRule(
        "health.weight",
        "promises a loss of weight, whose rate or amount may not be advertised for food",
        "Regulation (EC) No 1924/2006, Article 12(b); FTC, Gut Check guide on weight-loss claims",
        "Speak of habits, not of kilograms.",
        {
            "en": ("lose weight fast", "burn fat", "melts fat", "lose weight without"),
            "de": ("schnell abnehmen", "Fett verbrennen", "Pfunde purzeln", "Abnehmen ohne"),
            "es": ("perder peso rápido", "quema grasa", "adelgaza sin"),
            "fr": ("maigrir vite", "perdre du poids rapidement", "brûle les graisses", "maigrir sans"),
            "pt": ("perder peso rápido", "queima gordura", "emagreça sem"),
        },
    ),
    PackRule(
        "health.instead",
        "keeps people from seeing a doctor or from their medicine",
        "Directive 2001/83/EC, Article 90(a); Heilmittelwerbegesetz § 11",
        "Say that it does not replace advice by a doctor.",
        {
            "en": ("instead of medication", "no need for a doctor", "replaces your therapist", "throw away your pills"),
            "de": ("statt Medikamenten", "ersetzt den Arzt", "ersetzt die Therapie", "kein Arzt nötig"),
            "es": ("en lugar de medicación", "sustituye al médico", "sin necesidad de médico"),
            "fr": ("à la place des médicaments", "remplace le médecin", "sans passer par un médecin"),
            "pt": ("no lugar de remédios", "substitui o médico", "sem precisar de médico"),
        },
    ),
)  # fmt: skip
