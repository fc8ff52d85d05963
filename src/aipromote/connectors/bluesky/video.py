"""Bluesky's video service: it takes a film for any server of the network, prepares it, and stores it with the account.

It is asked with a token that the account's own server signs for one purpose, never with the account's session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlsplit

import aiohttp

from aipromote import clock
from aipromote.connectors import waits, wire
from aipromote.connectors.bluesky import xrpc
from aipromote.connectors.bluesky.handles import Blob
from aipromote.connectors.contract import Credentials, Media
from aipromote.connectors.errors import AccountLimit, MediaRejected, RateLimited, Unreachable
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

SERVER = "https://video.bsky.app"
ASK_AFTER = timedelta(seconds=5)
_SERVICE = "did:web:video.bsky.app"
_UPLOAD_SECONDS = 900
_TOKEN_SECONDS = 30 * 60
_FAILED = "JOB_STATE_FAILED"
_NOT_THE_FILE = frozenset({"pds_upload_failure", "generic_failure"})
"""Failures that say nothing about the film: the same one may work the next time."""


@dataclass(frozen=True, slots=True)
class Job:
    """A film at the service: its `blob` once it is done."""

    id: str
    blob: Blob | None = None


async def upload(http: aiohttp.ClientSession, credentials: Credentials, file: Media) -> Job:
    """Hand the film over. One that the service knows already is done at once."""
    await _may_upload(http, credentials)
    token = await _token(
        http, credentials, audience=await _home(http, credentials), method="com.atproto.repo.uploadBlob"
    )
    answer = await wire.call(
        http,
        "POST",
        f"{_server(credentials)}/xrpc/app.bsky.video.uploadVideo",
        headers=_bearer(token) | {"Content-Type": file.mime_type, "Content-Length": str(file.size)},
        params={"did": credentials.account_id, "name": f"{clock.now():%Y%m%d%H%M%S}.mp4"},
        data=file.read(0, None),
        seconds=_UPLOAD_SECONDS,
    )
    job = _job(answer)
    if job is None:
        _refuse(answer)
    return job


async def ask(http: aiohttp.ClientSession, credentials: Credentials, job_id: str) -> Job | None:
    """How far it is; None where it has to be sent again. Raises MediaRejected for a film that cannot be used."""
    url = f"{_server(credentials)}/xrpc/app.bsky.video.getJobStatus"
    answer = await wire.call(http, "GET", url, params={"jobId": job_id})
    job = _job(answer)
    if job is None and answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND} and answer.fact("error"):
        return None  # forgotten over there
    if job is None:
        _refuse(answer)
    if job.blob is None and _said(answer, "state") == _FAILED:
        if _said(answer, "failureCode") in _NOT_THE_FILE:
            return None
        raise MediaRejected(_words(answer), code=_said(answer, "error")[:100])
    return job


async def _may_upload(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """Ask before a large file is sent in vain: the day's videos may be used up, the e-mail address not confirmed."""
    method = "app.bsky.video.getUploadLimits"
    token = await _token(http, credentials, audience=_SERVICE, method=method)
    answer = await wire.call(http, "GET", f"{_server(credentials)}/xrpc/{method}", headers=_bearer(token))
    if not answer.is_success:
        _refuse(answer)
    if answer.at("canUpload") is not False:
        return
    if answer.at("remainingDailyVideos") == 0 or answer.at("remainingDailyBytes") == 0:
        raise AccountLimit(_words(answer), code=answer.code())
    raise MediaRejected(_words(answer), code=answer.code())


async def _token(http: aiohttp.ClientSession, credentials: Credentials, *, audience: str, method: str) -> str:
    end = int(clock.now().timestamp()) + _TOKEN_SECONDS
    where = {"aud": audience, "lxm": method, "exp": str(end)}
    answer = await xrpc.read(http, credentials, "com.atproto.server.getServiceAuth", where)
    xrpc.readable(answer)
    if not answer.fact("token"):
        raise answer.unusable(xrpc.NETWORK)
    return answer.fact("token")


async def _home(http: aiohttp.ClientSession, credentials: Credentials) -> str:
    """The name of the server that really holds the account: behind bsky.social there are many."""
    answer = await xrpc.read(http, credentials, "com.atproto.server.getSession", {})
    document = xrpc.readable(answer).get("didDoc")
    services = document.get("service") if isinstance(document, dict) else None
    for one in services if isinstance(services, list) else []:
        if isinstance(one, dict) and str(one.get("id", "")).endswith("#atproto_pds"):
            return f"did:web:{_host(str(one.get('serviceEndpoint', '')))}"
    return f"did:web:{_host(credentials.server)}"


def _host(address: str) -> str:
    """The host as such names have it: a port would be written with `%3A`."""
    return urlsplit(address).netloc.replace(":", "%3A")


def _server(credentials: Credentials) -> str:
    """One service for all servers. Only a stand-in, which does without encryption, has everything on one host."""
    return credentials.server if credentials.server.startswith("http://") else SERVER


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _job(answer: Answer) -> Job | None:
    """The job of an answer, also of the refusal of a film that is known already (409)."""
    blob = answer.at("jobStatus", "blob") or answer.at("blob")
    job_id = _said(answer, "jobId")
    return Job(job_id, blob if isinstance(blob, dict) else None) if job_id or isinstance(blob, dict) else None


def _said(answer: Answer, name: str) -> str:
    """A fact of the job, which is told inside `jobStatus` or, for an upload, often without it."""
    return answer.fact("jobStatus", name) or answer.fact(name)


def _words(answer: Answer) -> str:
    otherwise = answer.words("message", otherwise="Bluesky cannot use this video.")
    return answer.words("jobStatus", "message", otherwise=answer.words("jobStatus", "error", otherwise=otherwise))


def _refuse(answer: Answer) -> NoReturn:
    """What a refusal of the service means. It never knows the session, so nothing it says can end that."""
    code = answer.code()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(_words(answer), retry_at=waits.retry_at(answer, *waits.PLACES[Platform.BLUESKY]), code=code)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise MediaRejected(_words(answer), code=code)
    if answer.is_success or not answer.fact("error"):
        raise answer.unusable("Bluesky's video service")
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Unreachable("Bluesky's video service did not accept the account.", code=code)
    raise MediaRejected(_words(answer), code=code)
