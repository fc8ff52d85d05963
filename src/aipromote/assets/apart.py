"""Having pictures and videos opened in a process of their own, with limits on memory, processor time and time in all.

The child inherits no environment (so it knows no secret) and opens nothing but the file that is its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, BinaryIO

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from aipromote import settings
from aipromote.assets.fitting import Look
from aipromote.connectors.capabilities import WEBM, ImageRules
from aipromote.errors import InvalidInput

log: structlog.stdlib.BoundLogger = structlog.get_logger()
SECONDS = 30.0
_AT_ONCE = threading.BoundedSemaphore(2)
_GAVE_UP = "could not be opened within the memory and time that it may take. Take a smaller one"
_DEEPEST = 1_000_000  # pixels and seconds beyond which a video's own word is not believed
MISSING = (
    "There is no ffprobe on this machine, so the length and size of videos stay unknown and are not compared with what "
    "networks take. Install ffmpeg, or name the program in AIPROMOTE_FFPROBE."
)


class Unreadable(InvalidInput):
    """The file is not what it seems to be, or more than can be opened."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Pixels as they are seen, and seconds. What is not known is None."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    codec: str | None = None


class Fitted(BaseModel):
    """What became of a picture: the facts of what is to be sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mime_type: str
    width: int
    height: int
    size: int
    changes: tuple[str, ...]


async def look(file: BinaryIO, *, name: str) -> Look:
    """What a picture is. `file` has a descriptor. Raises Unreadable, with the reason and what to do."""
    answer, _ = await asyncio.to_thread(_ask, {"do": "look"}, file, name)
    return Look(**answer["look"])


async def fit(file: BinaryIO, rules: ImageRules, *, name: str) -> tuple[Fitted, bytes]:
    """Make a picture fit; no bytes where the file is right as it is. Raises Unreadable."""
    given = {**asdict(rules), "mime_types": sorted(rules.mime_types)}
    answer, content = await asyncio.to_thread(_ask, {"do": "fit", "rules": given}, file, name)
    try:
        return Fitted.model_validate(answer), content
    except ValidationError:
        raise Unreadable(f"{name} {_GAVE_UP}.", field="file") from None


async def measure(file: BinaryIO, mime_type: str) -> Measures:
    """Pixels and seconds of a video, as ffprobe tells them; unknown where there is none, or where it gives up."""
    if (program := ffprobe()) is None:
        return Measures()
    return await asyncio.to_thread(_measure, program, file, mime_type)


def ffprobe() -> str | None:
    """The program that measures videos, if there is one."""
    named = settings.get().ffprobe
    return shutil.which(str(named)) if named else _found()


@lru_cache(maxsize=1)
def _found() -> str | None:
    return shutil.which("ffprobe")


def _ask(order: Mapping[str, Any], file: BinaryIO, name: str) -> tuple[dict[str, Any], bytes]:
    done = _run({**order, "seconds": SECONDS}, file)
    if done is None or done.returncode != 0:
        raise Unreadable(f"{name} {_GAVE_UP}.", field="file")
    line, _, content = done.stdout.partition(b"\n")
    answer = json.loads(line)
    if "problem" in answer:
        raise Unreadable(f"{name} {str(answer['problem'])[:300]}.", field="file")
    return answer, content


def _measure(program: str, file: BinaryIO, mime_type: str) -> Measures:
    shown = "stream=codec_type,codec_name,width,height,duration:stream_side_data=rotation:format=duration"
    # The form is named and only files may be opened: a list of addresses that pretends to be a video leads nowhere.
    form = "matroska" if mime_type == WEBM else "mov"
    command = [program, "-v", "error", "-protocol_whitelist", "file", "-f", form, "-show_entries", shown]
    command += ["-of", "json", "file:/dev/stdin" if os.path.exists("/dev/stdin") else "pipe:0"]  # noqa: PTH110 -- no file
    done = _run({"do": "probe", "command": command, "seconds": SECONDS}, file)
    if done is None or done.returncode != 0:
        log.warning("a video could not be measured", said=done.stderr[-300:].decode("utf-8", "replace") if done else "")
        return Measures()
    try:
        return _measures(json.loads(done.stdout))
    except (ValueError, TypeError, AttributeError):
        return Measures()


def _measures(found: dict[str, Any]) -> Measures:
    video = next((one for one in found.get("streams", ()) if one.get("codec_type") == "video"), None)
    if video is None:
        return Measures()
    width, height = int(video.get("width") or 0), int(video.get("height") or 0)
    turned = any(int(one.get("rotation", 0)) % 180 for one in video.get("side_data_list", ()))
    if turned:
        width, height = height, width
    seconds = float(found.get("format", {}).get("duration") or video.get("duration") or 0)
    is_size = 0 < width < _DEEPEST and 0 < height < _DEEPEST
    return Measures(
        width if is_size else None,
        height if is_size else None,
        round(seconds, 3) if 0 < seconds < _DEEPEST else None,
        str(video.get("codec_name", ""))[:40] or None,
    )


def _run(order: Mapping[str, Any], file: BinaryIO) -> subprocess.CompletedProcess[bytes] | None:
    """The child's answer; None where it took too long."""
    command = [sys.executable, "-I", "-m", "aipromote.assets.child", json.dumps(order)]
    with _AT_ONCE:
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        try:
            return subprocess.run(  # noqa: S603 -- our own module, by our own interpreter
                command,
                stdin=file.fileno(),
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={"LANG": "C.UTF-8"},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            return None
