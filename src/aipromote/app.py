"""Builds the web application and mounts every router. Servers start it as `aipromote.cli.serving:create_app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware

from aipromote import clock, logs, settings, worker
from aipromote.api import answers
from aipromote.api import routes as api
from aipromote.channels import servers
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.http.attempts import Attempts
from aipromote.http.doorway import Doorway
from aipromote.http.explained import answer_errors
from aipromote.http.forms import guard_forms
from aipromote.http.spooling import spooling_in
from aipromote.http.vitals import Vitals
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.server import asking_server
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.metrics import PATH
from aipromote.monitoring.watch import watching_over
from aipromote.settings import Settings
from aipromote.studio import app as studio
from aipromote.web import (
    account,
    approval,
    attaching,
    audit_trail,
    bundling,
    calendar,
    channels,
    choosing,
    comments,
    composing,
    deciding,
    entrance,
    factors,
    facts,
    feeds,
    files,
    fixing,
    frame,
    frame_design,
    frame_going,
    frame_running,
    health,
    home,
    intake,
    interview,
    interview_typing,
    joining,
    keys,
    library,
    media,
    metrics,
    ordering,
    pictures,
    pieces,
    posts,
    providers,
    recovering,
    registering,
    replanning,
    review,
    review_links,
    revisions,
    rewriting,
    saving,
    second_factor,
    series,
    settings_brand,
    settings_data,
    settings_hub,
    settings_profile,
    speaking,
    strategy,
    strategy_changes,
    strategy_editing,
    summaries,
    taking_along,
    team,
    variants,
)
from aipromote.web.agenda import acts as changing
from aipromote.web.agenda import feeds as subscribing
from aipromote.web.agenda import pages as agenda
from aipromote.web.operations import acts as operating
from aipromote.web.operations import apps as operating_apps
from aipromote.web.operations import pages as operations
from aipromote.web.render import STATIC, error_page
from aipromote.web.results import pages as results
from aipromote.web.static_files import Static

_LARGEST_BODY = 320 * 1024
"""A brief of 256 kB and what a form adds to it."""
_PATIENCE_SECONDS = 20.0
"""For calls to networks that a page waits for."""


def create_app(chosen: Settings | None = None) -> FastAPI:
    """The application, by these settings (the process's own where none are given)."""
    chosen = chosen or settings.get()
    bundling.ensure()
    errors = answers.by_path(error_page)
    app = FastAPI(
        title="AIPromote",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        max_body_size=_LARGEST_BODY,
        middleware=[Middleware(Doorway, chosen=chosen, error_page=errors, guarded=(PATH,))],
    )
    answer_errors(app, error_page=errors)
    app.mount("/static", Static(directory=STATIC), name="static")
    for module in (
        frame,
        frame_running,
        frame_going,
        frame_design,
        entrance,
        speaking,
        second_factor,
        factors,
        registering,
        recovering,
        providers,
        account,
        intake,
        interview,
        interview_typing,
        home,
        replanning,
        strategy,
        strategy_changes,
        strategy_editing,
        calendar,
        agenda,
        changing,
        subscribing,
        library,
        choosing,
        ordering,
        composing,
        feeds,
        series,
        pieces,
        comments,
        review_links,
        review,
        deciding,
        saving,
        revisions,
        fixing,
        pictures,
        files,
        variants,
        rewriting,
        posts,
        summaries,
        results,
        channels,
        facts,
        settings_hub,
        settings_profile,
        settings_brand,
        settings_data,
        approval,
        taking_along,
        team,
        joining,
        keys,
        audit_trail,
        operations,
        operating,
        operating_apps,
    ):
        app.include_router(module.router, dependencies=[Depends(guard_forms)])
    app.include_router(attaching.router_of(chosen), dependencies=[Depends(guard_forms)])
    app.include_router(media.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(api.router)
    app.mount(studio.PATH, studio.Studio(), name="studio")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connections open when first used and close with the process."""
    chosen = settings.get()
    logs.configure(chosen)
    clock.use(chosen.clock_file)
    carrier = None
    if chosen.redis_url is not None:
        carrier = Carrier(chosen.redis_url.get_secret_value(), prefix=chosen.queue_prefix)
    database = Database.from_settings("aipromote web")
    app.state.database = database
    app.state.carrier = carrier
    app.state.vitals = Vitals(database, carrier)
    watching = Database.from_settings("aipromote watch", pool_size=1)
    app.state.lookout = lookout = Lookout(watching, carrier, config=chosen, serving=database)
    prefix = carrier.prefix if carrier else chosen.queue_prefix
    app.state.periodic = worker.PERIODIC
    app.state.attempts = Attempts(carrier.redis if carrier else None, prefix=prefix)
    asking = asking_server(chosen.redis_url.get_secret_value() if chosen.redis_url else None, prefix=prefix)
    networks = wire.open_session(timeout_seconds=_PATIENCE_SECONDS, reach=servers.reach)
    async with networks as http, watching_over(lookout), asking:
        app.state.http = http
        try:
            with spooling_in(chosen.home):
                yield
        finally:
            await database.close()
            await watching.close()
            if carrier is not None:
                await carrier.close()
