"""What is found of PostgreSQL, Redis and the disk, as checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aipromote.jobs.server import complaints
from aipromote.monitoring.checks import Check
from aipromote.monitoring.looking import Carried, Disk, Facts
from aipromote.monitoring.states import Area, State
from aipromote.monitoring.words import POSTS_ARE_SAFE, megabytes

_SKEW_SECONDS = 5.0
_MEMORY_WARN, _MEMORY_RED = 0.75, 0.9
_DISK_WARN, _DISK_RED = 2_000_000_000, 500_000_000
_OLDEST = (6, 2)


def database_checks(facts: Facts) -> list[Check]:
    """PostgreSQL, its schema, and the disk that the data folder lies on."""
    health = facts.database
    if "silent" in health.found:
        return [_silent_database(), *_disk(facts.disk)]
    told = {"latency_ms": health.latency_ms}
    checks = [Check("database", Area.DATABASE, State.OK, "PostgreSQL answers.", facts=told)]
    checks.append(_migrations(health.schema_current, health.schema_wanted))
    for name, well in (("connections", "Enough connections are free."), ("transaction", "No transaction hangs.")):
        checks.append(_as_found(name, health.found, well=well))
    if health.replica is not None:
        checks.append(_as_found("replica", health.found, well="The replica keeps up."))
    waiting = facts.pool.waiting
    crowded = f"{waiting} requests of this process wait for a connection." if waiting else "Nobody waits for one."
    checks.append(
        Check("pool", Area.DATABASE, State.WARN if waiting else State.OK, crowded, facts={"waiting": waiting})
    )
    return [*checks, *_disk(facts.disk)]


def _silent_database() -> Check:
    return Check(
        "database",
        Area.DATABASE,
        State.RED,
        "PostgreSQL does not answer.",
        f"{POSTS_ARE_SAFE} Nothing goes out and no page opens until it is back; then all of it goes on by itself.",
        "Start it again: `docker compose restart postgres`, or stop and start `aipromote up`. Its log, in the data "
        "folder: logs/postgres.log.",
    )


def _as_found(name: str, found: Mapping[str, str], *, well: str) -> Check:
    if name not in found:
        return Check(name, Area.DATABASE, State.OK, well)
    said, _, remedy = found[name].partition(". ")
    return Check(name, Area.DATABASE, State.RED, said.removesuffix(".") + ".", POSTS_ARE_SAFE, remedy)


def _migrations(current: str | None, wanted: str | None) -> Check:
    told = {"current": current, "wanted": wanted}
    if current == wanted:
        return Check("migrations", Area.DATABASE, State.OK, "The schema is current.", facts=told)
    if current is not None and wanted is not None and current > wanted:
        return Check(
            "migrations",
            Area.DATABASE,
            State.WARN,
            "The schema is newer than this process.",
            "The release before works on a newer schema, so nothing is lost.",
            "Start this process with the new release.",
            facts=told,
        )
    return Check(
        "migrations",
        Area.DATABASE,
        State.RED,
        "Migrations are pending.",
        "No row is touched, but what the release needs may not be there yet.",
        "Run `aipromote db migrate`.",
        facts=told,
    )


def _disk(disk: Disk | None) -> list[Check]:
    if disk is None:
        return []
    told = {"free_bytes": disk.free, "total_bytes": disk.total}
    if disk.free >= _DISK_WARN:
        return [Check("disk", Area.DATABASE, State.OK, "There is room on the disk.", facts=told)]
    is_red = disk.free < _DISK_RED
    return [
        Check(
            "disk",
            Area.DATABASE,
            State.RED if is_red else State.WARN,
            f"The disk with the data folder has {megabytes(disk.free)} left.",
            "What is stored is safe; a full disk would stop PostgreSQL.",
            "Free at least 2 GB, or move the data folder to a larger disk (AIPROMOTE_HOME).",
            facts=told,
        )
    ]


def redis_checks(facts: Facts) -> list[Check]:
    """Redis or Valkey: whether it answers, and whether it is set up to carry queues."""
    carried = facts.carried
    if carried is None:
        is_named = facts.config.redis_url is not None
        return [
            Check(
                "redis",
                Area.REDIS,
                State.RED,
                "Redis does not answer." if is_named else "REDIS_URL is not set.",
                f"{POSTS_ARE_SAFE} Redis only carries them to the workers: nothing goes out until it is back, and it "
                "may come back empty.",
                "Start it again: `docker compose restart valkey`, or stop and start `aipromote up`."
                if is_named
                else "Set REDIS_URL, or use `aipromote up`, which brings a server along.",
            )
        ]
    info = carried.info
    said = f"{'Valkey' if info.get('valkey_version') else 'Redis'} answers."
    answers = Check("redis", Area.REDIS, State.OK, said, facts={"version": _version(info)})
    if not info:
        return [answers, _silent(), _skew(carried)]
    return [answers, _age(info), _eviction(info), _persistence(info), _memory(info), _skew(carried)]


def _silent() -> Check:
    [complaint] = complaints(None)
    said = "Redis may not be asked how it is set up."
    return Check("redis-settings", Area.REDIS, State.WARN, said, remedy=complaint.words)


def _version(info: Mapping[str, Any]) -> str:
    return str(info.get("valkey_version") or info.get("redis_version") or "unknown")


def _age(info: Mapping[str, Any]) -> Check:
    version = _version(info)
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if parts >= _OLDEST:
        return Check("redis-version", Area.REDIS, State.OK, "Its version is known to carry the queues.")
    return Check(
        "redis-version",
        Area.REDIS,
        State.WARN,
        f"Redis is version {version}; 6.2 is the oldest that the queues are known to run on.",
        remedy="Update it.",
    )


def _eviction(info: Mapping[str, Any]) -> Check:
    policy, limit = info.get("maxmemory_policy"), int(info.get("maxmemory") or 0)
    if policy == "noeviction":
        return Check("redis-eviction", Area.REDIS, State.OK, "It never throws a job away.")
    return Check(
        "redis-eviction",
        Area.REDIS,
        State.RED if limit else State.WARN,
        f"Redis may throw jobs away: its maxmemory-policy is {policy}.",
        f"{POSTS_ARE_SAFE} A job that was thrown away is carried again within seconds, but may then run late.",
        "Set maxmemory-policy to noeviction, in the server's configuration or with `CONFIG SET`.",
    )


def _persistence(info: Mapping[str, Any]) -> Check:
    if info.get("aof_last_write_status", "ok") != "ok":
        return Check(
            "redis-persistence",
            Area.REDIS,
            State.RED,
            "Redis cannot write to its disk.",
            POSTS_ARE_SAFE,
            "Look at its disk and its log.",
        )
    if info.get("aof_enabled") == 1:
        return Check("redis-persistence", Area.REDIS, State.OK, "It keeps what it carries over a restart.")
    return Check(
        "redis-persistence",
        Area.REDIS,
        State.WARN,
        "Redis forgets its queues when it restarts: appendonly is off.",
        "Nothing is lost by that; work starts again seconds later.",
        "To keep it, set appendonly to yes.",
    )


def _memory(info: Mapping[str, Any]) -> Check:
    used, limit = int(info.get("used_memory") or 0), int(info.get("maxmemory") or 0)
    told = {"used_bytes": used, "limit_bytes": limit or None}
    if not limit or used < _MEMORY_WARN * limit:
        return Check("redis-memory", Area.REDIS, State.OK, "It has memory left.", facts=told)
    return Check(
        "redis-memory",
        Area.REDIS,
        State.RED if used >= _MEMORY_RED * limit else State.WARN,
        f"Redis has used {100 * used / limit:.0f} % of its memory.",
        f"{POSTS_ARE_SAFE} When the memory is full, no job can be carried any more.",
        "Raise its maxmemory, or look with `aipromote queues health` for what piles up.",
        facts=told,
    )


def _skew(carried: Carried) -> Check:
    told = {"seconds": round(carried.skew_seconds, 3)}
    if abs(carried.skew_seconds) < _SKEW_SECONDS:
        return Check("redis-clock", Area.REDIS, State.OK, "Its clock agrees with ours.", facts=told)
    return Check(
        "redis-clock",
        Area.REDIS,
        State.WARN,
        f"The clocks of Redis and of this machine differ by {abs(carried.skew_seconds):.0f} s.",
        "Posts go out by the clocks of the workers' machines.",
        "Let both machines keep time by NTP.",
        facts=told,
    )
