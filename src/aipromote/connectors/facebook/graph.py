"""Where Facebook's API is."""

from __future__ import annotations

from aipromote.connectors import meta

SERVER = "https://graph.facebook.com"
VIDEO_SERVER = "https://graph-video.facebook.com"
HOME = "https://www.facebook.com/"
API = meta.Api("Facebook", "v26.0")
