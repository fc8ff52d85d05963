"""What makes a record one that the stand-in of Bluesky's server takes, in the words of the real one where it has them.

It is stricter in points where the real one believes its clients: a facet must cover the words that it is about, and a
reply must name a record that there is.
"""

import re

import regex

NAMES = {"ada.test": "did:plc:ada234567abcdefghijklmno", "grace.test": "did:plc:grace34567abcdefghijklm"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TID = re.compile(r"[234567a-j][234567a-z]{12}")
_FILES = {
    "app.bsky.embed.images": (("image/",), 1_000_000),
    "app.bsky.embed.video": (("video/mp4",), 100_000_000),
}


def invalid(what, where):
    return "InvalidRequest", f"Invalid app.bsky.feed.post record: {what} at $.record.{where}"


def refused(given, records, blobs):
    """Error and message, or None for a good record. `records` are by their keys, `blobs` by their links."""
    return _malformed(given) or _unfounded(given["record"], records) or _unembedded(given["record"], blobs)


def _malformed(given):
    record, text = given["record"], given["record"]["text"]
    if not _TID.fullmatch(given["rkey"]):
        got = f'Invalid TID string (got "{given["rkey"]}")'
        return "InvalidRequest", f"Invalid record key for {given['collection']}: {got} at $"
    if not _TIME.fullmatch(record["createdAt"]):
        return invalid(f'Invalid datetime (got "{record["createdAt"]}")', "createdAt")
    if (size := len(text.encode())) > 3000:
        return invalid(f"string too big (maximum 3000, got {size})", "text")
    if (graphemes := len(regex.findall(r"\X", text))) > 300:
        return invalid(f"grapheme too big (maximum 300, got {graphemes})", "text")
    return None


def _unfounded(record, records):
    text = record["text"].encode()
    for facet in record.get("facets", []):
        piece = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()  # a torn character fails
        feature = facet["features"][0]
        named = "did" in feature and feature["did"] == NAMES.get(piece.removeprefix("@").lower())
        if not (named or piece == f"#{feature.get('tag')}" or feature.get("uri", "").endswith(piece)):
            return invalid(f"facet points at {piece!r}", "facets")
    for reference in record.get("reply", {}).values():
        known = records.get(reference["uri"].rsplit("/", 1)[-1])
        if known is None or known["cid"] != reference["cid"]:
            return invalid("unknown record", "reply")
    return None


def _unembedded(record, blobs):
    embed = record.get("embed", {"$type": ""})
    if embed["$type"] == "app.bsky.embed.external":
        external = embed["external"]
        known = external["uri"].startswith(("http://", "https://")) and external["title"] and "description" in external
        return None if known else invalid("Missing required key", "embed.external")
    files = embed.get("images") or ([embed | {"image": embed["video"]}] if "video" in embed else [])
    if len(files) > 4:
        return invalid(f"array too big (maximum 4, got {len(files)})", "embed.images")
    return next((wrong for file in files if (wrong := _unfit(file, embed["$type"], blobs))), None)


def _unfit(file, kind, blobs):
    """Whether a file was uploaded, is of a kind and size that fits, and is described."""
    mime_types, most = _FILES[kind]
    blob = file["image"]
    if not isinstance(file["alt"], str) or not all(side > 0 for side in file.get("aspectRatio", {}).values()):
        return invalid("alt or aspectRatio", "embed")
    if blobs.get(blob["ref"]["$link"]) != blob:
        return "BlobNotFound", f"Could not find blob: {blob['ref']['$link']}"
    if not blob["mimeType"].startswith(mime_types):
        return "InvalidMimeType", f"Wrong type of file. It is {blob['mimeType']} but it must match {mime_types}."
    if blob["size"] > most:
        return invalid(f"blob too big (maximum {most}, got {blob['size']})", "embed.images[0].image")
    return None
