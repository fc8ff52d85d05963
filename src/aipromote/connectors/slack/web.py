"""Calling Slack's Web API, and what its refusals mean in the contract's words.

Slack refuses with status 200, `ok: false` and a word. A word that is not known here says nothing about what was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors import waits, wire
from aipromote.connectors.contract import Credentials
from aipromote.connectors.errors import (
    ConnectorError,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
)
from aipromote.connectors.wire import Answer

NETWORK = "Slack"
_REVOKED = {
    "account_inactive",
    "app_uninstalled",
    "invalid_auth",
    "not_authed",
    "team_not_found",
    "token_revoked",
    "user_is_deactivated",
}
_NOT_ALLOWED = {
    "access_denied",
    "ekm_access_denied",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_in_channel",
    "org_login_required",
    "posting_to_channel_denied",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
}
_THREAD = {
    "cannot_reply_to_message",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
}
_GONE = {"channel_not_found", "is_archived", "message_not_found", "thread_not_found"}
_WRONG = {
    "attachment_payload_limit_exceeded",
    "invalid_arguments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_must_be_sent_from_app",
    "metadata_too_large",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "too_many_attachments",
}
_FILE = {
    "alt_txt_too_large",
    "file_type_not_allowed",
    "file_upload_size_restricted",
    "file_uploads_disabled",
    "file_uploads_except_images_disabled",
    "storage_limit_reached",
    "upload_too_large",
}
_TOO_OFTEN = {"message_limit_exceeded", "ratelimited", "rate_limited"}
_MEANINGS: dict[str, tuple[type[ConnectorError], str]] = {
    **dict.fromkeys(_REVOKED, (Revoked, "Slack does not accept the bot's token any more.")),
    **dict.fromkeys(_NOT_ALLOWED, (PermissionMissing, "Slack does not allow the bot to do this.")),
    **dict.fromkeys(_THREAD, (Rejected, "Slack takes no answers to this message, or none in this channel.")),
    **dict.fromkeys(_GONE, (TargetGone, "The channel or the message is not there any more.")),
    **dict.fromkeys(_WRONG, (Rejected, "Slack does not take this message.")),
    **dict.fromkeys(_FILE, (MediaRejected, "Slack does not take this file.")),
    "token_expired": (Unauthorized, "The bot's token has ended."),
    "restricted_action_content": (PolicyBlocked, "The workspace's rules forbid this message."),
    "file_not_found": (Stale, "An uploaded file is not there (any more)."),
    "not_in_channel": (PermissionMissing, "The bot is not in the channel. Invite it there: /invite and its name."),
    "is_archived": (TargetGone, "The channel is archived."),
    "msg_too_long": (Rejected, "The message is too long for Slack."),
}


def bearer(credentials: Credentials) -> dict[str, str]:
    """The header that opens the workspace."""
    return {"Authorization": f"Bearer {credentials.access_token}"}


async def ask(http: aiohttp.ClientSession, credentials: Credentials, method: str, **fields: str) -> Answer:
    """Call a method that publishes nothing."""
    url = f"{credentials.server}/api/{method}"
    return await wire.call(http, "POST", url, headers=bearer(credentials), data=fields)


async def fire(http: aiohttp.ClientSession, credentials: Credentials, method: str, body: Mapping[str, Any]) -> Answer:
    """Call a method that publishes, once."""
    headers = bearer(credentials) | {"Content-Type": "application/json; charset=utf-8"}
    url = f"{credentials.server}/api/{method}"
    return await wire.call(http, "POST", url, publishes=True, headers=headers, json=dict(body))


def word(answer: Answer) -> str:
    """Slack's word for what is wrong, or nothing where it is not Slack that refuses."""
    return answer.fact("error") if answer.at("ok") is False else ""


def readable(answer: Answer) -> dict[str, Any]:
    """The body of a success, or the refusal as an error of the contract."""
    if not answer.is_success or answer.at("ok") is not True:
        refuse(answer)
    return dict(answer.body)


def refuse(answer: Answer) -> NoReturn:
    """Raise what a refusal means, in Slack's own words only."""
    told, code = word(answer), answer.code()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or told in _TOO_OFTEN:
        raise RateLimited("Slack asks to wait.", retry_at=waits.retry_at(answer), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected("The file is too large for Slack.", code=code)
    if told not in _MEANINGS:
        raise answer.unusable(NETWORK)
    kind, words = _MEANINGS[told]
    if told == "invalid_blocks" and "slack file" in str(answer.at("response_metadata", "messages")):
        kind, words = Stale, "Slack has not finished with an uploaded picture."
    if told == "missing_scope" and (needed := answer.words("needed", otherwise="")):
        words = f"The bot lacks the permission {needed} (OAuth & Permissions, Bot token scopes; then install it again)."
        if needed.startswith("files:"):  # without it there are no files, but there are posts
            kind = MediaRejected
    raise kind(words, code=code)
