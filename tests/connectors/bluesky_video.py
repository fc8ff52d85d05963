"""The video service of Bluesky, for the stand-in of a server: uploads, jobs, and tokens for one purpose each."""

import hashlib

from aiohttp import web

from connectors.bluesky_rules import NAMES

SERVICE = "did:web:video.bsky.app"
STORE = "com.atproto.repo.uploadBlob"


def _refusal(status, error, message):
    return web.json_response({"error": error, "message": message}, status=status)


class VideoService:
    """`states` are what the next questions are answered, the last one from then on; `limits` what may be uploaded."""

    def __init__(self, pds) -> None:
        self.pds = pds
        self.uploads = 0
        self.jobs: dict[str, dict] = {}
        self.states: list[dict] = [{"state": "JOB_STATE_ENCODING"}, {"state": "JOB_STATE_COMPLETED"}]
        self.limits: dict = {"canUpload": True, "remainingDailyVideos": 24}
        self.refuses: tuple[int, str, str] | None = None
        self.tokens: dict[str, tuple[str, str]] = {}  # token: audience and method
        self.routes = (
            ("GET", "com.atproto.server.getServiceAuth", self._service_auth),
            ("GET", "com.atproto.server.getSession", self._session),
            ("GET", "app.bsky.video.getUploadLimits", self._limits),
            ("POST", "app.bsky.video.uploadVideo", self._upload),
            ("GET", "app.bsky.video.getJobStatus", self._status),
        )

    async def _service_auth(self, request):
        if wrong := self.pds.wrong_token(request):
            return wrong
        asked = request.query
        seconds = int(asked["exp"]) - self.pds.now()
        if not 0 < seconds <= 3600:
            return _refusal(400, "BadExpiration", "cannot request a token with an expiration more than an hour away")
        token = f"service.{len(self.tokens)}.token"
        self.tokens[token] = asked["aud"], asked["lxm"]
        return web.json_response({"token": token})

    async def _session(self, request):
        if wrong := self.pds.wrong_token(request):
            return wrong
        services = [
            {"id": "#labeler", "serviceEndpoint": "https://labels.example.com"},
            {"id": "#atproto_pds", "serviceEndpoint": self.pds.home},
        ]
        return web.json_response({"did": NAMES["ada.test"], "didDoc": {"service": services}})

    def _wrong(self, request, audience, method):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token) != (audience, method):
            return _refusal(401, "AuthMissing", f"not a token for {audience} and {method}")
        return None

    async def _limits(self, request):
        return self._wrong(request, SERVICE, "app.bsky.video.getUploadLimits") or web.json_response(self.limits)

    async def _upload(self, request):
        if wrong := self._wrong(request, "did:web:morel.example.com", STORE):
            return wrong
        is_named = request.query["did"] == NAMES["ada.test"] and request.query["name"].endswith(".mp4")
        if not is_named or request.content_type != "video/mp4" or request.content_length is None:
            return _refusal(400, "InvalidRequest", "an mp4 of known length, for a did, with a name")
        if self.refuses:
            return _refusal(*self.refuses)
        content = await request.read()
        self.uploads += 1
        job_id = "job-" + hashlib.sha256(content).hexdigest()[:12]
        job = {"jobId": job_id, "did": NAMES["ada.test"], "state": "JOB_STATE_CREATED"}
        if job_id in self.jobs:
            known = {**job, "state": "JOB_STATE_COMPLETED", "error": "already_exists", "message": "Video already there"}
            return web.json_response(known, status=409)
        self.jobs[job_id] = self.pds.keep(content, "video/mp4")
        return web.json_response(job)

    async def _status(self, request):
        job_id = request.query["jobId"]
        if job_id not in self.jobs:
            return _refusal(400, "InvalidRequest", "Job not found")
        told = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        job = {"jobId": job_id, "did": NAMES["ada.test"], **told}
        if told["state"] == "JOB_STATE_COMPLETED":
            job["blob"] = self.jobs[job_id]
        return web.json_response({"jobStatus": job})
