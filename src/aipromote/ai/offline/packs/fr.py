"""French. Readers are addressed as "vous"."""

from aipromote.ai.offline.pack import Kind, Pack, Theme

PACK = Pack(
    code="fr",
    pillars={
        Theme.PROBLEM: ("Le problème", "Ce qui bloque aujourd'hui."),
        Theme.PRODUCT: ("Comment fonctionne {name}", "Ce que fait {name} et pourquoi c'est conçu ainsi."),
        Theme.PROOF: ("Ce que nous pouvons montrer", "Des résultats et des voix, avec leur source."),
        Theme.AUDIENCE: ("Pour qui", "Les personnes que sert {name} et ce qu'elles veulent accomplir."),
        Theme.PEOPLE: ("Derrière {name}", "Les personnes qui le font."),
    },
    openers={
        Kind.WHAT: ("C'est quoi, {name} ?", "{name}, en quelques mots :", "{name}, simplement :"),
        Kind.DIFFERENCE: ("Pourquoi {name} ?", "Une décision prise très tôt :", "À savoir sur {name} :"),
        Kind.USP: ("{name} en une phrase :", "S'il ne fallait retenir qu'une chose de {name} :"),
        Kind.JOB: ("Ce qui devrait être simple :", "Sur la liste des choses à faire :"),
        Kind.PERSONA: ("Pour qui est {name} ?", "Nous pensons à quelqu'un en construisant {name} :"),
        Kind.PAIN: ("Un problème qui mérite qu'on s'y arrête :", "Beaucoup connaissent cela :"),
    },
    bridges={
        Kind.PAIN: (
            "C'est à cela que travaille {name}.",
            "C'est pour cela que {name} existe.",
            "Nous voulons que cela change.",
            "C'est là qu'intervient {name}.",
        ),
        Kind.JOB: (
            "{name} est fait pour cela.",
            "Tout tourne autour de cela chez {name}.",
            "Cela ne devrait pas être difficile.",
        ),
        Kind.DIFFERENCE: (
            "Chez {name}, c'est un choix assumé.",
            "Une phrase courte, beaucoup de travail derrière.",
            "Le reste de {name} en découle.",
        ),
        Kind.USP: ("C'est l'idée derrière {name}.", "Tout le reste de {name} en découle."),
        Kind.PROOF: (
            "Nous ne disons que ce que nous pouvons prouver, et ceci en fait partie.",
            "Nous le partageons avec plaisir. Merci à toutes les personnes impliquées.",
            "Cela nous fait plaisir et nous motive.",
        ),
        Kind.WHAT: ("Voilà {name}.", "C'est notre travail de chaque jour."),
        Kind.PERSONA: (
            "C'est pour ces personnes que nous faisons {name}.",
            "Si c'est vous, {name} est pensé pour vous.",
        ),
        Kind.FOUNDER: (
            "Cette expérience se retrouve dans {name}.",
            "C'est une des raisons pour lesquelles {name} est ainsi.",
        ),
    },
    lists={
        Kind.PAIN: (
            "Ce qui bloque :",
            "Cela vous dit quelque chose ?",
            "Ce qui prend plus de temps qu'il ne faudrait :",
        ),
        Kind.JOB: ("Ce que cela doit permettre :", "À quoi sert {name} :"),
        Kind.DIFFERENCE: ("Comment {name} s'y prend :", "Ce que vous trouvez chez {name} :", "Ce qui fait {name} :"),
        Kind.PERSONA: ("Pour qui :", "Nous faisons {name} pour :"),
    },
    contrasts=(
        "Aujourd'hui : {before}\nAvec {name} : {after}",
        "Comment cela se passe : {before}\nComment {name} s'y prend : {after}",
        "Une journée ordinaire : {before}\nUne journée avec {name} : {after}",
        "Le problème : {before}\nNotre réponse : {after}",
    ),
    cards=(
        "Pour : {who}\nLe problème : {problem}\nNotre réponse : {answer}",
        "Qui : {who}\nCe qui gêne : {problem}\nCe que fait {name} : {answer}",
        "Pensé pour : {who}\nCe que beaucoup connaissent : {problem}\nCe que nous en avons fait : {answer}",
    ),
    asks={
        Theme.PROBLEM: (
            "Comment faites-vous aujourd'hui ?",
            "Qu'avez-vous déjà essayé ?",
            "Qu'est-ce qui vous gêne le plus ?",
            "Que changeriez-vous en premier ?",
        ),
        Theme.PRODUCT: (
            "Qu'en attendriez-vous d'abord ?",
            "Où cela vous aiderait-il ?",
            "Que voudriez-vous voir avant d'essayer ?",
            "Quelle partie montrer plus en détail ?",
        ),
        Theme.PROOF: (
            "Que voudriez-vous savoir sur la façon d'y arriver ?",
            "Quel serait un bon résultat pour vous ?",
            "Qu'est-ce qui vous convaincrait ?",
        ),
        Theme.AUDIENCE: (
            "Qu'est-ce que cela changerait pour vous ?",
            "Comment cela se passe-t-il chez vous ?",
            "À qui pensez-vous en lisant cela ?",
            "Qu'est-ce qui vous prend trop de temps ?",
        ),
        Theme.PEOPLE: (
            "Que voudriez-vous nous demander ?",
            "Qu'est-ce qui vous a donné envie de commencer ?",
            "De quoi parler la prochaine fois ?",
        ),
    },
    early_asks=(
        "Nous débutons, et un avis sincère nous aide beaucoup. Quel est le vôtre ?",
        "Nous apprenons encore. Qu'est-ce qui nous échappe ?",
        "À quelle condition cela vous serait-il utile ?",
    ),
    more=("En savoir plus : {url}", "À découvrir ici : {url}", "Tous les détails : {url}", "C'est par ici : {url}"),
    price=("Combien ça coûte : {price}", "Le prix, simplement : {price}"),
    image="Photo ou visuel simple pour {name} : {lead} Sans logo tiers, lisible sur téléphone.",
    video="Vidéo verticale de moins d'une minute, sous-titrée. Première seconde : {lead} Ensuite : {support}",
    everyone="Celles et ceux à qui {name} est utile",
)
