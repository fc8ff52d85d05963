"""The words by which a claim is recognised, by language. Numbers need no words: see `claims`."""
# ruff: noqa: E501 -- a pattern is read as a whole

from __future__ import annotations

import re

SUPERLATIVES = {
    "en": (
        r"(?<!at )(?<!your )(?<!his )(?<!her )(?<!my )\bbest(?! (?:practices?|regards|wishes|efforts?|part|of luck|compliment|thing|guess|friends?"
        r"|time|case|bet|before|interests?|way to (?:reach|contact))\b)"
        r"|\b(?:fastest|cheapest|easiest|simplest|safest|smartest|largest|biggest|greatest|strongest|lightest|cleanest|highest|lowest"
        r"|leading(?! (?:to|up|by|a|the)\b)|world[- ]class|unrivall?ed|unbeatable|unmatched|market leader|award[- ]winning)\b"
        r"|\bmost (?!of\b|people\b|teams\b|days\b|likely\b|often\b|companies\b|users\b|recent\b|important\b)(?:\w+(?:ful|able|ible|ive|ent|ant|ed"
        r"|ous|al)|popular|secure|accurate|reliable)\b|\bnumber one\b|(?<!\w)(?:#|no\. ?)1\b"
        r"|\bthe only\b(?! (?:thing|question|problem|way is)\b)|\bthe (?:world['’]s )?first (?:\w+ ){1,2}(?:to|that|which)\b"
    ),
    "de": (
        r"\b(?:(?-i:beste)[nrsm]?|(?-i:Beste)[nrsm]?(?= (?-i:[A-ZÄÖÜ])))(?! (?:grüße|wünsche|freund\w*|dank|zeit)\b)"
        r"|\b(?:schnell|günstig|billig|einfach|sicher|klüg|groß|größ|stärk|führend|modern|innovativ|leicht|beliebt)e?ste[nrsm]?\b"
        r"|\bführende[nrsm]?\b|\b(?:marktführer(?:in)?|weltklasse|einzigartig\w*|unschlagbar\w*|(?<!ein )einzige[nrsm]?)\b"
        r"|\bam (?:schnellsten|günstigsten|einfachsten|sichersten)\b|\b(?:nummer eins|nr\. ?1)\b|\bpreisgekrönt\w*"
    ),
    "es": (
        r"\b(?:el|la|los|las) mejor(?:es)?\b(?! (?:momento|parte|manera de contactar)\b)|\bl[ií]der(?:es)?\b"
        r"|\b(?:el|la|los|las) (?:\w+ )?m[áa]s (?!de\b|que\b)\w+\b|\bn[úu]mero uno\b|\b(?:el|la) [úu]nic[oa]\b(?! (?:cosa|problema)\b)"
        r"|\binigualable\b|\bpremiad[oa]s?\b"
    ),
    "fr": (
        r"\b(?:le|la|les) meilleure?s?\b(?! (?:moment|partie)\b)|\bleaders?\b"
        r"|\b(?:le|la|les) plus (?!souvent\b|tôt\b|tard\b|possible\b|vite possible\b|grand plaisir\b|de\b)\w+\b"
        r"|\bnum[ée]ro un\b|\b(?:le seul|la seule)\b(?! (?:chose|problème)\b)|\bin[ée]galée?s?\b|\bprimée?s?\b"
    ),
    "pt": (
        r"\b(?:o|a|os|as) melhor(?:es)?\b(?! (?:de tudo|disso|é|parte|momento|hora)\b)|\bl[ií]der(?:es)?\b"
        r"|\b(?:o|a|os|as) (?:\w+ )?mais (?!por\b|de\b|do\b|da\b|que\b|um\b|uma\b|e\b|cedo\b|tarde\b)\w+\b"
        r"|\bn[úu]mero um\b|\b(?:o [úu]nico|a [úu]nica)\b(?! (?:coisa|problema)\b)|\bincompar[áa]vel\b|\bpremiad[oa]s?\b"
    ),
}
COMPARISONS = {
    "en": (
        r"\b(?:better|worse|faster|quicker|cheaper|easier|safer|simpler|smarter|bigger|larger|smaller|stronger|lighter|cleaner"
        r"|quieter|fresher|sharper|tougher|greener|leaner|fewer"
        r"|(?:more|less) (?!than)\w+) than\b(?! (?:\d|ever\b|never\b|usual\b|expected\b|planned\b))"
        r"|\bunlike (?!many\b|you\b)\w+|\bcompared (?:to|with)\b|\boutperforms?\b"
    ),
    "de": (
        r"\b(?:besser|schneller|günstiger|billiger|leichter|einfacher|sicherer|größer|kleiner|stärker|weniger|höher|länger|kürzer"
        r"|leiser|genauer|haltbarer|zuverlässiger|sparsamer|effizienter|frischer|schöner|robuster|sauberer) als\b"
        r"(?! (?:\d|je\b|nie\b|sonst\b|gedacht\b|geplant\b))|\bim (?:vergleich|gegensatz) zu[mr]?\b"
    ),
    "es": (
        r"\b(?:mejor|peor|(?:m[áa]s|menos) (?!vale\b|tarde\b|de\b)\w+) que\b(?! nunca\b)|\ba diferencia de\b"
        r"|\ben comparaci[óo]n con\b|\bcomparad[oa]s? con\b"
    ),
    "fr": (
        r"\b(?:mieux|meilleure?s?|(?:plus|moins) (?!tard\b|tôt\b|de\b)\w+) qu(?:e\b|['’])(?! jamais\b)|\bcontrairement (?:[àa]|aux?)(?!\w)"
        r"|\bcompar[ée]e?s? (?:[àa]|aux?)(?!\w)|\bpar rapport (?:[àa]|aux?)(?!\w)"
    ),
    "pt": (
        r"\b(?:melhor|pior|(?:mais|menos) (?!tarde\b|cedo\b|de\b)\w+) (?:do )?que\b(?! nunca\b)|\bao contr[áa]rio d[eoa]s?\b"
        r"|\bcomparad[oa]s? (?:a|ao|à|com)(?!\w)|\bem compara[çc][ãa]o com\b"
    ),
}
GUARANTEES = {
    "en": r"\bguarantee[ds]?\b|\brisk[- ]free\b|\bno risk\b|\bnever fails?\b|\balways works?\b|\bmoney[- ]back\b",
    "de": r"\bgarantie(?:r\w*|n|rt)?\b|\bgarantiert\w*|\brisikofrei\w*|\bohne (?:jedes )?risiko\b|\bversagt nie\b|\bgeld[- ]zurück\b",
    "es": r"\bgarant[ií](?:a|as|z\w+)\b|\bsin (?:ning[úu]n )?riesgos?\b|\bnunca falla\b",
    "fr": r"\bgaranti\w*|\bsans (?:aucun )?risques?\b|\bne tombe jamais\b|\bsatisfait ou remboursé\w*",
    "pt": r"\bgarant\w+|\bsem (?:nenhum )?riscos?\b|\bnunca falha\b",
}
NEGATIONS = re.compile(
    r"\b(?:no|not|never|cannot|can['’]t|don['’]t|doesn['’]t|without|kein\w*|nicht|ohne|sin|sans|sem|não|ne|pas|aucun\w*"
    r"|ning[úu]n\w*|nenhum\w*)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner enero ene janvier janv janeiro",
            "february feb februar febrero février févr fevrier fevereiro fev",
            "march mar märz mär marzo mars março marco",
            "april apr abril abr avril avr",
            "may mai mayo maio",
            "june jun juni junio juin junho",
            "july jul juli julio juillet juil julho",
            "august aug agosto ago août aout",
            "september sep sept septiembre septembre setembro set",
            "october oct oktober okt octubre octobre outubro out",
            "november nov noviembre novembre novembro",
            "december dec dezember dez diciembre dic décembre déc decembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
MONTHS = "(?:" + "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True)) + r")\b\.?"
DAY = (
    r"\b\d{4}-\d{2}-\d{2}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?\s(?:de\s|of\s)?{MONTHS}(?:,?\s(?:de\s)?\d{{4}}\b)?"
    rf"|\b(?=[^\W\d]{{2,12}}\.?\s\d){MONTHS}\s\d{{1,2}}(?:st|nd|rd|th)?\b(?!\s?%)(?:,?\s\d{{4}}\b)?"
)
PERCENT = r"%|٪|percent|per cent|prozent|por ciento|pour cent|por cento|パーセント"
MULTIPLE = r"x\b|×|[- ]?fold\b|[- ]?fach\w*|times\b|[- ]?mal\b|veces\b|fois\b|vezes\b|倍"
CURRENCY = (
    r"[$€£¥₹₽₩₺]|(?:(?:de |d['’])?(?:usd|eur|gbp|chf|jpy|brl|mxn|inr|euros?|dollars?|pounds?|d[óo]lares|reais|pesos))\b"
)
MAGNITUDES = {
    "k": 3, "thousand": 3, "tausend": 3, "mil": 3, "mille": 3, "m": 6, "mio": 6, "mn": 6, "million": 6, "millions": 6,
    "millionen": 6, "millón": 6, "millones": 6, "milhão": 6, "milhões": 6, "b": 9, "bn": 9, "mrd": 9, "billion": 9,
    "billions": 9, "milliarde": 9, "milliarden": 9, "milliard": 9, "milliards": 9, "bilhão": 9, "bilhões": 9,
}  # fmt: skip
"""What a number is multiplied by, as a power of ten. The Spanish "billón" is another one, and is left out."""
NUMBERED = (
    r"version|versión|versão|v|day|tag|día|dia|jour|step|schritt|paso|étape|passo|chapter|kapitel|capítulo|chapitre|part"
    r"|teil|parte|partie|hall|halle|pabellón|pavilhão|booth|stand|room|raum|sala|salle|page|seite|página|level|stufe|nivel"
    r"|niveau|nível|iso|din|rfc|thread|episode|folge|episodio|épisode|episódio|week|woche|semana|semaine|issue|ausgabe"
    r"|tip|lesson|number|nummer|type|typ|gen|phase|figure|python|node|web|windows|ios|android|claude|gate|gleis|terminal"
)
LISTED = (
    r"tips?|ways|reasons|things|lessons|questions|mistakes|ideas|steps|points|examples|signs|myths|rules|takeaways|tipps"
    r"|gründe|wege|dinge|fragen|fehler|ideen|schritte|punkte|beispiele|mythen|regeln|consejos|formas|razones|cosas|preguntas"
    r"|errores|ideas|pasos|puntos|ejemplos|mitos|reglas|conseils|façons|raisons|choses|erreurs|idées|étapes|exemples|mythes"
    r"|règles|dicas|razões|motivos|coisas|perguntas|erros|ideias|passos|pontos|exemplos|regras|leçons|lecciones|lições"
)
SPANS = (
    r"seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|sekunden?|minuten?|stunden?|tag(?:en|e)?|wochen?|monat(?:en|e)?"
    r"|jahr(?:en|e)?|segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?|secondes?|heures?|jours?|semaines?|mois|ans?"
    r"|années?|mês|anos?"
)
BACK = (
    r"last|past|next|previous|vor|seit|letzten|vergangenen|nächsten|nach|hace|últim[oa]s|próxim[oa]s|il y a|derni(?:ers|ères)"
    r"|prochain(?:s|es)|há|passad[oa]s|another|in another"
)
READING = r"read(?:ing)?(?: time)?|lesezeit|tiempo de lectura|temps de lecture|tempo de leitura"
