"""German. Readers are addressed as "ihr", which suits companies and neighbours alike."""

from aipromote.ai.offline.pack import Kind, Pack, Theme

PACK = Pack(
    code="de",
    pillars={
        Theme.PROBLEM: ("Das Problem", "Was heute im Weg steht."),
        Theme.PRODUCT: ("So funktioniert {name}", "Was {name} macht und warum es so gebaut ist."),
        Theme.PROOF: ("Was wir zeigen können", "Ergebnisse und Stimmen mit Quelle."),
        Theme.AUDIENCE: ("Für wen", "Die Menschen, für die {name} da ist, und was sie vorhaben."),
        Theme.PEOPLE: ("Hinter {name}", "Die Menschen, die es machen."),
    },
    openers={
        Kind.WHAT: ("Was ist {name}?", "{name}, kurz erklärt:", "{name} in einfachen Worten:"),
        Kind.DIFFERENCE: ("Warum {name}?", "Eine Entscheidung, die uns wichtig ist:", "Gut zu wissen über {name}:"),
        Kind.USP: ("{name} in einem Satz:", "Wenn ihr euch eines von {name} merkt, dann das:"),
        Kind.JOB: ("Was einfach sein sollte:", "Steht auf der Liste:"),
        Kind.PERSONA: ("Für wen ist {name}?", "An wen wir bei {name} denken:"),
        Kind.PAIN: ("Das kennen viele:", "Ein Problem, das einen zweiten Blick verdient:"),
    },
    bridges={
        Kind.PAIN: (
            "Genau daran arbeiten wir mit {name}.",
            "Deshalb gibt es {name}.",
            "Das muss nicht so bleiben.",
            "Hier setzt {name} an.",
        ),
        Kind.JOB: ("Dafür ist {name} gemacht.", "Darum dreht sich bei {name} alles.", "Das sollte nicht schwer sein."),
        Kind.DIFFERENCE: (
            "Das haben wir bei {name} bewusst so gemacht.",
            "Ein kurzer Satz, hinter dem viel Arbeit steckt.",
            "Daraus folgt bei {name} vieles andere.",
        ),
        Kind.USP: ("Das ist die Idee hinter {name}.", "Alles andere bei {name} folgt daraus."),
        Kind.PROOF: (
            "Wir sagen nur, was wir belegen können. Das hier können wir.",
            "Das teilen wir gern. Danke an alle, die dabei waren.",
            "Das freut uns und spornt an.",
        ),
        Kind.WHAT: ("Das ist {name}.", "Daran arbeiten wir jeden Tag."),
        Kind.PERSONA: ("Für euch machen wir {name}.", "Wer sich hier wiederfindet: {name} ist für euch gemacht."),
        Kind.FOUNDER: ("Diese Erfahrung steckt in {name}.", "Auch deshalb ist {name} so, wie es ist."),
    },
    lists={
        Kind.PAIN: ("Was im Weg steht:", "Kommt euch etwas davon bekannt vor?", "Was mehr Zeit kostet, als es sollte:"),
        Kind.JOB: ("Was damit möglich sein soll:", "Wofür {name} da ist:"),
        Kind.DIFFERENCE: ("So macht es {name}:", "Was ihr von {name} bekommt:", "Was {name} ausmacht:"),
        Kind.PERSONA: ("Für wen es gedacht ist:", "Wir machen {name} für:"),
    },
    contrasts=(
        "Heute: {before}\nMit {name}: {after}",
        "Wie es jetzt läuft: {before}\nWie {name} es macht: {after}",
        "Der übliche Tag: {before}\nEin Tag mit {name}: {after}",
        "Das Problem: {before}\nUnsere Antwort: {after}",
    ),
    cards=(
        "Für: {who}\nDas Problem: {problem}\nUnsere Antwort: {answer}",
        "Wer: {who}\nWas im Weg steht: {problem}\nWas {name} tut: {answer}",
        "Wen es betrifft: {who}\nWas viele kennen: {problem}\nWas wir daraus gemacht haben: {answer}",
    ),
    asks={
        Theme.PROBLEM: (
            "Wie löst ihr das heute?",
            "Was habt ihr schon ausprobiert?",
            "Was stört euch daran am meisten?",
            "Was würdet ihr zuerst ändern?",
        ),
        Theme.PRODUCT: (
            "Was wäre euch dabei wichtig?",
            "Wo würde euch das helfen?",
            "Was möchtet ihr vorher wissen?",
            "Was sollen wir genauer zeigen?",
        ),
        Theme.PROOF: (
            "Was möchtet ihr darüber wissen?",
            "Was wäre für euch ein gutes Ergebnis?",
            "Was würde euch überzeugen?",
        ),
        Theme.AUDIENCE: (
            "Was würde das bei euch ändern?",
            "Wie sieht das bei euch aus?",
            "An wen denkt ihr, wenn ihr das lest?",
            "Was dauert bei euch länger, als es sollte?",
        ),
        Theme.PEOPLE: (
            "Was möchtet ihr uns fragen?",
            "Wie seid ihr zu dem gekommen, was ihr macht?",
            "Worüber sollen wir als Nächstes schreiben?",
        ),
    },
    early_asks=(
        "Wir stehen am Anfang, ehrliche Meinungen helfen uns jetzt besonders. Was ist eure?",
        "Wir finden noch vieles heraus. Was übersehen wir?",
        "Wann wäre das für euch nützlich?",
    ),
    more=("Mehr dazu: {url}", "Schaut vorbei: {url}", "Alles Weitere: {url}", "Hier entlang: {url}"),
    price=("Was es kostet: {price}", "Der Preis, ganz offen: {price}"),
    image="Foto oder schlichte Grafik für {name}: {lead} Ohne fremde Logos, auf dem Telefon gut lesbar.",
    video="Hochkant-Video, unter einer Minute, mit Untertiteln. Erste Sekunde: {lead} Danach: {support}",
    everyone="Alle, für die {name} gemacht ist",
)
