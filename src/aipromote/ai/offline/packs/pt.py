"""Portuguese. Readers are addressed as "você"."""

from aipromote.ai.offline.pack import Kind, Pack, Theme

PACK = Pack(
    code="pt",
    pillars={
        Theme.PROBLEM: ("O problema", "O que hoje atrapalha."),
        Theme.PRODUCT: ("Como funciona {name}", "O que {name} faz e por que é assim."),
        Theme.PROOF: ("O que podemos mostrar", "Resultados e vozes com fonte."),
        Theme.AUDIENCE: ("Para quem é", "As pessoas para quem {name} existe e o que querem fazer."),
        Theme.PEOPLE: ("Por trás de {name}", "As pessoas que fazem acontecer."),
    },
    openers={
        Kind.WHAT: ("O que é {name}?", "{name}, em poucas palavras:", "A versão curta de {name}:"),
        Kind.DIFFERENCE: ("Por que {name}?", "Uma decisão que tomamos cedo:", "Bom saber sobre {name}:"),
        Kind.USP: ("{name} em uma frase:", "Se for para lembrar de uma coisa sobre {name}:"),
        Kind.JOB: ("O que deveria ser simples:", "Na lista de tarefas:"),
        Kind.PERSONA: ("Para quem é {name}?", "Pensamos em alguém quando fazemos {name}:"),
        Kind.PAIN: ("Um problema que merece atenção:", "Muita gente conhece isto:"),
    },
    bridges={
        Kind.PAIN: (
            "É nisso que {name} trabalha.",
            "É por isso que {name} existe.",
            "Queremos que isso mude.",
            "É aí que entra {name}.",
        ),
        Kind.JOB: (
            "{name} foi feito para isso.",
            "Tudo em {name} gira em torno disso.",
            "Isso não deveria ser difícil.",
        ),
        Kind.DIFFERENCE: (
            "Em {name}, isso foi uma escolha.",
            "Uma frase curta com muito trabalho por trás.",
            "Muito do que {name} é vem daí.",
        ),
        Kind.USP: ("Essa é a ideia por trás de {name}.", "Todo o resto em {name} parte daí."),
        Kind.PROOF: (
            "Só contamos o que podemos comprovar, e isto podemos.",
            "Compartilhamos com alegria. Obrigado a todos que participaram.",
            "Isso nos alegra e nos anima a continuar.",
        ),
        Kind.WHAT: ("Isso é {name}.", "É nisso que trabalhamos todos os dias."),
        Kind.PERSONA: ("É para essas pessoas que fazemos {name}.", "Se é o seu caso, {name} foi pensado para você."),
        Kind.FOUNDER: ("Essa experiência está em {name}.", "É uma das razões de {name} ser como é."),
    },
    lists={
        Kind.PAIN: ("O que atrapalha:", "Algo disso soa familiar?", "O que rouba tempo:"),
        Kind.JOB: ("O que isto deve permitir:", "Para que existe {name}:"),
        Kind.DIFFERENCE: ("Como {name} faz:", "O que você encontra em {name}:", "O que define {name}:"),
        Kind.PERSONA: ("Para quem é:", "Fazemos {name} para:"),
    },
    contrasts=(
        "Hoje: {before}\nCom {name}: {after}",
        "Como é agora: {before}\nComo {name} faz: {after}",
        "Um dia comum: {before}\nUm dia com {name}: {after}",
        "O problema: {before}\nA nossa resposta: {after}",
    ),
    cards=(
        "Para: {who}\nO problema: {problem}\nA nossa resposta: {answer}",
        "Quem: {who}\nO que atrapalha: {problem}\nO que {name} faz: {answer}",
        "Pensado para: {who}\nO que muita gente conhece: {problem}\nO que fizemos com isso: {answer}",
    ),
    asks={
        Theme.PROBLEM: (
            "Como você resolve isso hoje?",
            "O que você já tentou?",
            "O que incomoda nisso?",
            "O que você mudaria primeiro?",
        ),
        Theme.PRODUCT: (
            "O que você gostaria que fizesse primeiro?",
            "Onde isso ajudaria você?",
            "O que você precisaria ver antes de testar?",
            "Que parte mostramos com mais detalhe?",
        ),
        Theme.PROOF: (
            "O que você gostaria de saber sobre como chegamos aqui?",
            "O que seria um bom resultado para você?",
            "O que convenceria você?",
        ),
        Theme.AUDIENCE: (
            "O que isso mudaria para você?",
            "Como é por aí?",
            "Em quem você pensa ao ler isto?",
            "O que toma o seu tempo?",
        ),
        Theme.PEOPLE: (
            "O que você gostaria de nos perguntar?",
            "O que fez você começar o que faz?",
            "Sobre o que escrevemos da próxima vez?",
        ),
    },
    early_asks=(
        "Estamos no começo, e uma opinião sincera ajuda muito agora. Qual é a sua?",
        "Ainda estamos aprendendo. O que nos escapa?",
        "O que tornaria isto útil para você?",
    ),
    more=("Saiba mais: {url}", "Dê uma olhada: {url}", "Todos os detalhes: {url}", "Veja aqui: {url}"),
    price=("Quanto custa: {price}", "O preço, sem rodeios: {price}"),
    image="Foto ou gráfico simples para {name}: {lead} Sem logotipos de terceiros, legível no celular.",
    video="Vídeo vertical com menos de um minuto, com legendas. Primeiro segundo: {lead} Depois: {support}",
    everyone="Quem precisa de {name}",
)
