"""Which provider answered a caller last: its prompt cache is warm, so it is preferred. It is never the only choice.

Without the scope in the key one caller's choice would steer all others: `session` and `client` keep callers apart.
"""

from collections import OrderedDict
from collections.abc import Callable

from balancer.proxy.config import Settings
from balancer.proxy.request import CallerRequest
from balancer.wire.usage import Usage

MAX_ENTRIES = 10_000


class Affinity:
    """The last successful provider of each caller and route, for `sticky_provider_duration` seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.hits = 0
        self.cached_tokens = 0
        self._clock = clock
        self._choices: OrderedDict[tuple[str, ...], tuple[str, float]] = OrderedDict()

    def preferred(self, request: CallerRequest) -> tuple[str, ...]:
        """The provider to ask first, if one is known."""
        provider, until = self._choices.get(self._key(request), ("", 0.0))
        return (provider,) if provider and self._clock() < until else ()

    def remember(self, request: CallerRequest, provider: str, usage: Usage) -> bool:
        """A provider answered. Whether it was the preferred one: a hit.

        The preference ends `sticky_provider_duration` seconds after it began, so that callers come back to the first
        provider of the route; while answers read from the provider's prompt cache it goes on.
        """
        hit = provider in self.preferred(request)
        self.hits += hit
        self.cached_tokens += usage.cached_tokens if hit else 0
        if self.settings.sticky_provider_duration > 0 and (not hit or usage.cached_tokens):
            self._prefer(self._key(request), provider)
        return hit

    def _prefer(self, key: tuple[str, ...], provider: str) -> None:
        self._choices[key] = (provider, self._clock() + self.settings.sticky_provider_duration)
        self._choices.move_to_end(key)
        if len(self._choices) > MAX_ENTRIES:
            self._choices.popitem(last=False)

    def _key(self, request: CallerRequest) -> tuple[str, ...]:
        scope = self.settings.sticky_scope
        if scope == "global":
            return ("", "", request.route.pattern)
        session = request.session if scope == "session" else ""
        return (request.tenant, session, request.route.pattern)
