"""The whole simulation: from the brief to the weekly summaries, and the count of what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import select

from aipromote import clock
from aipromote.accounts.actions import create_user
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.clock import Dial
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.brief.file import dump_brief
from aipromote.simulation import setting_out, timeline
from aipromote.simulation.journal import Journal
from aipromote.simulation.outcome import Outcome, take_stock
from aipromote.simulation.setting_out import Stage
from aipromote.strategy.intake import begin


@dataclass(frozen=True)
class Progress:
    """How far it is: a step in words, and the part of the simulated days that has passed (0..1)."""

    step: str
    done: float
    at: datetime


NEXT_DAYS = 14

OnProgress = Callable[[Progress], None]


@dataclass
class Simulation:
    """One run. `dial` is the clock that all processes of this instance share; `journal_path` lets a later run go on."""

    brief: Brief
    journal: Journal
    journal_path: Path
    dial: Dial
    database: Database
    http: aiohttp.ClientSession
    sandbox_url: str
    password: str
    on_progress: OnProgress
    then_go_on: bool = False
    """Afterwards come back to the present and have the next two weeks written, for a person to approve."""

    async def run(self) -> Outcome:
        """Drive it to its end. Raises Unavailable when the product does not get on."""
        begun = time.monotonic()
        stage = await self._enter()
        self._tell("Writing the strategy")
        strategy = await setting_out.strategy_accepted(stage)
        self._tell("Connecting accounts on the sandbox network")
        await setting_out.accounts_connected(stage, strategy)
        held_back = 0
        if self.journal.at == self.journal.start:
            self._tell("Writing the posts")
            await setting_out.pieces_written(stage, days=self.journal.days)
            self._tell("Approving and scheduling")
            await setting_out.placed_without_a_click(stage)
            held_back = len(await setting_out.week_approved(stage))
        await self._pass_the_days(stage)
        outcome = await take_stock(
            stage,
            source=self.journal.source,
            days=self.journal.days,
            held_back=held_back,
            seconds=time.monotonic() - begun,
        )
        if self.then_go_on:
            self._tell("Writing the next two weeks")
            self.dial.jump(clock.real_now())
            await setting_out.pieces_written(stage, days=NEXT_DAYS)
        self._note(finished=True)
        return outcome

    async def _enter(self) -> Stage:
        """The founder signs up and hands in the brief, unless that happened in an earlier run."""
        async with self.database.transaction() as session:
            user = (await session.scalars(select(User).where(User.email == self.journal.email))).one_or_none()
            if user is None:
                name = self.brief.founders[0].name if self.brief.founders else None
                user = await create_user(
                    session, email=self.journal.email, password=self.password, name=name, role=UserRole.ADMIN
                )
        actor = Actor(user.name or user.email, user.id)
        if self.journal.organization_id is None:
            async with self.database.transaction() as session:
                organization, _ = await begin(
                    session,
                    actor,
                    brief=self.brief,
                    brief_yaml=dump_brief(self.brief),
                    start=self.journal.start.astimezone(ZoneInfo(self.brief.time_zone)).date(),
                )
            self._note(organization_id=organization.id)
        assert self.journal.organization_id is not None
        return Stage(self.database, self.http, self.sandbox_url, self.journal.organization_id, actor, self.brief)

    async def _pass_the_days(self, stage: Stage) -> None:
        while clock.now() < self.journal.end:
            await timeline.settled(stage)
            stop = await timeline.next_stop(stage, end=self.journal.end)
            self.dial.jump(stop)
            self._note(at=stop)
            self._tell("Publishing and measuring")
        await timeline.settled(stage)

    def _note(self, **facts: object) -> None:
        self.journal = self.journal.model_copy(update=facts)
        self.journal.write(self.journal_path)

    def _tell(self, step: str) -> None:
        passed = (self.journal.at - self.journal.start) / self.journal.length
        self.on_progress(Progress(step, min(1.0, max(0.0, passed)), clock.now()))
