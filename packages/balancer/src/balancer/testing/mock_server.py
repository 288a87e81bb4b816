"""The mock server of a test run: one that is there already, or one of our own that ends with the process."""

import atexit
import os
import threading
from typing import Any
from urllib.parse import urlencode

from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.context import context_of
from balancer.mock.journal import Entry
from balancer.mock.reports import PROTOCOL, SERVICE
from balancer.mock.scenario import Scenario
from balancer.mock.server import PORT, MockProviders
from balancer.mock.verdict import Finding
from balancer.testing.errors import EnvironmentSetupError
from balancer.testing.http_calls import CallError, call

URL_VARIABLE = "MOCK_SERVER_URL"
TOKEN_VARIABLE = "MOCK_SERVER_TOKEN"  # noqa: S105 - a name
_lock = threading.Lock()
_own: list[MockProviders] = []


class MockServerError(EnvironmentSetupError):
    """The mock server is not there, is another program, or refuses."""


class MockSpace:
    """One namespace of a mock server."""

    def __init__(self, url: str, name: str, token: str | None = None) -> None:
        self.server_url = url.rstrip("/")
        self.name = name
        self._token = token

    @property
    def url(self) -> str:
        return f"{self.server_url}/ns/{self.name}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON answer. Raises MockServerError."""
        asked = {key: value for key, value in query.items() if value is not None}
        target = self.url + path + (f"?{urlencode(asked)}" if asked else "")
        return _answer(method, target, body, {"authorization": f"Bearer {self._token}"} if self._token else {})

    def set(self, scenario: Scenario) -> dict[str, str]:
        """Has the providers play the scenario. Returns the base URL of each, without /v1."""
        urls: dict[str, str] = self.call("POST", "/mock-set-context", context_of(scenario))["urls"]
        return urls

    def change(self, provider: str, behavior: ProviderBehavior | str, **fields: Any) -> dict[str, str]:
        """Changes one provider from its next request on. Returns the URLs of all."""
        body = {"provider": provider, "behavior": ProviderBehavior(behavior).value, **fields}
        urls: dict[str, str] = self.call("POST", "/mock-set-behavior", body)["urls"]
        return urls

    def journal(self, provider: str | None = None) -> list[Entry]:
        """The requests that came, oldest first."""
        return [Entry(**one) for one in self.call("GET", "/mock-journal", provider=provider)["entries"]]

    def verdict(self, **rules: float | None) -> list[Finding]:
        """What the client did wrong, by `max_attempts`, `threshold` and `cooldown`; empty if it behaved."""
        found = self.call("GET", "/mock-verdict", **rules)["findings"]
        return [Finding(one["kind"], one["provider"], one["message"], tuple(one["entries"])) for one in found]

    def advance(self, seconds: float) -> None:
        self.call("POST", "/mock-advance", {"seconds": seconds})

    def clear(self) -> None:
        self.call("DELETE", "/mock-clear-context")


def _answer(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    try:
        return call(method, url, body, headers=headers)
    except CallError as error:
        if error.status is not None:
            raise MockServerError(f"The mock server refuses: {error}") from None
        raise MockServerError(
            f"The mock server does not answer: {error}. Start it with `python tests/run_mock_server.py`, or unset "
            f"{URL_VARIABLE} and one is started"
        ) from None


def find_or_start(url: str | None = None) -> tuple[str, str | None]:
    """URL and token: the given server, that of $MOCK_SERVER_URL, one on the usual port, or one of this process's own.

    A server that was named and is not there is an error; on the usual port it may be missing.
    """
    named = url or os.environ.get(URL_VARIABLE)
    token = os.environ.get(TOKEN_VARIABLE)
    if named:
        check(named)
        return named, token
    with _lock:
        if _own:
            return _own[0].url, None
        usual = f"http://127.0.0.1:{PORT}"
        if _is_there(usual):
            return usual, token
        _own.append(MockProviders().start())
        atexit.register(stop_own)
        return _own[0].url, None


def stop_own() -> None:
    with _lock:
        while _own:
            _own.pop().stop()


def check(url: str) -> None:
    """Raises MockServerError if no mock server that we can talk to is there."""
    health = _answer("GET", f"{url.rstrip('/')}/health")
    if not isinstance(health, dict) or health.get("service") != SERVICE:
        raise MockServerError(f"At {url} is another program, not a mock server")
    if health.get("protocol") != PROTOCOL:
        raise MockServerError(
            f"The mock server at {url} speaks protocol {health.get('protocol')}, this framework {PROTOCOL}: use one version of both"
        )


def _is_there(url: str) -> bool:
    try:
        check(url)
    except MockServerError:
        return False
    return True
