"""The state of one provider: failures take it out, time brings it back by one probe at a time.

HEALTHY ──failures reach the threshold──▶ OPEN ──its time is over──▶ HALF_OPEN ──the probe succeeds──▶ HEALTHY
                                            ◀──the probe fails: k + 1──┘
"""

from dataclasses import dataclass, field
from enum import StrEnum

from balancer.proxy.config.settings import Settings

MAX_RETRY_AFTER = 86_400.0  # a provider that asks for more is asked again after a day
MAX_LEARNED = 10 * MAX_RETRY_AFTER  # another replica's cooldown may be longer than any Retry-After


class State(StrEnum):
    HEALTHY = "healthy"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Transition:
    """A provider changed its state; `remote` means that another replica saw it.

    `remaining`: seconds until it may be asked again. `forbidden`: seconds in which its own Retry-After forbids it.
    """

    provider: str
    before: State
    after: State
    reason: str
    remaining: float
    forbidden: float
    k: int
    remote: bool = False


@dataclass(slots=True, eq=False)
class Circuit:
    """Times are seconds of the caller's clock. `epoch` counts openings and closings: a result of an older epoch is late."""

    settings: Settings
    is_open: bool = False
    until: float = 0.0
    not_before: float = 0.0  # what the provider's Retry-After forbids, also below the threshold
    k: int = 0  # probes that failed in a row
    epoch: int = 0
    probing: bool = False
    last_resort_used: bool = False
    failures: list[tuple[float, int | None]] = field(default_factory=list)
    reason: str = ""

    def state(self, now: float) -> State:
        if not self.is_open:
            return State.HEALTHY
        return State.OPEN if now < self.until else State.HALF_OPEN

    def usable(self, now: float) -> bool:
        if now < self.not_before:
            return False
        return not self.is_open or (now >= self.until and not self.probing)

    def remaining(self, now: float) -> float:
        return max(0.0, (self.until if self.is_open else self.not_before) - now)

    def allows_last_resort(self, now: float) -> bool:
        """One request may come early, once in a cooldown; never before the time that the provider itself named."""
        return self.is_open and not self.probing and not self.last_resort_used and now >= self.not_before

    def fail(self, now: float, reason: str, wait: float, status: int | None) -> bool:
        """A failure of a healthy provider. Whether it opened."""
        self.reason = reason
        if not self._reaches_threshold(now, status):
            self.postpone(now, wait)
            return False
        self.open(now, reason, wait)
        return True

    def fail_probe(self, now: float, reason: str, wait: float) -> None:
        if self.cooldown() < self.settings.cooldown_backoff.max:
            self.k += 1
        self.open(now, reason, wait)

    def open(self, now: float, reason: str, wait: float) -> None:
        """OPEN until the cooldown and the provider's own Retry-After are over; never shorter than it was."""
        self.is_open, self.probing, self.last_resort_used = True, False, False
        self.reason = reason
        self.epoch += 1
        self.failures.clear()
        self.until = max(self.until, self.not_before, now + self.cooldown())
        self.postpone(now, wait)

    def postpone(self, now: float, wait: float) -> None:
        """The provider asked for `wait` seconds, open or not. A deadline moves only into the future."""
        if wait <= 0:
            return
        self.not_before = max(self.not_before, now + min(wait, MAX_RETRY_AFTER))
        if self.is_open:
            self.until = max(self.until, self.not_before)

    def learn(self, now: float, remaining: float, forbidden: float, k: int, reason: str) -> None:
        """OPEN by another's account, for the rest of its time."""
        remaining = min(max(0.0, remaining), MAX_LEARNED)
        if not self.is_open:
            self.open(now, reason, 0.0)
            self.until = now + remaining
        self.k = max(self.k, k)
        self.until = max(self.until, now + remaining)
        self.postpone(now, min(forbidden, remaining))

    def transition(self, name: str, before: State, now: float, reason: str, *, remote: bool = False) -> Transition:
        """What changed, for those who listen."""
        forbidden = max(0.0, self.not_before - now) if self.is_open else 0.0
        return Transition(name, before, self.state(now), reason, self.remaining(now), forbidden, self.k, remote)

    def close(self) -> None:
        """HEALTHY, and everything forgotten."""
        self.is_open, self.probing, self.last_resort_used = False, False, False
        self.until = self.not_before = 0.0
        self.k = 0
        self.epoch += 1
        self.failures.clear()

    def cooldown(self) -> float:
        """`failure_cooldown` times factor to the k, up to the backoff's max; a max below `failure_cooldown` counts for nothing."""
        backoff, base = self.settings.cooldown_backoff, self.settings.failure_cooldown
        return max(base, min(base * backoff.factor**self.k, backoff.max))

    def recent_failures(self, now: float) -> int:
        self._forget_old(now)
        return len(self.failures)

    def _forget_old(self, now: float) -> None:
        oldest = now - self.settings.unhealthy_reset_timeout
        self.failures = [one for one in self.failures if one[0] > oldest]

    def _reaches_threshold(self, now: float, status: int | None) -> bool:
        """A status with a threshold of its own is counted apart from all others."""
        own = self.settings.unhealthy_thresholds
        counted_as = status if status in own else None
        self._forget_old(now)
        self.failures.append((now, counted_as))
        threshold = own[counted_as] if counted_as is not None else self.settings.unhealthy_threshold
        return sum(1 for _, code in self.failures if code == counted_as) >= threshold
