"""How the small LinkedIn of the tests lets apps and people in, and what it tells of people and pages."""

import base64
import json
import re
import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from aipromote import clock
from connectors.linkedin_files import error

CLIENT, SECRET = "client-of-tests", "no-real-secret"
REDIRECT = "https://aipromote.example/channels/callback"
PERSON, PAGE, OTHER_PAGE = "urn:li:person:ada-1", "urn:li:organization:501", "urn:li:organization:502"
MEMBER = "openid profile w_member_social"
PAGES = f"{MEMBER} w_organization_social r_organization_social rw_organization_admin"
VERSIONS = {"202608", "202609", "202610"}


class Accounts:
    """A person, the pages of that person, and the tokens that open them."""

    def __init__(self) -> None:
        self.tokens: dict[str, dict] = {}
        self.codes: dict[str, dict] = {}
        self.flaps = False  # whether a new token is called revoked for a minute
        self.gives_identity = True
        self.gives_refresh = True

    def account_routes(self):
        return (
            ("POST", "/oauth/v2/accessToken", self._token),
            ("POST", "/oauth/v2/revoke", self._revoke),
            ("GET", "/v2/userinfo", self._userinfo),
            ("GET", "/v2/me", self._me),
            ("GET", "/rest/organizationAcls", self._acls),
            ("GET", "/rest/organizations", self._organizations),
            ("GET", "/rest/organizations/{id}", self._organization),
            ("GET", "/rest/networkSizes/{urn}", self._sizes),
        )

    def agree(self, url) -> tuple[str, str]:
        """The person says yes on the consent page: the code and the state."""
        parts = urlsplit(url)
        assert parts.path == "/oauth/v2/authorization"
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", CLIENT, REDIRECT)
        code = secrets.token_urlsafe(16)
        self.codes[code] = {"scope": asked["scope"], "refresh_end": clock.now() + timedelta(days=365)}
        return code, asked["state"]

    def issue(self, scope, refresh_end=None):
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        ends = refresh_end or clock.now() + timedelta(days=365)
        known = {"scope": scope, "made": clock.now(), "end": clock.now() + timedelta(days=60), "refresh_end": ends}
        self.tokens[access] = known | {"kind": "access"}
        body = {
            "access_token": access,
            "expires_in": 5_184_000,
            "scope": scope.replace(" ", ","),
            "token_type": "Bearer",
        }
        if self.gives_refresh:
            self.tokens[refresh] = known | {"kind": "refresh", "end": ends}
            left = int((ends - clock.now()).total_seconds())
            body |= {"refresh_token": refresh, "refresh_token_expires_in": left}
        if self.gives_identity and "openid" in scope:
            claims = base64.urlsafe_b64encode(json.dumps({"sub": "ada-1", "name": "Ada Tests"}).encode()).decode()
            body["id_token"] = f"h.{claims.rstrip('=')}.s"
        return body

    def end(self, *kinds) -> None:
        for known in self.tokens.values():
            if known["kind"] in kinds:
                known["end"] = clock.now()

    async def _token(self, request):
        form = await request.post()
        if (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
            body = {"error": "invalid_client", "error_description": "Client authentication failed"}
            return web.json_response(body, status=401)
        if form["grant_type"] == "refresh_token":
            known = self.tokens.get(form["refresh_token"])
            is_good = known is not None and known["kind"] == "refresh" and known["end"] > clock.now()
        else:
            known = self.codes.pop(form["code"], None)
            is_good = known is not None and form["redirect_uri"] == REDIRECT
        if not is_good:
            body = {"error": "invalid_request", "error_description": "Unable to retrieve access token"}
            return web.json_response(body, status=400)
        return web.json_response(self.issue(known["scope"], known["refresh_end"]))

    async def _revoke(self, request):
        form = await request.post()
        if self.tokens.pop(form["token"], None) is None or form["client_secret"] != SECRET:
            return web.json_response({"error": "invalid_request"}, status=400)
        return web.Response(status=200)

    def wrong(self, request, *scopes, versioned=True):
        """Why this call is refused before it is looked at, or None."""
        return (self._wrong_version(request) if versioned else None) or self._wrong_token(request, scopes)

    def _wrong_version(self, request):
        if "LinkedIn-Version" not in request.headers:
            return error(400, "VERSION_MISSING", "A version must be present.")
        if request.headers["LinkedIn-Version"] not in VERSIONS:
            return error(426, "NONEXISTENT_VERSION", "Requested version is not active")
        if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            return error(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables")
        return None

    def _wrong_token(self, request, scopes):
        known = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if known is None or known["kind"] != "access":
            return error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service=65600)
        if known["end"] <= clock.now():
            told = "The token used in the request has expired"
            return error(401, "EXPIRED_ACCESS_TOKEN", told, service=65602)
        if self.flaps and clock.now() - known["made"] < timedelta(seconds=60):
            return error(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked", service=65601)
        if scopes and not set(scopes) & set(known["scope"].split()):
            return error(403, "ACCESS_DENIED", "Not enough permissions to access", service=100)
        return None

    async def _userinfo(self, request):
        if wrong := self.wrong(request, "openid", versioned=False):
            return wrong
        return web.json_response({"sub": "ada-1", "name": "Ada Tests", "given_name": "Ada", "locale": "en_US"})

    async def _me(self, request):
        if wrong := self.wrong(request, "r_basicprofile", versioned=False):
            return wrong
        body = {"id": "ada-1", "localizedFirstName": "Ada", "localizedLastName": "Tests", "vanityName": "ada-tests"}
        return web.json_response(body)

    async def _acls(self, request):
        if wrong := self.wrong(request, "rw_organization_admin"):
            return wrong
        assert (request.query["q"], request.query["role"]) == ("roleAssignee", "ADMINISTRATOR")
        shown = [{"organization": urn, "role": "ADMINISTRATOR", "state": "APPROVED"} for urn in (PAGE, OTHER_PAGE)]
        return web.json_response({"elements": shown, "paging": {"start": 0, "count": 100}})

    def _page(self, number):
        return {"id": int(number), "localizedName": f"Page {number}", "vanityName": f"page-{number}"}

    async def _organizations(self, request):
        if wrong := self.wrong(request, "rw_organization_admin"):
            return wrong
        numbers = re.fullmatch(r"List\(([\d,]+)\)", request.query["ids"]).group(1).split(",")
        return web.json_response({"results": {number: self._page(number) for number in numbers}, "statuses": {}})

    async def _organization(self, request):
        if wrong := self.wrong(request, "rw_organization_admin"):
            return wrong
        return web.json_response(self._page(request.match_info["id"]))

    async def _sizes(self, request):
        if wrong := self.wrong(request, "rw_organization_admin", "r_organization_social"):
            return wrong
        return web.json_response({"firstDegreeSize": 1200})
