"""Finding out what became of calls without an answer. Nothing is sent here, nor again before this is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels import actions as accounts_actions
from aipromote.channels import tokens
from aipromote.connectors import registry
from aipromote.connectors.contract import Credentials, LookUp, Undecided
from aipromote.connectors.errors import ConnectorError, PermissionMissing, Revoked, Unauthorized
from aipromote.db.database import Database
from aipromote.publishing import aftermath
from aipromote.publishing.changes import change_posts, finish_attempts
from aipromote.publishing.checkpoints import Checkpoint, go_on
from aipromote.publishing.counting import count_look_ups
from aipromote.publishing.gate import asking_gate
from aipromote.publishing.looked_up import judge
from aipromote.publishing.pace import Pace
from aipromote.publishing.questions import Question
from aipromote.publishing.transactions import persistently

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def reconcile(
    database: Database,
    http: aiohttp.ClientSession,
    questions: Sequence[Question],
    *,
    pace: Pace,
    at: Checkpoint = go_on,
) -> None:
    """Ask the networks, and write down what they said."""
    organizations = {question.post.organization_id for question in questions}
    open_gate = asking_gate(http, pace)

    async def ask(question: Question) -> LookUp | ConnectorError:
        async with open_gate:
            return await _ask(database, http, question)

    answers = await asyncio.gather(*(ask(question) for question in questions))
    answered = list(zip(questions, answers, strict=True))
    at("asked")
    await persistently(database, organizations, lambda session: _record(session, answered, pace=pace))
    at("looked_up")


async def _ask(database: Database, http: aiohttp.ClientSession, question: Question) -> LookUp | ConnectorError:
    """One look-up; where the token is refused, once more with a new one. Never raises: others wait for its end."""
    try:
        known = tokens.credentials(question.account)
        question.certainty = registry.get(question.account.connector).certainty_of(known)
        try:
            return await _look_up(http, question, known)
        except Unauthorized:
            organization_id, account_id = question.account.organization_id, question.account.id
            renewed = await tokens.fresh_credentials(
                database, http, organization_id=organization_id, account_id=account_id, rejected=known.access_token
            )
            return await _look_up(http, question, renewed)
    except ConnectorError as error:
        return error
    except Exception as error:
        log.exception("a look-up ended in a way nobody foresaw", post=str(question.post.id))
        return Undecided(f"The look-up ended in a way that was not foreseen ({type(error).__name__}).")


async def _look_up(http: aiohttp.ClientSession, question: Question, credentials: Credentials) -> LookUp:
    connector = registry.get(question.account.connector)
    return await connector.look_up(http, credentials, question.part(), question.armed())


async def _record(
    session: AsyncSession, answered: Sequence[tuple[Question, LookUp | ConnectorError]], *, pace: Pace
) -> None:
    results = [judge(question, answer, pace=pace) for question, answer in answered]
    await finish_attempts(session, [attempt for attempts, _ in results for attempt in attempts])
    changed = await change_posts(session, [post for _, post in results])
    for question, answer in answered:
        if isinstance(answer, Unauthorized | PermissionMissing | Revoked) and question.account.is_active:
            await accounts_actions.mark_unusable(
                session,
                organization_id=question.account.organization_id,
                account_id=question.account.id,
                reason=f"{answer.reason} Connect the account again.",
            )
    count_look_ups((attempts[0], post) for attempts, post in results if (post.organization_id, post.id) in changed)
    await aftermath.follow(session, list(changed.values()))
