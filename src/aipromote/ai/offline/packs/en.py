"""English."""

from aipromote.ai.offline.pack import Kind, Pack, Theme

PACK = Pack(
    code="en",
    pillars={
        Theme.PROBLEM: ("The problem", "What gets in the audience's way today."),
        Theme.PRODUCT: ("How {name} works", "What the product does and why it is built that way."),
        Theme.PROOF: ("What we can show", "Results and voices that have a source."),
        Theme.AUDIENCE: ("Who it is for", "The people {name} serves and what they want to get done."),
        Theme.PEOPLE: ("Behind {name}", "The people who build it, and how."),
    },
    openers={
        Kind.WHAT: ("What is {name}?", "{name}, in plain words:", "The short version of {name}:"),
        Kind.DIFFERENCE: ("Why {name}?", "A decision we made early at {name}:", "One thing to know about {name}:"),
        Kind.USP: ("{name} in one line:", "If you remember one thing about {name}:"),
        Kind.JOB: ("What should be simple:", "On the to-do list:"),
        Kind.PERSONA: ("Who is {name} for?", "We have somebody in mind when we build {name}:"),
        Kind.PAIN: ("A problem worth a closer look:", "This one is familiar to many:"),
    },
    bridges={
        Kind.PAIN: (
            "This is the problem {name} works on.",
            "{name} exists because of this.",
            "We started {name} to change that.",
            "That is where {name} comes in.",
            "There is a calmer way to do this.",
        ),
        Kind.JOB: (
            "That is the job {name} is made for.",
            "{name} is built around exactly this.",
            "We think that should not be hard.",
        ),
        Kind.DIFFERENCE: (
            "We built {name} that way on purpose.",
            "It shapes everything else about {name}.",
            "A small sentence with a lot of work behind it.",
        ),
        Kind.USP: ("That is the idea behind {name}.", "Everything in {name} follows from that."),
        Kind.PROOF: (
            "We only share what we can back up, and this we can.",
            "Worth sharing, with thanks to everyone involved.",
            "Good to see, and a reason to keep going.",
        ),
        Kind.WHAT: ("That is {name}.", "That is what we work on every day."),
        Kind.PERSONA: ("That is who we build {name} for.", "If that is you, {name} was made with you in mind."),
        Kind.FOUNDER: ("That experience went into {name}.", "It is one reason {name} looks the way it does."),
    },
    lists={
        Kind.PAIN: ("What gets in the way:", "What eats up the day:", "Does any of this sound familiar?"),
        Kind.JOB: ("What it should let you do:", "What people come to {name} for:"),
        Kind.DIFFERENCE: ("How {name} goes about it:", "What you get with {name}:", "What makes {name} what it is:"),
        Kind.PERSONA: ("Who it is for:", "We build {name} for:"),
    },
    contrasts=(
        "Today: {before}\nWith {name}: {after}",
        "How it goes now: {before}\nHow {name} does it: {after}",
        "The usual day: {before}\nA day with {name}: {after}",
        "The problem: {before}\nOur answer: {after}",
    ),
    cards=(
        "For: {who}\nThe problem: {problem}\nOur answer: {answer}",
        "Who: {who}\nWhat gets in the way: {problem}\nWhat {name} does: {answer}",
        "If you are one of these: {who}\nand this is familiar: {problem}\nthen this is for you: {answer}",
    ),
    asks={
        Theme.PROBLEM: (
            "How do you deal with this today?",
            "What have you tried so far?",
            "Where does this hit you hardest?",
            "What would you fix first?",
        ),
        Theme.PRODUCT: (
            "What would you want it to do first?",
            "Where would this help you most?",
            "What would you need to see before trying it?",
            "Which part should we show in more detail?",
        ),
        Theme.PROOF: (
            "What would you like to know about how this came about?",
            "What would count as a good result for you?",
            "What would convince you?",
        ),
        Theme.AUDIENCE: (
            "What would that change for you?",
            "What does that look like where you work?",
            "Who comes to mind when you read this?",
            "What takes longer than it should for you?",
        ),
        Theme.PEOPLE: (
            "What would you like to ask us?",
            "What made you start with what you do?",
            "What should we write about next?",
        ),
    },
    early_asks=(
        "We are early, and honest opinions help most right now. What is yours?",
        "We are still finding out. What are we missing?",
        "What would make this useful to you?",
    ),
    more=("More: {url}", "Take a look: {url}", "See for yourself: {url}", "Details: {url}"),
    price=("What it costs: {price}", "Pricing, plainly: {price}"),
    image="A photo or simple graphic for {name}, showing: {lead} No logos of others, readable on a phone.",
    video="Vertical video, under a minute, captions burned in. First second: {lead} Then: {support}",
    everyone="People who need {name}",
)
