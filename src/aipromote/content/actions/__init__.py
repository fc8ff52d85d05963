"""The verbs of content: plan, draft, edit, review, mirror."""

from aipromote.content.actions.arranging import arrange_pictures, attach_known, describe_picture, remove_file
from aipromote.content.actions.dating import plan_for
from aipromote.content.actions.drafting import adapt, draft, new_piece
from aipromote.content.actions.editing import archive, changes, edit, submit
from aipromote.content.actions.following import restore, take_place
from aipromote.content.actions.mirroring import mirror
from aipromote.content.actions.picturing import add_card, attach_file, remove_picture
from aipromote.content.actions.pillars import change_pillar
from aipromote.content.actions.planning import cancel_writing, ensure_pillars, ensure_series, request_pieces
from aipromote.content.actions.reviewing import approve, approve_many, ask_changes, auto_approve_if_allowed
from aipromote.content.actions.shelving import keep_signature, keep_template, remove_template
from aipromote.content.actions.varying import choose_variant, dismiss_variant, request_variants

__all__ = [
    "adapt",
    "add_card",
    "approve",
    "approve_many",
    "archive",
    "arrange_pictures",
    "ask_changes",
    "attach_file",
    "attach_known",
    "auto_approve_if_allowed",
    "cancel_writing",
    "change_pillar",
    "changes",
    "choose_variant",
    "describe_picture",
    "dismiss_variant",
    "draft",
    "edit",
    "ensure_pillars",
    "ensure_series",
    "keep_signature",
    "keep_template",
    "mirror",
    "new_piece",
    "plan_for",
    "remove_file",
    "remove_picture",
    "remove_template",
    "request_pieces",
    "request_variants",
    "restore",
    "submit",
    "take_place",
]
