"""Where Instagram's API is, and how its containers are called."""

from __future__ import annotations

from aipromote.connectors import meta
from aipromote.connectors.containers import Containers

SERVER = "https://graph.instagram.com"
HOME = "https://www.instagram.com/"
API = meta.Api("Instagram", "v26.0")
CONTAINERS = Containers(API, "media", "media_publish", "status_code", "status", "caption", lists=("media",))
