"""Every setting of the core: name, type, default, meaning. A module declares its own in its settings.py."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

ROOT = Path(__file__).resolve().parents[2]

Environment = Literal["development", "unit", "integration", "production"]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Switch = Annotated[bool | None, BeforeValidator(lambda value: None if value == "" else value)]  # empty leaves it open
Address = Annotated[str, Field(pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$")]


class SettingsFields(BaseSettings):
    """What can be set, and what follows from it; `settings.Settings` adds the checks."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_file_encoding="utf-8")

    # --- where it runs
    app_env: Environment = Field("development", description="development, unit, integration or production.")
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(5000, ge=1, le=65535, description="Port that the server listens on.")
    server_workers: int = Field(2, ge=1, le=64, description="Worker processes of the production server.")
    server_threads: int = Field(8, ge=2, le=256, description="Threads a worker; more than DB_POOL_SIZE.")
    shutdown_drain: float = Field(
        3, ge=0, le=60, description="Seconds from the stop signal, with readiness off, until the workers are stopped."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front whose X-Forwarded-* headers are believed; 0 believes none."
    )
    url_prefix: str = Field(
        "",
        pattern=r"^((/[A-Za-z0-9._~-]+)+)?$",
        description="Path below which a proxy serves this, e.g. /mini, whether it leaves it on or not. "
        "Empty: as a believed proxy says in X-Forwarded-Prefix.",
    )

    # --- database
    database_url: SecretStr = Field(
        SecretStr(""),
        description="SQLAlchemy URL, e.g. mysql+pymysql://user:password@127.0.0.1:3306/touchstone?charset=utf8mb4. "
        "Empty: built from MYSQL_ADDRESS, or an SQLite file in development.",
    )
    mysql_address: str = Field(
        "", description="host:port as WeChat Cloud Run gives it; used when DATABASE_URL is empty."
    )
    mysql_username: str = Field("", description="User for MYSQL_ADDRESS.")
    mysql_password: SecretStr = Field(SecretStr(""), description="Password for MYSQL_ADDRESS.")
    mysql_database: str = Field("touchstone", description="Database name for MYSQL_ADDRESS.")
    db_pool_size: int = Field(
        6, ge=1, le=200, description="Connections a worker; fewer than SERVER_THREADS, so that health still answers."
    )
    db_pool_timeout: Seconds = Field(0.3, description="Seconds to wait for a free connection before answering 503.")
    db_pool_recycle: int = Field(280, ge=1, description="Seconds after which an idle connection is replaced.")
    db_connect_timeout: int = Field(2, ge=1, le=30, description="Seconds to wait for a connection to be made.")
    db_lock_timeout: int = Field(1, ge=1, le=50, description="Seconds that a statement waits for a row lock.")
    db_statement_timeout: Seconds = Field(2, description="Seconds that a statement may run on the server.")
    db_read_timeout: int = Field(3, ge=1, le=60, description="Seconds to wait for the server's reply.")
    db_monitor_interval: Seconds = Field(5, description="Seconds between two probes of a healthy database.")

    # --- tokens
    jwt_secret: SecretStr = Field(
        SecretStr("development-only-signing-key-0123456789"),
        description="Signing key of access tokens, at least 32 bytes. "
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(48))"',
    )
    jwt_key_id: str = Field("k1", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="Name (kid) of JWT_SECRET.")
    jwt_previous_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        {}, description='Retired keys that are still accepted, as JSON: {"k0": "the old secret"}.'
    )
    jwt_issuer: str = Field("touchstone", min_length=1, description="iss of access tokens.")
    jwt_audience: str = Field("touchstone-api", min_length=1, description="aud of access tokens.")
    jwt_leeway_seconds: int = Field(
        10, ge=0, le=60, description="How far the clocks of two servers may differ when a token is checked."
    )
    access_token_seconds: int = Field(900, ge=1, le=900, description="Life of an access token, at most 15 minutes.")
    refresh_token_seconds: int = Field(2_592_000, ge=60, description="Life of a session without use (30 days).")
    refresh_grace_seconds: int = Field(
        30,
        ge=0,
        le=60,
        description="Seconds in which a used refresh token still returns the same successor, if that is unused.",
    )

    # --- services of ours
    service_deadline_seconds: Seconds = Field(
        5, description="Seconds for all calls to services that a request waits for, with all their retries."
    )
    service_connect_timeout: Seconds = Field(1, description="Seconds to connect to a service.")
    service_circuit_failures: int = Field(
        5, ge=1, le=1000, description="Failures in a row after which a service is not asked for a while."
    )
    service_circuit_pause: Seconds = Field(10, description="Seconds between two probes of a service that failed so.")
    forward_test_session: bool = Field(
        False,
        description="Hand X-Mdt-Session on to services, so that parallel tests share one mock server. For development; "
        "the test environments always do, production refuses it.",
    )

    # --- access from outside
    default_language: Literal["en", "zh"] = Field("en", description="Language of msg where Accept-Language names none.")
    cors_origins: Annotated[list[str], NoDecode] = Field(
        [], description="Origins that browsers may call from, comma separated; empty allows none."
    )
    max_body_bytes: int = Field(1_048_576, ge=1024, description="Largest request body.")
    ratelimit_enabled: bool = Field(True, description="false switches rate limits off.")
    ratelimit_storage_url: str = Field(
        "memory://", description="memory:// counts in each worker; redis://host:6379/0 counts for all."
    )
    ratelimit_on_storage_error: Literal["open", "closed"] = Field(
        "open", description="When the storage is away: open lets requests through, closed answers 503."
    )
    ratelimit_ipv6_prefix: int = Field(
        64,
        ge=32,
        le=128,
        description="Bits of an IPv6 address that count as one caller; a customer usually has a whole /64.",
    )
    docs_enabled: Switch = Field(
        None, description="Serve /docs and /openapi.json; empty: everywhere but in production."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token that opens /metrics; empty keeps it closed."
    )

    # --- cache and logs
    cache_url: str = Field("memory://", description="memory:// caches in each worker; redis://host:6379/1 for all.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("console", description="json for machines, console for people.")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("jwt_previous_keys", mode="before")
    @classmethod
    def _read_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError:
            raise ValueError('not JSON; write {"k0": "the old secret"}') from None

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def testing(self) -> bool:
        return self.app_env in ("unit", "integration")

    @property
    def forwards_test_session(self) -> bool:
        return self.testing or (self.forward_test_session and not self.production)

    @property
    def docs_served(self) -> bool:
        return not self.production if self.docs_enabled is None else self.docs_enabled

    @property
    def sqlalchemy_url(self) -> URL:
        """The database's URL: DATABASE_URL, else MYSQL_ADDRESS, else an SQLite file under var/."""
        if self.database_url.get_secret_value():
            return make_url(self.database_url.get_secret_value())
        if self.mysql_address:
            return self._mysql_url()
        return URL.create("sqlite", database=str(ROOT / "var" / "development.sqlite3"))

    def _mysql_url(self) -> URL:
        host, _, port = self.mysql_address.partition(":")
        return URL.create(
            "mysql+pymysql",
            username=self.mysql_username,
            password=self.mysql_password.get_secret_value(),
            host=host,
            port=int(port or 3306),
            database=self.mysql_database,
            query={"charset": "utf8mb4"},
        )

    @property
    def jwt_keys(self) -> dict[str, str]:
        """Every accepted signing key by its kid; the current one first."""
        previous = {kid: key.get_secret_value() for kid, key in self.jwt_previous_keys.items()}
        return {self.jwt_key_id: self.jwt_secret.get_secret_value(), **previous}
