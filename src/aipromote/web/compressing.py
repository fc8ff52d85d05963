"""Pages compressed for the way, except where somebody else could learn something from their length.

A compressed page is shorter when a text that was sent to it occurs in it a second time. Who can make a browser send
guesses to us, again and again, and see how long the answers are, finds out what else stands on the page (BREACH). Two
things are done about it. A page that another site had the browser open (browsers say so, in a header that scripts
cannot change) is sent as it is: whoever guesses gets nothing. And the token of forms looks different in each answer
(`http/forms.py`), for browsers that do not say so. Cookies go along with a request of another site only when a whole
page is opened (SameSite=Lax), which is slow and seen.

How much time each level of gzip takes for a page, and how small it becomes: `bench/web/compressing.py`.
"""

from __future__ import annotations

import gzip
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_LEVEL: Final = 4
_WORTH_IT: Final = 1400
"""Bytes; less goes in one packet anyway."""


def html_response(request: Request, html: str, *, status: int = 200) -> Response:
    """The page as an answer to this request."""
    body = html.encode()
    if len(body) < _WORTH_IT or not _may_be_compressed(request):
        return HTMLResponse(body, status_code=status)
    response = HTMLResponse(gzip.compress(body, _LEVEL, mtime=0), status_code=status)
    response.headers["content-encoding"] = "gzip"
    response.headers.add_vary_header("Accept-Encoding")
    return response


def _may_be_compressed(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return False
    return any(item.strip().lower() == "gzip" for item in request.headers.get("accept-encoding", "").split(","))
