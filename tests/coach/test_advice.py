"""Advice is given for what is sure, and hardly ever for noise."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aipromote.analytics.models import Snapshot
from aipromote.analytics.queries import Result
from aipromote.coach.advice import advise, comparisons
from aipromote.documents.vocabulary import Platform

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OPENINGS = ("Why clay?", "We fired pots.", "5 glazes.", "Clay remembers.")
PILLARS = ("Craft", "People", "Product")


def result(number: int, rate: float, *, opening: str, pillar: str | None = None, account: int = 1) -> Result:
    """A measured post as the analytics room hands it over; nothing is stored."""
    return Result(
        post_id=UUID(int=number),
        piece_id=UUID(int=number),
        account_id=UUID(int=account),
        handle=f"account-{account}",
        platform=Platform.LINKEDIN,
        is_simulated=True,
        pillar=pillar,
        opening=opening,
        published_at=START + timedelta(hours=number),
        snapshot=Snapshot(id=UUID(int=number), engagement_rate=rate),
    )


def noise(draws: random.Random) -> list[Result]:
    """A month on two accounts in which nothing that was tried makes any difference."""
    return [
        result(
            number,
            min(1.0, draws.lognormvariate(-3.5, 0.7)),
            opening=draws.choice(OPENINGS),
            pillar=draws.choice(PILLARS),
            account=number % 2,
        )
        for number in range(64)
    ]


def test_noise_brings_about_advice_in_at_most_one_summary_of_twenty() -> None:
    draws = random.Random(2026)
    months = [noise(draws) for _ in range(200)]
    assert fewest_comparisons(months) > 4, "there is enough to be wrong about"
    advised = sum(bool(advise(month, seed=str(number))) for number, month in enumerate(months))
    assert advised <= 19, "200 summaries at 5 % give 10; 19 is three standard deviations more"


def fewest_comparisons(months: list[list[Result]]) -> int:
    return min(len(comparisons(month)) for month in months)


def test_fewer_than_five_posts_on_one_side_are_not_compared() -> None:
    few = [result(n, 0.5, opening="Why?") for n in range(4)]
    many = [result(n, 0.01 + n / 10_000, opening="So.") for n in range(10, 30)]
    assert comparisons([*few, *many]) == []
    assert advise([*few, *many], seed="s") == []


def test_one_division_of_the_posts_is_tried_once_under_the_better_name() -> None:
    questions = [result(n, 0.05 + n / 1000, opening="Why?", pillar="Craft") for n in range(8)]
    statements = [result(n, 0.01 + n / 10_000, opening="So.", pillar="People") for n in range(10, 18)]
    (tried,) = comparisons([*statements, *questions])
    assert tried.trait == "hook.question"
    (advice,) = advise([*statements, *questions], seed="s")
    assert advice.recommendation.change == "On LinkedIn (@account-1), plan more posts that begin with a question."


def test_accounts_are_never_mixed() -> None:
    strong = [result(n, 0.30 + n / 1000, opening="Why?", account=1) for n in range(8)]
    weak = [result(n, 0.01 + n / 1000, opening="So.", account=2) for n in range(10, 18)]
    assert comparisons([*strong, *weak]) == []


def test_a_trait_that_does_worse_than_several_others_is_advised_against() -> None:
    draws = random.Random(1)
    numbers = [result(n, draws.uniform(0.002, 0.004), opening="5 glazes.") for n in range(9)]
    others = [result(n, draws.uniform(0.03, 0.05), opening=OPENINGS[n % 2]) for n in range(20, 40)]
    changes = [advice.recommendation.change for advice in advise([*numbers, *others], seed="s")]
    assert "On LinkedIn (@account-1), plan fewer posts that begin with a number." in changes
