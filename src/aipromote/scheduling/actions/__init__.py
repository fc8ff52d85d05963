"""The verbs of scheduling: give approved pieces their times, and change what has one."""

from aipromote.scheduling.actions.changing import (
    archive_piece,
    ask_changes,
    cancel,
    choose_variant,
    edit_piece,
    publish_piece_now,
    reschedule,
    restore_piece,
)
from aipromote.scheduling.actions.fixing import fix_piece
from aipromote.scheduling.actions.moving import Many, cancel_many, move_by_days
from aipromote.scheduling.actions.parting import leave_team, remove_member
from aipromote.scheduling.actions.placing import place_waiting
from aipromote.scheduling.actions.planning import HeldBack, Result, approve_and_schedule, plan, schedule_approved
from aipromote.scheduling.actions.replanning import Replanned, follow_plan, replan
from aipromote.scheduling.actions.returning import return_to_revision
from aipromote.scheduling.actions.reviewing import approve_by_link, ask_changes_by_link
from aipromote.scheduling.actions.several import archive_pieces, restore_pieces, submit_pieces

__all__ = [
    "HeldBack",
    "Many",
    "Replanned",
    "Result",
    "approve_and_schedule",
    "approve_by_link",
    "archive_piece",
    "archive_pieces",
    "ask_changes",
    "ask_changes_by_link",
    "cancel",
    "cancel_many",
    "choose_variant",
    "edit_piece",
    "fix_piece",
    "follow_plan",
    "leave_team",
    "move_by_days",
    "place_waiting",
    "plan",
    "publish_piece_now",
    "remove_member",
    "replan",
    "reschedule",
    "restore_piece",
    "restore_pieces",
    "return_to_revision",
    "schedule_approved",
    "submit_pieces",
]
