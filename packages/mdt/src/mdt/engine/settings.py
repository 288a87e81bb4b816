"""What mdt.yaml says, with the defaults of what it leaves out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """mdt.yaml. Durations are seconds; a port of 0 is any free one."""

    port: int = 3002
    tls_port: int | None = None
    host: str = "127.0.0.1"
    strict: bool = False  # a scenario that a test selects and never uses fails it
    seed: int | str | None = None
    token: str | None = None
    session_ttl: float = 3600.0
    session_limit: int = 10_000
    journal_limit: int = 10_000
    allow_hosts: tuple[str, ...] = ()
