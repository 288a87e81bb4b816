"""Namespaces: each test has its own scenario, attempts and journal, in one server."""

import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from balancer.mock.journal import Journal
from balancer.mock.scenario import ProviderConfig, Scenario

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LIMIT = 1000
TTL = 15 * 60.0  # seconds without use


class NamespaceError(Exception):
    """A namespace that cannot be used; `status` and `code` say why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass
class ProviderState:
    """What a provider remembers between requests."""

    attempts: int = 0
    first_seen: float | None = None  # on the namespace's clock
    hits: Counter[str] = field(default_factory=Counter)  # of DUPLICATE_CACHE, by key
    recent: deque[tuple[float, int]] = field(default_factory=deque)  # time and tokens of what QUOTA has let in


class Namespace:
    """One scenario with its counters and journal. Its clock is the machine's, moved on by what a test advances."""

    def __init__(self, name: str, scenario: Scenario | None, clock: Callable[[], float]) -> None:
        self.name = name
        self.scenario = scenario
        self.used = clock()
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forgets what happened; the scenario stays."""
        self.advanced = 0.0
        self.journal = Journal()
        self.overrides: dict[str, ProviderConfig] = {}
        self._states: dict[str, ProviderState] = {}

    def now(self) -> float:
        return self._clock() + self.advanced

    def touch(self) -> None:
        self.used = self._clock()

    def idle(self) -> float:
        """Seconds since somebody used it."""
        return self._clock() - self.used

    def state(self, provider: str) -> ProviderState:
        return self._states.setdefault(provider, ProviderState())

    def provider(self, name: str) -> ProviderConfig | None:
        """The provider as it is now; None if the scenario has none of this name."""
        if name in self.overrides:
            return self.overrides[name]
        return None if self.scenario is None else self.scenario.provider(name)

    def providers(self) -> list[ProviderConfig]:
        known = () if self.scenario is None else self.scenario.providers
        return [self.overrides.get(one.name, one) for one in known]


class Namespaces:
    """All namespaces. `default` always exists. Used in the server's loop alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, limit: int = LIMIT, ttl: float = TTL) -> None:
        self._clock = clock
        self._limit = limit
        self._ttl = ttl
        self._known: dict[str, Namespace] = {DEFAULT: Namespace(DEFAULT, None, clock)}
        self._looked = clock()
        self.purged = 0

    def get(self, name: str) -> Namespace:
        """Raises NamespaceError if no context was set there."""
        check_name(name)
        self.purge()
        if name not in self._known:
            raise NamespaceError(
                404,
                "no_context",
                f"Nobody has set a context in the namespace {name!r}, or it was not used for {self._ttl / 60:.0f} "
                "minutes: POST /mock-set-context there",
            )
        found = self._known[name]
        found.touch()
        return found

    def set(self, name: str, scenario: Scenario) -> str | None:
        """Puts a new namespace in the place of one of this name. Returns the name of the scenario that was there."""
        check_name(name)
        self.purge()
        before = self._known.get(name)
        if before is None and len(self._known) >= self._limit:
            raise NamespaceError(
                507,
                "too_many_namespaces",
                f"There are {self._limit} namespaces: DELETE /mock-clear-context those that ended",
            )
        self._known[name] = Namespace(name, scenario, self._clock)
        return before.scenario.name if before is not None and before.scenario is not None else None

    def clear(self, name: str) -> bool:
        """Takes the context out. Returns whether there was one."""
        check_name(name)
        before = self._known.pop(name, None)
        if name == DEFAULT:
            self._known[DEFAULT] = Namespace(DEFAULT, None, self._clock)
        return before is not None and before.scenario is not None

    def purge(self) -> None:
        """Drops namespaces that nobody has used for the time to live. Looks at them once a second at most."""
        now = self._clock()
        if now < self._looked + 1:
            return
        self._looked, end = now, now - self._ttl
        for name in [one.name for one in self._known.values() if one.used < end and one.name != DEFAULT]:
            del self._known[name]
            self.purged += 1

    def every(self) -> list[Namespace]:
        self.purge()
        return list(self._known.values())


def check_name(name: str) -> None:
    """Raises NamespaceError."""
    if not NAME.fullmatch(name):
        raise NamespaceError(
            422, "bad_namespace", f"{name[:80]!r} is not 1 to 64 letters, digits, dashes or underscores"
        )
