"""The Studio as an ASGI application: who is not an administrator does not learn that it is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from aipromote import settings
from aipromote.http.visits import administrator, database_of
from aipromote.studio.looking import Look, chosen

if TYPE_CHECKING:
    from starlette.applications import Starlette

PATH = "/studio"
_TEMPLATES = Path(__file__).parent / "templates"

# The library's pages carry their small scripts and styles inside. Nothing from elsewhere, still.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


class Studio:
    """Built when an administrator first asks: nobody else pays for it with memory."""

    def __init__(self) -> None:
        self._pages: Starlette | None = None

    @property
    def routes(self) -> list[BaseRoute]:
        """By which the web application, where this is mounted, makes addresses."""
        return list(self._pages.routes) if self._pages is not None else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Raises NotSignedIn or NotFound, which the web application answers."""
        request = Request(scope, receive)
        async with database_of(request).transaction() as session:
            user = await administrator(session, request)
        state = scope.setdefault("state", {})
        state["look"] = Look(user, chosen(request, administrator=user.id), may_write=settings.get().studio_writes)
        state["database"] = database_of(request)
        if self._pages is None:
            self._pages = _build()

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", _POLICY.encode())]
            await send(message)

        await self._pages(scope, receive, send_with_policy)


def _build() -> Starlette:
    from starlette.applications import Starlette  # noqa: PLC0415 -- see the class
    from starlette.middleware import Middleware  # noqa: PLC0415
    from starlette_admin.base import BaseAdmin  # noqa: PLC0415

    from aipromote import schema  # noqa: PLC0415
    from aipromote.db.base import Base  # noqa: PLC0415
    from aipromote.studio.choosing import Choosing  # noqa: PLC0415
    from aipromote.studio.looking import Transaction  # noqa: PLC0415
    from aipromote.studio.views import TableView  # noqa: PLC0415

    assert schema.ROOMS  # every model is loaded
    admin = BaseAdmin(
        title="AIPromote Studio",
        base_url="/",
        route_name="studio",
        templates_dir=str(_TEMPLATES),
        index_view=Choosing(),
        secret_key=settings.get().require("secret_key"),
        middlewares=[Middleware(Transaction)],
    )
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__tablename__):
        admin.add_view(TableView(mapper.class_))
    admin.mount_to(Starlette())  # which builds the pages; they are served from where the Studio is mounted
    return admin.app
