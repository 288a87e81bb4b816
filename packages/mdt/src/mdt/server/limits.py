"""What one client may ask of the server. Seconds and bytes; tests make them small."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout_fault` ends a `timeout` fault whose client never leaves."""

    head: int = 64 * 1024  # request line and headers: 431
    body: int = 16 * 1024 * 1024  # 413
    connections: int = 1000  # 503
    pipeline: int = 64  # requests of one connection that wait for their turn
    head_seconds: float = 10  # from a request's first byte to the end of its headers: 408
    body_seconds: float = 60  # 408
    idle_seconds: float = 75  # between requests
    write_seconds: float = 60  # for a client that does not read
    linger_seconds: float = 2  # for a refused client to read why
    timeout_fault: float = 300
    grace_seconds: float = 5  # for answers under way when the server stops

    def tick(self) -> float:
        """How often the deadlines are looked at."""
        shortest = min(self.head_seconds, self.body_seconds, self.idle_seconds, self.write_seconds, self.linger_seconds)
        return max(0.01, min(1.0, shortest / 4))
