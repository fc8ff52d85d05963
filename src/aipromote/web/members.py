"""Words of the pages about people and what they may do."""

from __future__ import annotations

from typing import Final

from aipromote.languages import Lazy, lazy
from aipromote.organizations.states import Role

ROLES: Final[dict[Role, tuple[Lazy, Lazy]]] = {
    Role.OWNER: (lazy("Owner"), lazy("Everything, also handing the ownership over.")),
    Role.ADMIN: (lazy("Admin"), lazy("Connects accounts, invites and removes people, sees the audit trail.")),
    Role.EDITOR: (lazy("Editor"), lazy("Writes and edits texts, facts and the plan. May approve, too.")),
    Role.APPROVER: (lazy("Approver"), lazy("Approves, schedules and cancels, and does not write.")),
    Role.VIEWER: (lazy("Viewer"), lazy("Sees everything and changes nothing.")),
}
"""What each role is called, and what it is for."""


def below(role: Role, *, itself: bool = True) -> list[Role]:
    """The roles that may be given to somebody by who has this one: never the owner's, never more than their own."""
    order = list(Role)
    return [one for one in order[order.index(role) + (0 if itself else 1) :] if one is not Role.OWNER]
