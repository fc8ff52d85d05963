"""Files before the post: uploaded, described, and waited for while the server works on a video."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Self

import aiohttp

from aipromote.connectors import counting, uploads, wire
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.connectors.contract import Counting, Credentials, Media, Part, Prepared
from aipromote.connectors.errors import MediaRejected, Rejected
from aipromote.connectors.mastodon import answers
from aipromote.connectors.numbers import count

ASK_AFTER = timedelta(seconds=3)
_UPLOAD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Files:
    """The server's ids of the files, in the order of the part, and those that it is still working on."""

    ids: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @classmethod
    def read(cls, handle: str | None) -> Self | None:
        """What `prepared` wrote; None where that is not what it is."""
        try:
            told = json.loads(handle or "")
            return cls(tuple(map(str, told["ids"])), tuple(map(str, told["waiting"])))
        except (ValueError, KeyError, TypeError):
            return None

    def prepared(self) -> Prepared:
        """The answer to give: ready, or ask again."""
        handle = json.dumps({"ids": self.ids, "waiting": self.waiting})
        return Prepared(handle, ask_after=ASK_AFTER if self.waiting else None)

    def are_those_of(self, part: Part) -> bool:
        """Whether every file of the part is there and ready."""
        return not self.waiting and len(self.ids) == len(part.media)


async def prepare(http: aiohttp.ClientSession, credentials: Credentials, part: Part, handle: str | None) -> Prepared:
    """Ask for what is being worked on, or begin. Files that are gone over there are uploaded anew."""
    known = Files.read(handle)
    if known is not None and len(known.ids) == len(part.media):
        waiting = await _still_waiting(http, credentials, known)
        if waiting is not None:
            return Files(known.ids, waiting).prepared()
    await _check(http, credentials, part)
    taken = [await _upload(http, credentials, file) for file in part.media]
    return Files(tuple(one for one, _ in taken), tuple(one for one, is_ready in taken if not is_ready)).prepared()


async def _still_waiting(http: aiohttp.ClientSession, credentials: Credentials, known: Files) -> tuple[str, ...] | None:
    """Those that are not ready yet; None where one is gone."""
    left = []
    for media_id in known.waiting:
        url = f"{credentials.server}/api/v1/media/{media_id}"
        answer = await wire.call(http, "GET", url, headers=answers.bearer(credentials))
        if answers.is_gone(answer):
            return None
        _refuse_file(answer)
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            left.append(media_id)
    return tuple(left)


async def _upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> tuple[str, bool]:
    """The file's id, and whether it is ready."""
    form = uploads.form([("description", file.alt_text)] if file.alt_text else [], [("file", file.name, file)])
    answer = await wire.call(
        http,
        "POST",
        f"{credentials.server}/api/v2/media",
        headers=answers.bearer(credentials) | form.headers,
        data=form.body,
        seconds=_UPLOAD_SECONDS,
    )
    _refuse_file(answer)
    if not answer.fact("id"):
        raise answer.unusable(answers.NETWORK)
    if answer.fact("type") == "unknown":
        raise MediaRejected(f"The server cannot make anything of {file.name}.")
    return answer.fact("id"), answer.status != HTTPStatus.ACCEPTED


def _refuse_file(answer: wire.Answer) -> None:
    """Raise what a refusal means, where it is one: here 422 is about the file."""
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and answer.fact("error"):
        raise MediaRejected(answers.words(answer), code=answer.code())
    if not answer.is_success:
        answers.refuse(answer)


async def _check(http: aiohttp.ClientSession, credentials: Credentials, part: Part) -> None:
    """What this server takes, which its admin decides. One that does not tell (before 4.0) refuses by itself."""
    answer = await wire.call(http, "GET", f"{credentials.server}/api/v2/instance", headers=answers.bearer(credentials))
    if answers.is_gone(answer):
        return
    rules = answers.readable(answer).get("configuration")
    if not isinstance(rules, dict):
        return
    length = counting.length(part.text, Counting.LINKS_AS_23)
    if length > (most := _number(rules, "statuses", "max_characters", otherwise=length)):
        raise Rejected(f"The text counts {length:,} here; this server takes {most:,}.")
    if len(part.media) > (most := _number(rules, "statuses", "max_media_attachments", otherwise=len(part.media))):
        raise MediaRejected(f"This server takes {most} files with one post; there are {len(part.media)}.")
    for file in part.media:
        if problem := next(_problems(file, rules), None):
            raise MediaRejected(problem)


def _problems(file: Media, rules: dict[str, Any]) -> Iterator[str]:
    kind, place = ("video" if file.is_video else "image"), "media_attachments"
    kinds = _at(rules, place, "supported_mime_types")
    if isinstance(kinds, list) and kinds and file.mime_type not in kinds:
        yield f"{file.name} is {file.mime_type}, which this server does not take."
    if file.size > (most := _number(rules, place, f"{kind}_size_limit", otherwise=file.size)):
        yield f"{file.name} has {file.size / MEGABYTE:.1f} MB; this server takes {most / MEGABYTE:g} MB at most."
    pixels = (file.width or 0) * (file.height or 0)
    if pixels > (most := _number(rules, place, f"{kind}_matrix_limit", otherwise=pixels)):
        yield f"{file.name} has {pixels:,} pixels; this server takes {most:,}."
    words = len(file.alt_text)
    if words > (most := _number(rules, place, "description_limit", otherwise=words)):
        yield f"The alt text of {file.name} has {words} characters; this server takes {most}."


def _at(rules: dict[str, Any], *path: str) -> Any:
    """What stands there, or None."""
    value: Any = rules
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(rules: dict[str, Any], *path: str, otherwise: int) -> int:
    told = count(_at(rules, *path))
    return otherwise if told is None else told
