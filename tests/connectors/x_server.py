"""A small X on loopback: the calls of API v2 that the connector makes, as strict as they are documented.

It counts texts by weight, refuses the same words twice, gives texts back with short links of its own, hands out tokens
for two hours and refresh tokens that are good once, and takes films in pieces.
"""

import asyncio
import base64
import hashlib
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock
from aipromote.connectors import counting
from aipromote.connectors.contract import Counting
from connectors.x_files import Files, invalid, problem, shortened

USER, CLIENT, SECRET = "2244994945", "client-of-tests", "no-real-secret"
REDIRECT = "https://aipromote.example/channels/callback"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
BEGINS = datetime(2010, 11, 4, 1, 42, 54, 657_000, UTC)


class XServer(Files):
    """One account. `faults` holds (kind, seconds) for the next calls that create a post."""

    def __init__(self) -> None:
        self.posts: dict[str, dict] = {}
        self.media: dict[str, dict] = {}
        self.tokens: dict[str, dict] = {}
        self.codes: dict[str, dict] = {}
        self.faults: list[tuple[str, float]] = []
        self.creates = 0
        self.shows_after = 0.0
        self.works_on_films = 2  # how often it says that it is still working; None: never anything to be done
        self.film_error: dict | None = None
        self.names_itself = False  # whether a reply to oneself is given back with one's own name before it
        self.withholds_private = False
        self._last = 0
        app = web.Application(client_max_size=20_000_000)
        for verb, path, handler in (
            ("POST", "/2/oauth2/token", self._token),
            ("POST", "/2/oauth2/revoke", self._revoke),
            ("GET", "/2/users/me", self._me),
            ("GET", "/2/users/{id}/tweets", self._timeline),
            ("POST", "/2/tweets", self._create),
            ("GET", "/2/tweets", self._read),
            ("DELETE", "/2/tweets/{id}", self._delete),
            *self.file_routes(),
        ):
            app.router.add_route(verb, path, handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def agree(self, url) -> tuple[str, str]:
        """The person says yes on the consent page: the code and the state."""
        parts = urlsplit(url)
        assert parts.path == "/i/oauth2/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, REDIRECT)
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) <= 500
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"until": clock.now() + timedelta(seconds=30)}
        return code, asked["state"]

    def issue(self, scope=SCOPES):
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.tokens[access] = {"kind": "access", "scope": scope, "end": clock.now() + timedelta(seconds=7200)}
        self.tokens[refresh] = {"kind": "refresh", "scope": scope, "end": clock.now() + timedelta(days=180)}
        body = {"token_type": "bearer", "expires_in": 7200, "access_token": access, "scope": scope}
        return body | ({"refresh_token": refresh} if "offline.access" in scope else {})

    def end(self, *kinds) -> None:
        for known in self.tokens.values():
            if known["kind"] in kinds:
                known["end"] = clock.now()

    def _is_app(self, request, form):
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        given = request.headers.get("Authorization")
        return given == f"Basic {wanted}" if given else form.get("client_id") == "public-client"

    async def _token(self, request):
        if request.content_type != "application/x-www-form-urlencoded":
            return web.json_response({"error": "invalid_request", "error_description": "No form."}, status=400)
        form = await request.post()
        if not self._is_app(request, form):
            body = {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}
            return web.json_response(body, status=401)
        if form["grant_type"] == "refresh_token":
            known = self.tokens.pop(form["refresh_token"], None)
            is_good = known is not None and known["kind"] == "refresh" and known["end"] > clock.now()
        else:
            known = self.codes.pop(form["code"], None)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            is_good = (
                known is not None
                and form["redirect_uri"] == known["redirect_uri"]
                and challenge.decode().rstrip("=") == known["code_challenge"]
                and known["until"] > clock.now()
            )
        if not is_good:
            body = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
            return web.json_response(body, status=400)
        return web.json_response(self.issue(known["scope"]))

    async def _revoke(self, request):
        form = await request.post()
        if not self._is_app(request, form) or self.tokens.pop(form["token"], None) is None:
            return web.json_response({"error": "invalid_request", "error_description": "Unknown token."}, status=400)
        return web.json_response({"revoked": True})

    def _wrong_token(self, request, *scopes):
        known = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if known is None or known["kind"] != "access" or known["end"] <= clock.now():
            return problem(401, "Unauthorized", "Unauthorized")
        if not set(scopes) <= set(known["scope"].split()):
            detail = "Authenticating with OAuth 2.0 User Context without these scopes is forbidden for this endpoint."
            return problem(403, detail, "Unsupported Authentication", "unsupported-authentication")
        return None

    async def _me(self, request):
        if wrong := self._wrong_token(request, "users.read", "tweet.read"):
            return wrong
        data = {"id": USER, "name": "Ada", "username": "ada_tests"}
        if "public_metrics" in request.query.get("user.fields", ""):
            data["public_metrics"] = {"followers_count": 12, "following_count": 5, "tweet_count": 9, "listed_count": 0}
        return web.json_response({"data": data})

    async def _create(self, request):  # noqa: PLR0911 -- one return for each end
        if wrong := self._wrong_token(request, "tweet.read", "tweet.write", "users.read"):
            return wrong
        self.creates += 1
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0)
        if early := self._faulty(kind, seconds):
            return early
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        given = await request.json()
        if wrong := self._refused(given):
            return wrong
        post = self._store(given)
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return problem(500, "Internal Server Error", "Internal Server Error")
        if kind == "malformed":
            return web.Response(text='{"data": {"id', content_type="application/json", status=201)
        body = {"data": {"id": post["id"], "text": post["shown"], "edit_history_tweet_ids": [post["id"]]}}
        if kind == "speaks_of_errors":
            body["errors"] = [{"title": "Field Authorization Error", "detail": "Something about a field."}]
        return web.json_response(body, status=201)

    def _faulty(self, kind, seconds):
        reset = str(int(clock.now().timestamp() + seconds))
        if kind == "rate_limit":
            headers = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
            return problem(429, "Too Many Requests", "Too Many Requests", headers=headers)
        if kind == "day_limit":
            soon = str(int(clock.now().timestamp() + 60))
            headers = {"x-rate-limit-remaining": "99", "x-rate-limit-reset": soon}
            headers |= {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": reset}
            return problem(429, "Too Many Requests", "Too Many Requests", headers=headers)
        if kind == "refuse":
            return problem(403, "You are not permitted to perform this action.")
        if kind == "credits":
            return problem(402, "Your enrolled account does not have any credits.", "CreditsDepleted")
        return None

    def _refused(self, given):  # noqa: PLR0911 -- one return for each reason
        unknown = set(given) - {"text", "media", "reply"}
        if unknown:
            return invalid(f"[{unknown}] is not one of the fields")
        text, ids = given.get("text", ""), given.get("media", {}).get("media_ids", [])
        if not text and not ids:
            return invalid("text or media is needed")
        if counting.length(text, Counting.WEIGHTED) > 280:
            return problem(403, "Your Tweet text is too long. For more information on allowed text length, see ...")
        if any(self.media.get(number, {}).get("state") != "succeeded" for number in ids):
            return invalid("Your media IDs are invalid.", **{"media.media_ids": ids})
        films = [number for number in ids if self.media[number]["category"] != "tweet_image"]
        if len(ids) > 4 or (films and len(ids) > 1):
            return invalid("Too many media.", **{"media.media_ids": ids})
        parent = given.get("reply", {}).get("in_reply_to_tweet_id")
        if parent is not None and parent not in self.posts:
            return problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        if parent is not None and self.posts[parent]["author"] != USER:
            return problem(403, "Reply to this conversation is not allowed because you have not been mentioned.")
        if any(post["text"] == text and post["parent"] == parent for post in self.posts.values()):
            return problem(403, "You are not allowed to create a Tweet with duplicate content.")
        return None

    def add(self, text, *, parent=None, ids=(), author=USER):
        """A post that is there, whoever wrote it."""
        return self._store({"text": text, "media": {"media_ids": list(ids)}, "reply": {"in_reply_to_tweet_id": parent}},
                           author=author)  # fmt: skip

    def _store(self, given, author=USER):
        millis = int((clock.now() - BEGINS) / timedelta(milliseconds=1))
        number = max(self._last + 1, millis << 22)
        self._last = number
        parent, text = given.get("reply", {}).get("in_reply_to_tweet_id"), given.get("text", "")
        shown, urls = shortened(text)
        post_id, ids = str(number), given.get("media", {}).get("media_ids", [])
        for place, media_id in enumerate(ids[:1], start=1):
            short = f"https://t.co/m{secrets.token_hex(4)}"
            full = f"https://x.com/ada_tests/status/{post_id}/photo/{place}"
            urls.append({"url": short, "expanded_url": full, "media_key": f"3_{media_id}"})
            shown = f"{shown} {short}".strip()
        mentions = []
        if self.names_itself and parent:
            shown, mentions = f"@ada_tests {shown}", [{"start": 0, "end": 10, "username": "ada_tests", "id": USER}]
        self.posts[post_id] = {
            "id": post_id,
            "text": text,
            "shown": shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "urls": urls,
            "mentions": mentions,
            "parent": parent,
            "media": ids,
            "author": author,
            "at": clock.now(),
            "visible": clock.now() + timedelta(seconds=self.shows_after),
        }
        return self.posts[post_id]

    def _json(self, post, fields):
        shown = {"id": post["id"], "text": post["shown"], "edit_history_tweet_ids": [post["id"]]}
        if "created_at" in fields:
            shown["created_at"] = post["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if "referenced_tweets" in fields and post["parent"]:
            shown["referenced_tweets"] = [{"type": "replied_to", "id": post["parent"]}]
        if "entities" in fields and (post["urls"] or post["mentions"]):
            shown["entities"] = {name: post[name] for name in ("urls", "mentions") if post[name]}
        if "public_metrics" in fields:
            shown["public_metrics"] = {"retweet_count": 2, "quote_count": 1, "reply_count": 3, "like_count": 7}
            shown["public_metrics"] |= {"bookmark_count": 4, "impression_count": 500}
        if "non_public_metrics" in fields:
            shown["non_public_metrics"] = {"url_link_clicks": 6, "user_profile_clicks": 1, "engagements": 20}
        return shown

    async def _timeline(self, request):
        if wrong := self._wrong_token(request, "tweet.read", "users.read"):
            return wrong
        asked = request.query
        if not 5 <= int(asked.get("max_results", "10")) <= 100 or request.match_info["id"] != USER:
            return invalid("max_results is wrong")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", asked["start_time"]):
            return invalid("start_time is wrong")
        since = datetime.fromisoformat(asked["start_time"])
        fields = asked.get("tweet.fields", asked.get("post.fields", "")).split(",")
        there = [post for post in self.posts.values() if post["author"] == USER]
        there = [post for post in there if post["at"] >= since and post["visible"] <= clock.now()]
        begin, size = int(asked.get("pagination_token", "0")), int(asked.get("max_results", "10"))
        page = there[::-1][begin : begin + size]
        body = {"meta": {"result_count": len(page)}}
        if page:
            body["data"] = [self._json(post, fields) for post in page]
        if begin + size < len(there):
            body["meta"]["next_token"] = str(begin + size)
        return web.json_response(body)

    async def _read(self, request):
        if wrong := self._wrong_token(request, "tweet.read", "users.read"):
            return wrong
        post, fields = self.posts.get(request.query["ids"]), request.query["tweet.fields"].split(",")
        if post is None:
            error = {"title": "Not Found Error", "detail": "Could not find tweet", "resource_type": "tweet"}
            return web.json_response({"errors": [error]})
        is_old = clock.now() - post["at"] > timedelta(days=30)
        if "non_public_metrics" in fields and (is_old or self.withholds_private):
            error = {"title": "Field Authorization Error", "field": "non_public_metrics", "resource_type": "tweet"}
            return web.json_response({"errors": [error]})
        return web.json_response({"data": [self._json(post, fields)]})

    async def _delete(self, request):
        if wrong := self._wrong_token(request, "tweet.read", "tweet.write", "users.read"):
            return wrong
        if self.posts.pop(request.match_info["id"], None) is None:
            return problem(404, "Could not find tweet", "Not Found Error", "resource-not-found")
        return web.json_response({"data": {"deleted": True}})
