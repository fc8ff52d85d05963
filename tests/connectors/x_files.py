"""How the small X of the tests refuses, shortens links, and takes pictures, GIFs and films."""

import secrets

from aiohttp import web

from aipromote import clock
from aipromote.connectors import links

CATEGORIES = {"image": "tweet_image", "video": "tweet_video"}
PIECE = 5 * 1024 * 1024


def problem(status, detail, title="Forbidden", kind="about:blank", headers=None):
    kind = kind if ":" in kind else f"https://api.twitter.com/2/problems/{kind}"
    body = {"title": title, "detail": detail, "type": kind, "status": status}
    return web.json_response(body, status=status, headers=headers, content_type="application/problem+json")


def invalid(message, **parameters):
    body = {"errors": [{"parameters": parameters, "message": message}], "title": "Invalid Request"}
    body |= {"detail": "One or more parameters to your request was invalid."}
    body |= {"type": "https://api.twitter.com/2/problems/invalid-request"}
    return web.json_response(body, status=400)


def shortened(text):
    """The text with X's own links, and what they stand for."""
    pieces, urls, end = [], [], 0
    for link in links.find(text):
        written = text[link.start : link.end]
        full = written if link.has_scheme else f"http://{written}"
        short = f"https://t.co/{secrets.token_hex(5)}"
        urls.append({"url": short, "expanded_url": full, "display_url": written[:20]})
        pieces += [text[end : link.start], short]
        end = link.end
    return "".join([*pieces, text[end:]]), urls


class Files:
    """`media` has what was brought, by its number. `works_on_films` says how often it is still working; None: never."""

    media: dict[str, dict]
    works_on_films: int | None
    film_error: dict | None

    def file_routes(self):
        return (
            ("POST", "/2/media/upload", self._one_shot),
            ("GET", "/2/media/upload", self._status),
            ("POST", "/2/media/upload/initialize", self._initialize),
            ("POST", "/2/media/upload/{id}/append", self._append),
            ("POST", "/2/media/upload/{id}/finalize", self._finalize),
            ("POST", "/2/media/metadata", self._metadata),
        )

    def _new_file(self, **more):
        number = str(1_880_000_000_000_000_000 + len(self.media))
        self.media[number] = {"alt": "", "pieces": [], "state": "open"} | more
        return number

    async def _fields(self, request):
        assert request.content_length is not None, "no network takes files without a length"
        found = {}
        async for part in await request.multipart():
            found[part.name] = bytes(await part.read()) if part.filename else (await part.read()).decode()
        return found

    async def _one_shot(self, request):
        if wrong := self._wrong_token(request, "media.write"):
            return wrong
        given = await self._fields(request)
        if given.get("media_category") != "tweet_image" or not 0 < len(given["media"]) <= 5_242_880:
            return invalid("This is no picture.")
        number = self._new_file(category="tweet_image", content=given["media"], state="succeeded")
        return web.json_response({"data": {"id": number, "media_key": f"3_{number}", "expires_after_secs": 86400}})

    async def _initialize(self, request):
        if wrong := self._wrong_token(request, "media.write"):
            return wrong
        given = await request.json()
        gif = "tweet_gif" if given["media_type"] == "image/gif" else None
        if given["media_category"] != (gif or CATEGORIES.get(given["media_type"].partition("/")[0])):
            return invalid("media_category does not fit media_type")
        number = self._new_file(category=given["media_category"], total=given["total_bytes"])
        return web.json_response({"data": {"id": number, "media_key": f"7_{number}", "expires_after_secs": 1295999}})

    async def _append(self, request):
        if wrong := self._wrong_token(request, "media.write"):
            return wrong
        file, given = self.media[request.match_info["id"]], await self._fields(request)
        if int(given["segment_index"]) != len(file["pieces"]) or len(given["media"]) > PIECE:
            return invalid("Segments have to come one after the other.")
        file["pieces"].append(given["media"])
        return web.json_response({"data": {"expires_at": int(clock.now().timestamp()) + 86400}})

    async def _finalize(self, request):
        if wrong := self._wrong_token(request, "media.write"):
            return wrong
        file = self.media[request.match_info["id"]]
        file["content"] = b"".join(file["pieces"])
        if len(file["content"]) != file["total"]:
            return invalid("Segments do not add up to provided total file size.")
        file["left"], file["state"] = self.works_on_films, "pending"
        if file["left"] is None:
            file["state"] = "succeeded"
        return web.json_response({"data": self._info(request.match_info["id"])})

    def _info(self, number):
        file = self.media[number]
        body = {"id": number, "media_key": f"7_{number}", "size": file["total"], "expires_after_secs": 86400}
        if file["left"] is None:
            return body
        info = {"state": file["state"]}
        if file["state"] in {"pending", "in_progress"}:
            info["check_after_secs"] = 3
        if file["state"] == "failed":
            info["error"] = self.film_error
        return body | {"processing_info": info}

    async def _status(self, request):
        if wrong := self._wrong_token(request, "media.write"):
            return wrong
        if request.query["command"] != "STATUS":
            return invalid("This command was retired.")
        file = self.media.get(request.query["media_id"])
        if file is None:
            return problem(404, "Could not find media", "Not Found Error", "resource-not-found")
        file["left"] -= 1
        done = "failed" if self.film_error else "succeeded"
        file["state"] = "in_progress" if file["left"] > 0 else done
        return web.json_response({"data": self._info(request.query["media_id"])})

    async def _metadata(self, request):
        if wrong := self._wrong_token(request, "media.write"):
            return wrong
        given = await request.json()
        file, text = self.media[given["id"]], given["metadata"]["alt_text"]["text"]
        if not 0 < len(text) <= 1000 or file["category"] == "tweet_video" or file["state"] != "succeeded":
            return invalid("alt_text is wrong")
        file["alt"] = text
        return web.json_response({"data": {"id": given["id"], "associated_metadata": given["metadata"]}})
