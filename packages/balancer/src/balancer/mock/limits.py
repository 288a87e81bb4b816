"""Providers that answer by time: QUOTA counts requests and tokens of a minute, FLAPPING is down half of the time."""

import math
from dataclasses import dataclass

from balancer.mock.namespaces import ProviderState
from balancer.mock.scenario import ProviderConfig
from balancer.wire import anthropic, openai
from balancer.wire.formats import Format

WINDOW = 60.0  # seconds
ALONE = 1  # requests a minute of a QUOTA that says neither rpm nor tpm


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left in this minute. `wait`: seconds until the request would fit; 0 if it does."""

    limit: int
    remaining: int
    wait: float
    kind: str = "requests"

    def headers(self, format_: Format, reset: float) -> dict[str, str]:
        make = anthropic.rate_limit_headers if format_ is Format.ANTHROPIC else openai.rate_limit_headers
        return make(limit=self.limit, remaining=self.remaining, reset_seconds=reset, kind=self.kind)


def quota(provider: ProviderConfig, state: ProviderState, now: float, tokens: int) -> Quota:
    """Lets the request in if it fits, and counts it then."""
    while state.recent and state.recent[0][0] <= now - WINDOW:
        state.recent.popleft()
    by_requests = _left(
        provider.rpm or (0 if provider.tpm else ALONE), [(at, 1) for at, _ in state.recent], 1, now, "requests"
    )
    by_tokens = _left(provider.tpm, list(state.recent), tokens, now, "tokens")
    tightest = max((one for one in (by_requests, by_tokens) if one is not None), key=lambda one: one.wait)
    if not tightest.wait:
        state.recent.append((now, tokens))
    return tightest


def _left(limit: int, used: list[tuple[float, int]], wanted: int, now: float, kind: str) -> Quota | None:
    """None without a limit. A request over the whole limit waits for an empty window."""
    if not limit:
        return None
    total = sum(amount for _, amount in used)
    if total + wanted <= limit or not used:
        return Quota(limit, max(0, limit - total - wanted), 0.0, kind)
    for at, amount in used:
        total -= amount
        if total + wanted <= limit:
            return Quota(limit, 0, max(0.001, at + WINDOW - now), kind)
    return Quota(limit, 0, max(0.001, used[-1][0] + WINDOW - now), kind)


def is_down(provider: ProviderConfig, state: ProviderState, now: float) -> bool:
    """FLAPPING: down for `down_s` seconds from its first request, then up for as long, and so on."""
    if state.first_seen is None:
        state.first_seen = now
    return provider.down_s > 0 and math.floor((now - state.first_seen) / provider.down_s) % 2 == 0
