"""A bucket on loopback that speaks S3's protocol and refuses what Amazon would: every signature is computed again.

Signature version 4 in headers and in addresses, single and multipart uploads, ranges, HEAD. Knows one bucket and key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import pytest
from aiohttp import web

from aipromote import settings

KEY, SECRET, REGION, BUCKET = "AKIAFAKEFAKEFAKE", "fake-secret-of-the-tests", "eu-central-1", "bread"
_FORM = re.compile(r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")
_SMALLEST_PART = 5 * 1024 * 1024


@dataclass
class Bucket:
    """What lies in it: bytes and content type by key, and uploads that are not whole yet."""

    address: str = ""
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    uploads: dict[str, tuple[str, str, dict[int, bytes]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    fails: int = 0
    """So many requests are answered with 500."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        body = await request.read()
        self.asked.append((request.method, request.path_qs))
        if self.fails:
            self.fails -= 1
            return _error(500, "InternalError")
        if refused := _refusal(request, body):
            return _error(403, refused)
        bucket, _, key = request.path.removeprefix("/").partition("/")
        if bucket != BUCKET:
            return _error(404, "NoSuchBucket")
        act = getattr(self, f"_{request.method.lower()}", None)
        return _error(405, "MethodNotAllowed") if act is None else act(request, key, body)

    def _put(self, request: web.Request, key: str, body: bytes) -> web.Response:
        if (upload := request.query.get("uploadId")) is not None:
            if upload not in self.uploads:
                return _error(404, "NoSuchUpload")
            self.uploads[upload][2][int(request.query["partNumber"])] = body
        else:
            self.objects[key] = (body, request.headers.get("Content-Type", "binary/octet-stream"))
        return web.Response(headers={"ETag": _tag(body)})

    def _post(self, request: web.Request, key: str, body: bytes) -> web.Response:
        if "uploads" in request.query:
            upload = f"upload-{len(self.uploads) + 1}"
            self.uploads[upload] = (key, request.headers.get("Content-Type", "binary/octet-stream"), {})
            return _xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        key, mime_type, parts = self.uploads.pop(request.query["uploadId"])
        named = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        if named != sorted(parts) or any(len(parts[number]) < _SMALLEST_PART for number in named[:-1]):
            return _error(400, "InvalidPart")
        self.objects[key] = (b"".join(parts[number] for number in named), mime_type)
        return _xml(f"<CompleteMultipartUploadResult><ETag>{_tag(body)}</ETag></CompleteMultipartUploadResult>")

    def _delete(self, request: web.Request, key: str, _: bytes) -> web.Response:
        self.uploads.pop(request.query.get("uploadId", ""), None)
        self.objects.pop(key, None)
        return web.Response(status=204)

    def _head(self, request: web.Request, key: str, body: bytes) -> web.Response:
        return self._get(request, key, body)

    def _get(self, request: web.Request, key: str, _: bytes) -> web.Response:
        if key not in self.objects:
            return _error(404, "NoSuchKey")
        content, mime_type = self.objects[key]
        headers = {"ETag": _tag(content), "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT", "Content-Type": mime_type}
        if not (wanted := request.headers.get("Range")):
            return web.Response(body=content, headers=headers)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
        assert asked, wanted
        first, last = asked.groups()
        end = min(int(last) + 1 if last else len(content), len(content))
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
        return web.Response(status=206, body=content[int(first) : end], headers=headers)


@asynccontextmanager
async def serving() -> AsyncIterator[Bucket]:
    """The bucket on a free port of this machine."""
    bucket = Bucket()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", bucket.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bucket.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield bucket
    finally:
        await runner.cleanup()


def use(bucket: Bucket, patch: pytest.MonkeyPatch) -> None:
    """Have new files go there."""
    given = {"BUCKET": BUCKET, "ENDPOINT": bucket.address, "REGION": REGION, "ACCESS_KEY": KEY, "SECRET_KEY": SECRET}
    for name, value in given.items():
        patch.setenv(f"AIPROMOTE_S3_{name}", value)
    settings.get.cache_clear()


def _refusal(request: web.Request, body: bytes) -> str | None:
    """The code of what is wrong with the signature."""
    if "X-Amz-Signature" in request.query:
        query = dict(request.query)
        given, day = query.pop("X-Amz-Signature"), query["X-Amz-Date"]
        begun = datetime.strptime(day, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if datetime.now(UTC) > begun + timedelta(seconds=int(query["X-Amz-Expires"])):
            return "AccessDenied"
        names, credential, payload = query["X-Amz-SignedHeaders"], query["X-Amz-Credential"], "UNSIGNED-PAYLOAD"
    else:
        if (found := _FORM.match(request.headers.get("Authorization", ""))) is None:
            return "AccessDenied"
        credential, names, given = found.groups()
        query, day = dict(request.query), request.headers["x-amz-date"]
        payload = request.headers["x-amz-content-sha256"]
        if payload not in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
            return "XAmzContentSHA256Mismatch"
    key, _, scope = credential.partition("/")
    if key != KEY:
        return "InvalidAccessKeyId"
    if scope != f"{day[:8]}/{REGION}/s3/aws4_request":
        return "AuthorizationHeaderMalformed"
    right = _signature(request, query, names=names.split(";"), payload=payload, day=day, scope=scope)
    return None if hmac.compare_digest(right, given) else "SignatureDoesNotMatch"


def _signature(
    request: web.Request, query: Mapping[str, str], *, names: list[str], payload: str, day: str, scope: str
) -> str:
    pairs = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))
    path = quote(unquote(request.path), safe="/-_.~")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    canonical = "\n".join([request.method, path, pairs, headers, ";".join(names), payload])
    text = "\n".join(["AWS4-HMAC-SHA256", day, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _xml(text: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>{text}', content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    return web.Response(status=status, text=f"<Error><Code>{code}</Code></Error>", content_type="application/xml")
