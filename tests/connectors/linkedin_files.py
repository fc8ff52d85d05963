"""How the small LinkedIn of the tests takes pictures and films."""

import secrets

from aiohttp import web

PART = 1024 * 1024


def error(status, code, message, service=None):
    body = {"status": status, "code": code, "message": message}
    return web.json_response(body | ({"serviceErrorCode": service} if service is not None else {}), status=status)


class Files:
    """`assets` has what was brought, by its URN. `works_on_films` says how often a film is still being worked on."""

    def __init__(self) -> None:
        self.assets: dict[str, dict] = {}
        self.addresses: dict[str, tuple[str, int]] = {}
        self.works_on_films = 2
        self.film_error = ""
        self.tells_state = True
        self.sends_elsewhere = ""

    def file_routes(self):
        return (
            ("POST", "/rest/images", self._image),
            ("POST", "/rest/videos", self._video),
            ("GET", "/rest/videos/{urn}", self._state),
            ("PUT", "/dms-uploads/{key}", self._put),
        )

    def wrong_content(self, content, owner):
        """Why the content of a post is refused, or None."""
        match content:
            case None:
                return None
            case {"article": {"source": str(source), "title": str(title)}} if source.startswith("http") and title:
                return None
            case {"media": {"id": str(urn), **more}} if set(more) <= {"altText", "title"}:
                wanted = [urn]
            case {"multiImage": {"images": list(images)}} if 2 <= len(images) <= 20:
                wanted = [one["id"] for one in images if set(one) <= {"id", "altText"}]
            case _:
                return error(422, "INVALID_CONTENT", "content is wrong")
        for urn in wanted:
            asset = self.assets.get(urn)
            if asset is None or asset["owner"] != owner:
                return error(400, "INVALID_VALUE_FOR_FIELD", f"{urn} is not owned by the author")
            if asset["state"] != "AVAILABLE":
                return error(400, "MEDIA_ASSET_WAITING_UPLOAD", "Media asset is not uploaded yet")
        return None

    def _address(self, urn, place):
        key = secrets.token_hex(8)
        self.addresses[key] = (urn, place)
        return f"{self.sends_elsewhere or self.url}/dms-uploads/{key}?sig=a%2Fb%3D"

    def _may(self, request):
        return self.wrong(request, "w_member_social", "w_organization_social")

    async def _image(self, request):
        if wrong := self._may(request):
            return wrong
        assert request.query["action"] == "initializeUpload"
        owner = (await request.json())["initializeUploadRequest"]["owner"]
        urn = f"urn:li:image:{secrets.token_hex(6)}"
        self.assets[urn] = {"owner": owner, "state": "WAITING_UPLOAD", "parts": {}}
        return web.json_response(
            {"value": {"uploadUrl": self._address(urn, 0), "image": urn, "uploadUrlExpiresAt": 1_900_000_000_000}}
        )

    async def _video(self, request):
        if wrong := self._may(request):
            return wrong
        given = await request.json()
        if request.query["action"] == "finalizeUpload":
            return self._finalized(given["finalizeUploadRequest"])
        wanted = given["initializeUploadRequest"]
        assert (wanted["uploadCaptions"], wanted["uploadThumbnail"]) == (False, False)
        size, urn = wanted["fileSizeBytes"], f"urn:li:video:{secrets.token_hex(6)}"
        self.assets[urn] = {"owner": wanted["owner"], "state": "WAITING_UPLOAD", "parts": {}, "size": size}
        parts = [
            {"uploadUrl": self._address(urn, place), "firstByte": first, "lastByte": min(first + PART, size) - 1}
            for place, first in enumerate(range(0, size, PART))
        ]
        return web.json_response({"value": {"video": urn, "uploadToken": "token", "uploadInstructions": parts}})

    def _finalized(self, given):
        asset = self.assets[given["video"]]
        tags = [tag for _, (tag, _) in sorted(asset["parts"].items())]
        content = b"".join(content for _, (_, content) in sorted(asset["parts"].items()))
        if given["uploadToken"] != "token" or given["uploadedPartIds"] != tags or len(content) != asset["size"]:
            return error(400, "INVALID_VALUE_FOR_FIELD", "Uploaded parts do not match")
        asset |= {"state": "PROCESSING", "content": content, "left": self.works_on_films}
        return web.Response(status=200)

    async def _put(self, request):
        assert request.raw_path.endswith("?sig=a%2Fb%3D"), "a signed address goes out as it came"
        urn, place = self.addresses.pop(request.match_info["key"])
        asset, content = self.assets[urn], await request.read()
        if "image" in urn:
            if "Authorization" not in request.headers:
                return web.Response(status=401)
            if content == b"broken":
                return error(400, "INVALID_FILE", "This is no picture")
            asset |= {"state": "AVAILABLE", "content": content}
            return web.Response(status=201)
        if "Authorization" in request.headers:
            return web.Response(status=400)
        tag = secrets.token_hex(8)
        asset["parts"][place] = (tag, content)
        return web.Response(status=200, headers={"ETag": f'"{tag}"'})

    async def _state(self, request):
        if wrong := self._may(request):
            return wrong
        assert "%3A" in request.raw_path
        if not self.tells_state:
            return error(403, "ACCESS_DENIED", "Not enough permissions", service=100)
        asset = self.assets.get(request.match_info["urn"])
        if asset is None:
            return error(404, "RESOURCE_NOT_FOUND", "No such video")
        asset["left"] -= 1
        if asset["left"] <= 0:
            asset["state"] = "PROCESSING_FAILED" if self.film_error else "AVAILABLE"
        body = {"id": request.match_info["urn"], "status": asset["state"], "owner": asset["owner"]}
        return web.json_response(body | ({"processingFailureReason": self.film_error} if self.film_error else {}))
