"""Every setting, typed, once. The only reader of the environment.

Values come from environment variables (prefix `AIPROMOTE_`; `DATABASE_URL` and `REDIS_URL` go by their usual names).
The embedded runtime sets them for its children; an operator with servers of their own sets them by hand. A value may
also be a file in `AIPROMOTE_SECRETS_DIR`, named like the variable in small letters: `/run/secrets/database_url`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aipromote.errors import SetupError

MIN_SECRET = 32


class Settings(BaseSettings):
    """One instance per process, from `get()`."""

    model_config = SettingsConfigDict(
        env_prefix="AIPROMOTE_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    environment: Literal["development", "production"] = "development"
    """`production` refuses to start with missing keys."""
    secrets_dir: Path | None = None
    """A folder of files that hold settings, each named like its variable in small letters. The variables come first."""
    database_url: SecretStr | None = Field(None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    """The owner's PostgreSQL URL: runs migrations, and is what the application's own login is derived from."""
    app_database_url: SecretStr | None = None
    """Where the application logs in, if that is not where `DATABASE_URL` leads (a PgBouncer), or as another role than
    the derived one: without a user name in it the derived login is used."""
    pgbouncer: bool = False
    """Whether the application's URL leads to a PgBouncer in transaction mode. `database_url` must never do."""
    replica_url: SecretStr | None = None
    """The application role's URL at a streaming replica, for pages that may be some seconds old."""
    replica_lag_seconds: float = Field(10.0, ge=0)
    """A replica that is further behind is not read."""
    redis_url: SecretStr | None = Field(None, validation_alias=AliasChoices("REDIS_URL", "redis_url"))
    """The queues' Valkey or Redis: `redis://:password@host:6379/0`, with `maxmemory-policy noeviction`."""
    queue_prefix: str = "aipromote"
    """Name space of the queues' keys, so that several instances can share one server."""
    secret_key: SecretStr = SecretStr("")
    """Signs sessions and lookups (keyed hashes); at least 32 characters."""
    encryption_keys: SecretStr = SecretStr("")
    """Key ring `id:base64,id:base64`; the first encrypts, all decrypt. Each key has 32 bytes."""
    keys_file: str = ""
    """The instance's file of secrets, whose key ring is then in force. The embedded runtime sets it;
    empty where AIPROMOTE_ENCRYPTION_KEYS is an operator's own."""
    backup_passphrase: SecretStr = SecretStr("")
    """What seals backups. Empty: the first of the encryption keys does."""
    home: Path | None = None
    """The one folder with all data. Default: /var/lib/aipromote for root, ~/.local/share/aipromote otherwise."""
    host: str = "127.0.0.1"
    """The address that the web process listens on."""
    port: int = Field(8400, ge=0, le=65535)
    """Its port."""
    public_url: str = ""
    """The address people use, when it is not http://host:port (behind a proxy)."""
    setup_token: SecretStr = SecretStr("")
    """What the first person must show to make the first account. Empty: only this machine may make it."""
    sign_up: Literal["closed", "open"] = "closed"
    """Whether people may make accounts by themselves (`open`) or only those who are invited get in (`closed`)."""
    trusted_proxies: str = ""
    """Proxies whose `X-Forwarded-For` says from where a request comes, as addresses or networks separated by commas:
    `127.0.0.1,10.0.0.0/8`. Empty: nobody's; tries are then counted by the connection's own address."""
    google_client_id: str = ""
    """Your app at Google, for "Continue with Google" (see docs/accounts.md). Empty: there is no such button."""
    google_client_secret: SecretStr = SecretStr("")
    """Its secret."""
    google_issuer: str = "https://accounts.google.com"
    """Whose OpenID Connect is spoken. Only to be changed for a server that stands in for Google's."""
    github_client_id: str = ""
    """Your OAuth app at GitHub, for "Continue with GitHub". Empty: there is no such button."""
    github_client_secret: SecretStr = SecretStr("")
    """Its secret."""
    github_url: str = "https://github.com"
    """Where GitHub is: your own GitHub Enterprise Server has its API under `/api/v3`."""
    studio_writes: bool = False
    """Whether administrators may change rows in the Studio. Changes there go past the product's own checks."""
    reading_loopback_unsafe: bool = False
    """Whether a founder's website may be read from this machine itself (`http://localhost:3000`), to try things.
    Whoever may type an address then reaches every service on it; refused in production."""
    apps: SecretStr = SecretStr("")
    """Apps that you registered with networks, as JSON: `{"x": {"id": "…", "secret": "…"}, "linkedin": {…}}`.
    They come before those that an administrator enters under Operations, Apps (see docs/operations.md)."""
    networks_private: bool = False
    """Whether servers that people name to connect an account (Mastodon, Bluesky, …) may be on this machine or in a
    private network. Whoever may connect accounts then reaches every service there."""
    sandbox_url: str = ""
    """The sandbox network's address; the embedded runtime fills it in."""
    clock_file: Path | None = None
    """A dial that simulations share (see `aipromote.clock`)."""
    pg_bin: Path | None = None
    """A folder with PostgreSQL 18 programs to use before any bundled ones."""
    pool_size: int = Field(4, ge=1)
    """Database connections that each process keeps; a busy web process opens up to 12 more, a worker keeps 6 more."""
    statement_timeout_ms: int = Field(15_000, ge=0)
    """The longest that a statement of the application may take, in milliseconds."""
    queue_concurrency: str = ""
    """How many jobs each worker runs at the same time, by queue, where that differs from the usual:
    `publishing=20,email=5`."""
    worker_grace_seconds: float = Field(20.0, ge=0)
    """How long a worker that was asked to stop finishes what it has begun."""
    stager_interval_seconds: float = Field(0.5, gt=0)
    """How often the worker looks for what is due."""
    lease_seconds: float = Field(30.0, gt=0)
    """How long a claim on a post holds before others may ask the network what became of it."""
    late_hours: float = Field(24.0, gt=0)
    """A post later than this is not sent any more; a person is told."""
    fire_timeout_seconds: float = Field(10.0, gt=0)
    """How long a call that publishes may take before its outcome counts as unknown."""
    s3_bucket: str = ""
    """An S3-compatible bucket for files, instead of the data folder's `assets` (see docs/media.md). Files that are in
    the folder already stay there and are read from it."""
    s3_endpoint: str = ""
    """Where the bucket is: `https://s3.example.com`, `http://minio:9000`. Empty: Amazon's own, by its region."""
    s3_region: str = "us-east-1"
    """The bucket's region. Servers that know none take any."""
    s3_access_key: SecretStr = SecretStr("")
    """The key's id, for the bucket alone: it reads, writes and deletes objects there."""
    s3_secret_key: SecretStr = SecretStr("")
    """The key itself."""
    video_megabytes: int = Field(512, ge=1, le=10_000)
    """The largest video that is taken in."""
    ffprobe: Path | None = None
    """The program that measures videos, where it is not found by itself. Without it their length stays unknown."""
    media_address_hours: float = Field(6.0, ge=0.5, le=168)
    """How long a network may fetch a file by the address that it was given."""
    smtp_url: SecretStr | None = None
    """Where e-mail is handed over: `smtp://user:pass@host:587` (STARTTLS where offered) or `smtps://host:465`.
    Without one, messages are files in the data folder's `outbox`."""
    mail_from: str = "AIPromote <aipromote@localhost>"
    """The sender that people see."""
    late_alert_seconds: float = Field(120.0, ge=5)
    """A post that was due this long ago and that no worker took makes health red, and you are told."""
    incident_seconds: float = Field(30.0, ge=0)
    """For how long something must be wrong before you are told, and well again before it counts as over.
    0: nothing is watched, and you are told of nothing."""
    alert_email: str = ""
    """Who is told when something is wrong with the product itself, separated by commas. Empty: the administrators."""
    alert_webhook: SecretStr | None = None
    """An address (https://…) that gets the same as JSON."""
    alert_webhook_secret: SecretStr = SecretStr("")
    """Signs what goes there, with HMAC-SHA-256 (see docs/operations.md)."""
    canary_minutes: float = Field(5.0, ge=0)
    """How often a post of the product's own travels all the way to the sandbox network, if there is one. 0: never."""
    metrics_token: SecretStr = SecretStr("")
    """What Prometheus must show to read /metrics. Empty: only this machine may."""
    ai_models: str = ""
    """The language models to write with, the preferred first: `anthropic:NAME,openai:NAME,google:NAME,compatible:NAME`.
    `offline` at the end: when all fail, the offline writer writes. Empty: it always does (see docs/ai.md)."""
    ai_openai_key: SecretStr = SecretStr("")
    """The key for models of OpenAI."""
    ai_anthropic_key: SecretStr = SecretStr("")
    """The key for models of Anthropic."""
    ai_google_key: SecretStr = SecretStr("")
    """The key for models of Google (Gemini API)."""
    ai_compatible_key: SecretStr = SecretStr("")
    """The key for the server of `compatible:` models, where it wants one."""
    ai_compatible_url: str = ""
    """Where `compatible:` models are: the address of an OpenAI-compatible server, `http://127.0.0.1:11434/v1`."""
    ai_openai_url: str = ""
    """Another address than OpenAI's own, such as a proxy of yours. The same for the next two."""
    ai_anthropic_url: str = ""
    """Another address than Anthropic's own."""
    ai_google_url: str = ""
    """Another address than Google's own."""
    ai_timeout_seconds: float = Field(90.0, gt=0, le=600)
    """How long one call of a model may take."""
    ai_retries: int = Field(2, ge=0, le=10)
    """How often a call that failed in passing (busy, out of order, connection lost) is made again."""
    ai_budget_cents: int | None = Field(None, ge=0, le=100_000_000)
    """What models may cost each organization in a calendar month (UTC), in US cents; `aipromote ai budget` sets another
    for one of them. Empty: no limit."""
    ai_prices: str = ""
    """US dollars for a million tokens in and out, for models whose price is not known or is another for you:
    `compatible:NAME=0/0,openai:NAME=1.25/10`."""
    ai_embedding_model: str = ""
    """The model that finds passages by meaning, beside words: `openai:NAME`, `google:NAME` or `compatible:NAME`, with
    the keys and addresses above. Needs pgvector. Empty: passages are found by words alone (see docs/knowledge.md)."""
    log_format: Literal["console", "json"] = "console"
    """`console` for people, `json` for machines."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is worth a line: `debug`, `info`, `warning` or `error`."""

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.environment == "production":
            if len(self.secret_key.get_secret_value()) < MIN_SECRET:
                msg = "AIPROMOTE_SECRET_KEY must have at least 32 characters in production"
                raise ValueError(msg)
            if not self.encryption_keys.get_secret_value():
                msg = "AIPROMOTE_ENCRYPTION_KEYS must be set in production"
                raise ValueError(msg)
            if self.reading_loopback_unsafe:
                msg = "AIPROMOTE_READING_LOOPBACK_UNSAFE must not be set in production"
                raise ValueError(msg)
        return self

    @property
    def names_servers_and_keys(self) -> bool:
        """Whether everything that the embedded runtime would make is given: no data folder is needed to find it."""
        given = (
            self.secret_key,
            self.encryption_keys,
            self.database_url or SecretStr(""),
            self.redis_url or SecretStr(""),
        )
        return all(each.get_secret_value() for each in given)

    def require(self, name: str) -> str:
        """The value of a setting that this process cannot do without, or a SetupError that names it."""
        value = getattr(self, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
        if not text:
            variable = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}.get(name, f"AIPROMOTE_{name.upper()}")
            msg = f"{variable} is not set. `aipromote up` sets it for its own servers; for yours, export it."
            raise SetupError(msg)
        return text


@lru_cache(maxsize=1)
def get() -> Settings:
    """The process's settings. Tests clear the cache with `get.cache_clear()`."""
    return read(os.environ)


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of the process's environment, and of the secrets folder that `environment` names, if any.

    Raises SetupError when that folder is not there.
    """
    folder = environment.get("AIPROMOTE_SECRETS_DIR")
    if not folder:
        return Settings()
    if not Path(folder).is_dir():
        raise SetupError(f"AIPROMOTE_SECRETS_DIR is {folder}, which is not a folder.")
    return Settings(_secrets_dir=folder)


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process of ours: this process's own, with `extra`."""
    return {**os.environ, **extra}


def foreign_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program of somebody else's: nothing of our settings, which hold passwords and keys."""
    ours = ("AIPROMOTE_", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | dict(extra)


def adopt(environment: Mapping[str, str]) -> Settings:
    """Make these variables this process's own and read the settings again, as a command does that started servers."""
    os.environ.update(environment)
    get.cache_clear()
    return get()
