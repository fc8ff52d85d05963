"""Spanish. Readers are addressed as "tú"."""

from aipromote.ai.offline.pack import Kind, Pack, Theme

PACK = Pack(
    code="es",
    pillars={
        Theme.PROBLEM: ("El problema", "Lo que hoy se interpone en el camino."),
        Theme.PRODUCT: ("Cómo funciona {name}", "Qué hace {name} y por qué está hecho así."),
        Theme.PROOF: ("Lo que podemos demostrar", "Resultados y voces con fuente."),
        Theme.AUDIENCE: ("Para quién es", "Las personas para las que existe {name} y lo que quieren lograr."),
        Theme.PEOPLE: ("Detrás de {name}", "Las personas que lo hacen."),
    },
    openers={
        Kind.WHAT: ("¿Qué es {name}?", "{name}, en pocas palabras:", "La versión corta de {name}:"),
        Kind.DIFFERENCE: ("¿Por qué {name}?", "Una decisión que tomamos pronto:", "Algo que conviene saber de {name}:"),
        Kind.USP: ("{name} en una frase:", "Si te quedas con una sola idea de {name}:"),
        Kind.JOB: ("Lo que debería ser sencillo:", "En la lista de pendientes:"),
        Kind.PERSONA: ("¿Para quién es {name}?", "Pensamos en alguien cuando hacemos {name}:"),
        Kind.PAIN: ("Un problema que merece otra mirada:", "A mucha gente le suena:"),
    },
    bridges={
        Kind.PAIN: (
            "En eso trabaja {name}.",
            "Por eso existe {name}.",
            "Queremos que eso cambie.",
            "Ahí es donde entra {name}.",
        ),
        Kind.JOB: ("Para eso está hecho {name}.", "{name} gira en torno a eso.", "No debería ser tan difícil."),
        Kind.DIFFERENCE: (
            "En {name} lo hicimos así a propósito.",
            "Una frase corta con mucho trabajo detrás.",
            "De ahí sale casi todo lo demás en {name}.",
        ),
        Kind.USP: ("Esa es la idea detrás de {name}.", "Todo lo demás en {name} parte de ahí."),
        Kind.PROOF: (
            "Solo contamos lo que podemos respaldar, y esto sí podemos.",
            "Lo compartimos con gusto. Gracias a quienes lo hicieron posible.",
            "Nos alegra y nos anima a seguir.",
        ),
        Kind.WHAT: ("Eso es {name}.", "En eso trabajamos cada día."),
        Kind.PERSONA: ("Para esas personas hacemos {name}.", "Si te reconoces, {name} está pensado para ti."),
        Kind.FOUNDER: ("Esa experiencia está en {name}.", "Es una de las razones por las que {name} es como es."),
    },
    lists={
        Kind.PAIN: ("Lo que se interpone:", "¿Te suena algo de esto?", "Cosas que quitan más tiempo del que deberían:"),
        Kind.JOB: ("Lo que debería permitirte:", "Para qué existe {name}:"),
        Kind.DIFFERENCE: ("Así lo hace {name}:", "Lo que encuentras en {name}:", "Lo que define a {name}:"),
        Kind.PERSONA: ("Para quién es:", "Hacemos {name} para:"),
    },
    contrasts=(
        "Hoy: {before}\nCon {name}: {after}",
        "Cómo va ahora: {before}\nCómo lo hace {name}: {after}",
        "Un día cualquiera: {before}\nUn día con {name}: {after}",
        "El problema: {before}\nNuestra respuesta: {after}",
    ),
    cards=(
        "Para: {who}\nEl problema: {problem}\nNuestra respuesta: {answer}",
        "Quién: {who}\nQué estorba: {problem}\nQué hace {name}: {answer}",
        "Pensado para: {who}\nLo que muchos conocen: {problem}\nLo que hacemos con eso: {answer}",
    ),
    asks={
        Theme.PROBLEM: (
            "¿Cómo lo resuelves hoy?",
            "¿Qué has probado hasta ahora?",
            "¿Qué es lo que más te complica?",
            "¿Qué cambiarías primero?",
        ),
        Theme.PRODUCT: (
            "¿Qué te gustaría que hiciera primero?",
            "¿Dónde te ayudaría?",
            "¿Qué necesitarías ver antes de probarlo?",
            "¿Qué parte mostramos con más detalle?",
        ),
        Theme.PROOF: (
            "¿Qué te gustaría saber de cómo se logró?",
            "¿Qué sería un buen resultado para ti?",
            "¿Qué te convencería a ti?",
        ),
        Theme.AUDIENCE: (
            "¿Qué cambiaría eso para ti?",
            "¿Cómo es en tu caso?",
            "¿En quién piensas al leerlo?",
            "¿Qué te lleva más tiempo del que debería?",
        ),
        Theme.PEOPLE: (
            "¿Qué te gustaría preguntarnos?",
            "¿Qué te hizo empezar con lo que haces?",
            "¿Sobre qué escribimos la próxima vez?",
        ),
    },
    early_asks=(
        "Estamos empezando y ahora una opinión sincera vale mucho. ¿Cuál es la tuya?",
        "Todavía estamos aprendiendo. ¿Qué se nos escapa?",
        "¿Qué haría que esto te resultara útil?",
    ),
    more=("Más información: {url}", "Échale un vistazo: {url}", "Todos los detalles: {url}", "Míralo aquí: {url}"),
    price=("Cuánto cuesta: {price}", "El precio, sin rodeos: {price}"),
    image="Foto o gráfico sencillo para {name}: {lead} Sin logotipos ajenos y legible en el teléfono.",
    video="Vídeo vertical de menos de un minuto, con subtítulos. Primer segundo: {lead} Después: {support}",
    everyone="Quienes necesitan {name}",
)
