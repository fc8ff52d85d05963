"""An answer to each question, of one startup that does not exist, for somebody who wonders what is meant."""

from __future__ import annotations

from aipromote.languages import N_

EXAMPLES = {
    "name": "Pagerlane",
    "tagline": N_("Wake the right person, once."),
    "category": N_("Developer tools"),
    "pricing": N_("Free for up to five people, then 4 € for each person and month."),
    "markets": N_("Germany\nAustria\nThe Netherlands"),
    "languages": "en\nde",
    "time_zone": "Europe/Berlin",
    "icp.personas": N_("Who: the engineer on call. What they are like: one of four, woken twice a week."),
    "icp.jobs_to_be_done": N_("Sleep through a night on call\nKnow which alert matters before opening the laptop"),
    "icp.pain_points": N_("The same alert reaches five people\nNobody knows who is on call during holidays"),
    "icp.industries": N_("Software for other companies\nOnline shops"),
    "icp.priority_segments": N_("Teams of three to ten who run their own servers"),
    "positioning.usp": N_("It groups alerts before they wake anybody."),
    "positioning.differentiators": N_("Runs on your own server\nSet up in ten minutes, without an agent"),
    "proof_points": N_(
        "What may be said: 41 teams use it every day. Where it can be checked: https://pagerlane.example/teams"
    ),
    "positioning.competitors": N_("Name: Bellhop. Note: larger, hosted only."),
    "brand.tone": N_("Dry, precise, kind"),
    "brand.voice": N_("Engineers talking to engineers, after midnight"),
    "brand.words_to_use": N_("on call\nquiet night"),
    "brand.words_to_avoid": N_("revolutionary\nseamless"),
    "brand.hashtags.allowed": "#oncall\n#sre",
    "brand.hashtags.forbidden": "#growthhacking",
    "brand.example_content": N_("Your pager went off nine times last night. Eight of them were the same disk."),
    "brand.legal_disclaimer": N_("Advertisement"),
    "goals.frequency.posts_per_week": "6",
    "goals.frequency.per_platform": "x: 4\nlinkedin: 2",
    "goals.kpis": N_("What is counted: sign-ups. Target: 40. In which time: a month."),
    "constraints.claims_to_avoid": N_("Never misses an alert\nThe only tool you need"),
    "constraints.compliance_notes": N_("Customers are named only after they have agreed in writing."),
}
"""By the path of the question."""
