"""Which provider answered a caller last: its prompt cache is warm, so it is preferred. It is never the only choice.

Without the scope in the key one caller's choice would steer all others: `session` and `client` keep callers apart.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from balancer.proxy.config import Settings
from balancer.proxy.request import CallerRequest
from balancer.wire.usage import Usage

MAX_ENTRIES = 10_000


@dataclass(slots=True)
class _Choice:
    provider: str
    until: float
    cached_tokens: int


class Affinity:
    """The last successful provider of each caller and route, for `sticky_provider_duration` seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.hits = 0
        self.cached_tokens = 0
        self._clock = clock
        self._choices: OrderedDict[tuple[str, ...], _Choice] = OrderedDict()

    def preferred(self, request: CallerRequest) -> tuple[str, ...]:
        """The provider to ask first, if one is known."""
        choice = self._choices.get(self._key(request))
        if choice is None or self._clock() >= choice.until:
            return ()
        return (choice.provider,)

    def remember(self, request: CallerRequest, provider: str, usage: Usage) -> None:
        """A provider answered. A hit is an answer from the preferred one; what it read from its cache is counted."""
        key = self._key(request)
        if provider in self.preferred(request):
            self.hits += 1
            self.cached_tokens += usage.cached_tokens
        if self.settings.sticky_provider_duration <= 0:
            return
        until = self._clock() + self.settings.sticky_provider_duration
        self._choices[key] = _Choice(provider, until, usage.cached_tokens)
        self._choices.move_to_end(key)
        if len(self._choices) > MAX_ENTRIES:
            self._choices.popitem(last=False)

    def _key(self, request: CallerRequest) -> tuple[str, ...]:
        scope = self.settings.sticky_scope
        if scope == "global":
            return ("", "", request.route.pattern)
        session = request.session if scope == "session" else ""
        return (request.tenant, session, request.route.pattern)
