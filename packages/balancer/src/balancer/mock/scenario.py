"""Scenarios: providers with their behaviours, and what is expected of them. Everything is checked when it is made."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mdt.engine.http1 import check_header
from pydantic import ConfigDict

from balancer.mock.behaviors import ExpectedBehavior, ProviderBehavior

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PROVIDER_TYPES = ("anthropic", "openai")
CHOICES: dict[str, tuple[str, ...]] = {
    "provider_type": PROVIDER_TYPES,
    "timeout_phase": ("headers", "first_event", "mid"),
    "connection_phase": ("reset", "fin", "refuse", "mid_headers", "mid_body"),
    "ssl_fault": ("handshake", "untrusted", "expired", "hostname"),
    "cut": ("fin", "reset"),
    "body": ("html", "json"),
    "body_style": ("object", "string"),
}
NOT_NEGATIVE = (
    "priority",
    "delay_ms",
    "error_count",
    "ttft_ms",
    "tokens_per_second",
    "jitter",
    "fault_after_chunks",
    "stall_ms",
    "timeout_ms",
    "down_s",
    "rpm",
    "tpm",
)


@dataclass(frozen=True, kw_only=True)
class _Options:
    """What a provider may be given besides its name and behaviour. Times ending in `_ms` are milliseconds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    response_data: Mapping[str, Any] | None = None  # {"content": text}, or a whole body of the vendor
    delay_ms: int = 0  # before anything is sent
    priority: int | None = None  # 1 is the first; None: its place in the scenario
    error_count: int = 0  # fail so often, then succeed; 0: always
    error_http_code: int | None = None  # in place of the behaviour's own
    error_message: str | None = None
    provider_type: str = "anthropic"
    script: Sequence[ProviderBehavior] = ()  # behaviours by attempt; the last one repeats
    retry_after: float | None = None  # seconds, in the header of 429, 503 and 529
    ttft_ms: int = 0  # from the start of a stream to its first content
    tokens_per_second: float = 0  # 0: at once
    jitter: float = 0  # part of each pause that is random: 0.2 is ±20 %
    seed: int = 0  # of the jitter
    fault_after_chunks: int = 2  # content chunks before a stream breaks; more than there are: at the end
    cut: str = "fin"  # how STREAM_CUT ends the connection; no last chunk comes either way
    stall_ms: int = 3_600_000
    timeout_ms: int = 3_600_000
    timeout_phase: str = "headers"
    connection_phase: str = "reset"
    ssl_fault: str = "handshake"
    body: str = "html"  # of BAD_GATEWAY
    body_style: str | None = None  # "string": {"error": "insufficient credits"}
    usage: Mapping[str, Any] | None = None  # members of the vendor's usage object
    tool_calls: Sequence[Mapping[str, Any]] = ()  # {"name": …, "arguments": {…}}
    blocks: Sequence[Mapping[str, Any]] = ()  # Anthropic content blocks, in place of text
    headers: Mapping[str, str] = field(default_factory=dict)  # of every answer
    force_stream: bool = False  # STREAMING_SUCCESS streams although nobody asked for it
    strict: bool = False  # refuse requests that the vendor would refuse
    down_s: float = 30  # FLAPPING: seconds down, then as long up
    rpm: int = 0  # QUOTA: requests in 60 seconds; 0: no limit
    tpm: int = 0  # QUOTA: tokens in 60 seconds
    settings: Mapping[str, Any] = field(default_factory=dict)  # more of it in the balancer's configuration: timeouts …


@dataclass(frozen=True)
class ProviderConfig(_Options):
    """One provider of a scenario. ValueError names the first field that cannot be."""

    name: str
    behavior: ProviderBehavior = ProviderBehavior.SUCCESS

    def __post_init__(self) -> None:
        object.__setattr__(self, "behavior", ProviderBehavior(self.behavior))
        object.__setattr__(self, "script", tuple(map(ProviderBehavior, self.script)))
        for check in (_check_name, _check_choices, _check_numbers, _check_code, _check_headers):
            check(self)

    def behavior_of(self, attempt: int) -> ProviderBehavior:
        """What it does at its first, second … attempt (1, 2 …)."""
        if self.script:
            return self.script[min(attempt, len(self.script)) - 1]
        if self.error_count and attempt > self.error_count:
            return ProviderBehavior.SUCCESS
        return self.behavior


def _check_name(one: ProviderConfig) -> None:
    if not isinstance(one.name, str) or not NAME.fullmatch(one.name):
        raise ValueError(f"name: {one.name!r} is not 1 to 64 letters, digits, dots, dashes or underscores")


def _check_choices(one: ProviderConfig) -> None:
    for key, known in CHOICES.items():
        value = getattr(one, key)
        if value not in known and not (key == "body_style" and value is None):
            raise ValueError(f"{key}: {value!r} is none of {', '.join(known)}")


def _check_numbers(one: ProviderConfig) -> None:
    for key in NOT_NEGATIVE:
        value = getattr(one, key)
        if key == "priority" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{key}: {value!r} is not a number from 0 on")
    if one.retry_after is not None and not 0 <= one.retry_after < float("inf"):
        raise ValueError(f"retry_after: {one.retry_after!r} is not a number of seconds from 0 on")


def _check_code(one: ProviderConfig) -> None:
    """200 is for gateways that say their error under a good status; `body_style` shows that it is meant."""
    code = one.error_http_code
    if code is None or 400 <= code <= 599 or (code == 200 and one.body_style is not None):
        return
    raise ValueError(f"error_http_code: {code} is not within 400 to 599 (200 needs body_style)")


def _check_headers(one: ProviderConfig) -> None:
    for name, value in one.headers.items():
        check_header(name, value)


@dataclass(frozen=True)
class Scenario:
    """Providers, and what a client of a balancer in front of them should see.

    Providers without a priority get their place: 1, 2 …. ValueError for no providers and for two of one name.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    providers: Sequence[ProviderConfig]
    expected_behavior: ExpectedBehavior = ExpectedBehavior.SUCCESS
    model_name: str | None = None
    settings_override: Mapping[str, Any] | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name: a scenario needs one")
        if not self.providers:
            raise ValueError(f"providers: the scenario {self.name!r} has none")
        names = [one.name for one in self.providers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"providers: two are called {twice[0]!r}")
        object.__setattr__(self, "expected_behavior", ExpectedBehavior(self.expected_behavior))
        placed = (
            one if one.priority is not None else replace(one, priority=place)
            for place, one in enumerate(self.providers, 1)
        )
        object.__setattr__(self, "providers", tuple(placed))

    def provider(self, name: str) -> ProviderConfig | None:
        return next((one for one in self.providers if one.name == name), None)

    def by_priority(self) -> list[ProviderConfig]:
        """The providers, the one that is asked first at the front."""
        return sorted(self.providers, key=lambda one: one.priority or 0)
