"""Every verb in which somebody acts tells the log, or has a reason not to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import aipromote

ROOT = Path(aipromote.__file__).parent

SILENT = {
    "brand.actions.take_facts": "a part of `briefs.profile.replace`, whose change of the brief tells",
    "scheduling.actions.parting.remove_member": "`organizations.team.remove` tells, and so does what is revoked",
    "scheduling.actions.parting.leave_team": "`organizations.team.leave` tells, likewise",
    "organizations.actions.require": "asks, and changes nothing",
    "audit.actions.record": "is the log",
    "channels.actions.start_connect": "nothing is connected until the person comes back from the network",
    "channels.actions.may_connect": "asks, and changes nothing",
    "channels.actions.take_flow": "`channels.actions.keep_opened` tells, when something was connected",
    "channels.actions.offer": "nothing is connected until the person has chosen",
    "channels.actions.take_choice": "`channels.actions.keep_opened` tells",
    "briefs.actions.finish": "`strategy.intake.begin` tells: an organization was founded",
    "portability.exporting.export": "only reads; `exporting.record` tells, in a transaction that writes",
    "content.actions.reviewing.approve": "`let_out` tells",
    "content.actions.reviewing.approve_many": "`let_out` tells, for each piece",
    "content.actions.reviewing.ask_changes": "`send_back` tells",
    "content.actions.planning.cancel_writing": "`ai.actions.cancel` tells",
    "content.actions.varying.request_variants": "`ai.actions.ask` tells",
    "scheduling.actions.changing.choose_variant": "`content.actions.choose_variant` tells, and each cancelled post",
    "content.actions.picturing.add_card": "`picturing.changed` tells, with the action that it is given",
    "content.actions.picturing.attach": "`picturing.changed` tells, with the action that it is given",
    "content.actions.picturing.remove_picture": "`picturing.changed` tells, with the action that it is given",
    "content.actions.arranging.describe_picture": "`picturing.changed` tells, with the action that it is given",
    "content.actions.arranging.arrange_pictures": "`picturing.changed` tells, with the action that it is given",
    "content.actions.picturing.attach_file": "`content.actions.picturing.attach` does it",
    "content.actions.arranging.attach_known": "`content.actions.picturing.attach` does it",
    "content.actions.arranging.remove_file": "`assets.actions.remove` tells",
    "scheduling.actions.returning.return_to_revision": "`edit_piece` tells",
    "content.actions.planning.request_pieces": "`ai.actions.ask` tells",
    "strategy.actions.deciding.go_back": "`accept` tells, that it went back and why",
    "scheduling.actions.changing.reschedule": "`publishing.actions.reschedule` tells",
    "scheduling.actions.changing.cancel_open_posts": "each cancelled post tells",
    "scheduling.actions.changing.cancel": "`publishing.actions.cancel` tells",
    "scheduling.actions.moving.move_by_days": "`publishing.actions.reschedule` tells of each post",
    "scheduling.actions.moving.cancel_many": "`publishing.actions.cancel` tells of each post",
    "scheduling.actions.changing.publish_piece_now": "`publishing.actions` tells: a post was scheduled, or sent now",
    "scheduling.actions.changing.edit_piece": "`content.actions.edit` tells, and each cancelled post",
    "scheduling.actions.changing.ask_changes": "`content.actions.ask_changes` tells, and each cancelled post",
    "scheduling.actions.changing.restore_piece": "`content.actions.restore` tells",
    "scheduling.actions.changing.archive_piece": "`content.actions.archive` tells, and each cancelled post",
    "scheduling.actions.several.archive_pieces": "`content.actions.archive` tells of each",
    "scheduling.actions.several.restore_pieces": "`content.actions.restore` tells of each",
    "scheduling.actions.several.submit_pieces": "`content.actions.submit` tells of each",
    "scheduling.actions.fixing.fix_piece": "`edit_piece` tells",
    "scheduling.actions.replanning.follow_plan": "`content.actions.take_place` tells, for each piece",
    "scheduling.actions.replanning.replan": "each piece tells that is placed or archived, and each post",
    "scheduling.actions.planning.approve_and_schedule": "each approval and each post tells",
    "scheduling.actions.planning.plan": "each post tells",
    "scheduling.actions.planning.schedule_approved": "each post tells",
}


def _functions(path: Path) -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.AsyncFunctionDef):
            yield f"{name}.{node.name}", node


def _verbs() -> Iterator[tuple[str, bool]]:
    """Public verbs that take an actor, and whether they, or private functions beside them that they call, record."""
    patterns = (
        "*/actions.py", "*/actions/*.py", "publishing/holds.py", "organizations/*.py", "portability/*.py",
    )  # fmt: skip
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        functions = dict(_functions(path))
        calls = {
            name: {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
            for name, node in functions.items()
        }
        for name, node in functions.items():
            arguments = [*node.args.args, *node.args.kwonlyargs]
            takes_actor = any(each.annotation and ast.unparse(each.annotation) == "Actor" for each in arguments)
            if takes_actor and not node.name.startswith("_"):
                yield name, _records(name, calls, set())


def _records(name: str, calls: dict[str, set[str]], seen: set[str]) -> bool:
    if "audit.record" in calls[name]:
        return True
    module = name.rpartition(".")[0]
    nearby = {f"{module}.{call}" for call in calls[name] if call.startswith("_")} & calls.keys() - seen
    return any(_records(one, calls, seen | {name}) for one in nearby)


def test_every_verb_in_which_somebody_acts_tells_the_log() -> None:
    found = dict(_verbs())
    assert len(found) > 30
    quiet = {name for name, records in found.items() if not records}
    assert quiet - SILENT.keys() == set(), "call audit.record, or give a reason in SILENT"
    assert SILENT.keys() - quiet == set(), "these tell the log, or are gone"
