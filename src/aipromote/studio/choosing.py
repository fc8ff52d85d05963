"""The Studio's first page: which organization is looked at."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from aipromote.audit import actions as audit
from aipromote.errors import InvalidInput
from aipromote.studio.looking import MAX_SHOWN, Look, choices, keep_choice


class Choosing(CustomView):
    """A list of organizations to choose from. Choosing one leaves a line in its audit trail."""

    menu_label = "Organizations"
    path = "/"

    @route("")
    async def index(self, request: Request) -> Response:
        """The list, narrowed by what a name begins with."""
        look: Look = request.state.look
        named = request.query_params.get("named", "")[:200]
        found = await choices(request.state.session, administrator=look.administrator.id, named=named)
        context = {
            "title": "Organizations",
            "choices": found,
            "named": named,
            "chosen": look.organization_id,
            "at_most": MAX_SHOWN,
            "may_write": look.may_write,
        }
        assert self._admin is not None
        return self._admin._template_response(request=request, name="choosing.html", context=context)  # noqa: SLF001 -- as the library's own index does

    @route("/choose", methods=["POST"])
    async def choose(self, request: Request) -> Response:
        """Keep the choice in a cookie of the browser's session."""
        look: Look = request.state.look
        form = await request.form()
        try:
            organization_id = UUID(str(form.get("organization", "")))
        except ValueError as error:
            raise InvalidInput("This is not an organization.") from error
        async with request.state.database.transaction(organization_id) as session:
            await audit.record(
                session,
                look.actor,
                organization_id=organization_id,
                action="studio.opened",
                subject="organizations",
                subject_id=organization_id,
            )
        response = RedirectResponse(request.url_for("studio:index"), status_code=303)
        keep_choice(response, organization_id, administrator=look.administrator.id)
        return response
