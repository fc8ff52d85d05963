"""Files on the Mastodon server of tests: taken, worked on for some questions, attached once."""

from itertools import count

from aiohttp import web

MEGABYTE = 1024 * 1024


def _refusal(status, error):
    return web.json_response({"error": error}, status=status)


class MediaStore:
    """A video is worked on for `questions` questions; `fails` makes that end badly."""

    def __init__(self, server) -> None:
        self.server = server
        self.files: dict[str, dict] = {}
        self.questions = 2
        self.fails = False
        self.uploads = 0
        self.rules: dict = {
            "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "video/mp4"],
            "description_limit": 1500,
            "image_size_limit": 16 * MEGABYTE,
            "image_matrix_limit": 33_177_600,
            "video_size_limit": 99 * MEGABYTE,
            "video_matrix_limit": 8_294_400,
        }
        self._ids = count(1)
        self.routes = (("POST", "/api/v2/media", self._upload), ("GET", "/api/v1/media/{id}", self._get))

    async def _upload(self, request):
        if wrong := self.server.wrong(request, "write:media"):
            return wrong
        self.uploads += 1
        form = await request.post()
        file, words = form["file"], form.get("description", "")
        if file.content_type not in self.rules["supported_mime_types"]:
            return _refusal(422, "Validation failed: File content type is invalid, File is invalid")
        if len(words) > self.rules["description_limit"]:
            return _refusal(422, "Validation failed: Description is too long")
        size = len(file.file.read())
        media_id, is_video = str(next(self._ids)), file.content_type.startswith("video/")
        known = {"id": media_id, "type": "video" if is_video else "image" if size else "unknown", "description": words}
        self.files[media_id] = known | {"left": self.questions if is_video else 0, "post": False, "size": size}
        return web.json_response(
            known | {"url": None if is_video else "https://files.example/1"}, status=202 if is_video else 200
        )

    async def _get(self, request):
        if wrong := self.server.wrong(request, "write:media"):
            return wrong
        file = self.files.get(request.match_info["id"])
        if file is None or file["post"]:
            return _refusal(404, "Record not found")
        if self.fails:
            return _refusal(422, "Validation failed: File is not a video that can be read")
        file["left"] -= 1
        return web.json_response({"id": file["id"], "url": None}, status=206 if file["left"] > 0 else 200)

    def unattachable(self, ids):
        missing = [one for one in ids if one not in self.files or self.files[one]["post"]]
        if missing:
            return _refusal(422, f"Media {', '.join(missing)} not found or already attached to another post")
        if any(self.files[one]["left"] > 0 for one in ids):
            return _refusal(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        return None

    def attach(self, ids):
        for one in ids:
            self.files[one]["post"] = True
        return [{"id": one} | {name: self.files[one][name] for name in ("type", "description")} for one in ids]
