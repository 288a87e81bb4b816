"""The client of one service: `client.call("POST", "/internal/inventory/check", json=..., deadline=Deadline(5))`.

Everything ends by the deadline, unless a server sends its headers byte by byte.
"""

import threading
from collections.abc import Collection
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from backend.core.deadline import Deadline
from backend.core.headers import IDEMPOTENCY_KEY
from backend.core.http import body, retries
from backend.core.http.circuit import Circuit
from backend.core.http.errors import NoAnswerError, NotCalledError, NotConfiguredError, RemoteError, UnreachableError
from backend.core.http.forwarding import forwarded, session_of
from backend.core.http.messages import Call, ServiceReply, check, filled
from backend.core.observability import metrics
from backend.core.settings import Settings

log = structlog.get_logger(__name__)
LEAST = 0.05  # seconds; with less left no call is made
SLOT_SECONDS = 0.2


class HttpClient:
    """Calls the service `name`, whose address is the setting `setting`. Shared by all threads.

    `slots` bounds the calls of all clients together, so that a service that hangs leaves threads free. There is one circuit,
    and one more for each session of the mock server: what one test breaks must not open the circuit of another.
    """

    def __init__(self, name: str, setting: str, settings: Settings, slots: threading.Semaphore) -> None:
        self.name = name
        self.circuits: dict[str, Circuit] = {}
        self.session = _session(settings.server_threads)
        self._setting = setting
        self._settings = settings
        self._slots = slots

    def call(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        json: Any = None,
        expected: Collection[int] = (200,),
        idempotency_key: str = "",
        **places: str,
    ) -> ServiceReply:
        """The answer, if its status is one of `expected`; raises a `RemoteError` otherwise.

        `{name}` in the path is replaced by its value in `places`. Tried again within the deadline: a request that never left
        this machine; after a lost answer, 429, 502, 503 or 504 only if the method or `idempotency_key` makes it idempotent.
        """
        key = {IDEMPOTENCY_KEY: idempotency_key} if idempotency_key else {}
        handed_on = forwarded(self._settings)
        headers = {"Accept": "application/json", **handed_on, **key}
        call = Call(method, path, self._base() + filled(path, places), headers, json, expected)
        if not self._slots.acquire(timeout=min(SLOT_SECONDS, deadline.left)):
            log.warning("service.not_called", service=self.name, path=path, why="too many calls wait already")
            raise NotCalledError
        try:
            return self._call_until(deadline, call, self._circuit(session_of(handed_on)))
        finally:
            self._slots.release()

    def _base(self) -> str:
        base: str = getattr(self._settings, self._setting)
        if not base:
            log.error("service.not_configured", service=self.name, setting=self._setting.upper())
            raise NotConfiguredError
        return base.rstrip("/")

    def _circuit(self, session: str) -> Circuit:
        if session not in self.circuits:
            fresh = Circuit(self._settings.service_circuit_failures, self._settings.service_circuit_pause)
            self.circuits.setdefault(session, fresh)
        return self.circuits[session]

    def _call_until(self, deadline: Deadline, call: Call, circuit: Circuit) -> ServiceReply:
        tries, maybe_done = 0, False

        def one_try() -> ServiceReply:
            nonlocal tries, maybe_done
            tries += 1
            try:
                return self._attempt(call, deadline, circuit, retries.RETRIES.attempts - tries + 1)
            except RemoteError as error:
                error.maybe_done = maybe_done = maybe_done or error.maybe_done
                self._log_failure(call, error, tries)
                raise

        return retries.RETRIES.run(
            one_try,
            faults=lambda error: retries.may_try_again(error, repeatable=call.repeatable) and not circuit.is_open,
            pause=retries.pause,
            left=lambda: deadline.left - LEAST,
            before_retry=lambda *_: metrics.RETRIES.labels(self.name).inc(),
        )

    def _attempt(self, call: Call, deadline: Deadline, circuit: Circuit, tries: int) -> ServiceReply:
        """Ask once, and tell the circuit how it went."""
        if deadline.left < LEAST:
            raise NotCalledError
        circuit.enter()
        try:
            reply = self._send(call, deadline, tries if call.repeatable else 1)
        except RemoteError as error:
            if circuit.record(failed=error.failing):
                log.error("service.circuit_opened", service=self.name)  # noqa: TRY400 - a traceback adds nothing
            raise
        circuit.record(failed=False)
        return reply

    def _send(self, call: Call, deadline: Deadline, tries: int) -> ServiceReply:
        """A try that may be repeated waits for its share of the time left, the last one for all of it."""
        share = deadline.left / tries
        timeout = (min(self._settings.service_connect_timeout, share), share)
        try:
            with self.session.request(
                call.method,
                call.url,
                headers=call.headers,
                json=call.json,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                raw = body.read(response.raw, deadline)
        except (OSError, HTTPError) as error:  # what requests raises is an OSError; HTTPError: while the body is read
            failure = UnreachableError if retries.nothing_was_sent(error) else NoAnswerError
            raise failure from error
        return check(ServiceReply(self.name, call.path, response.status_code, raw), call, response.headers)

    def _log_failure(self, call: Call, error: RemoteError, attempt: int) -> None:
        """Log the class alone: the text of an exception contains the whole address."""
        log.warning(
            "service.call_failed",
            service=self.name,
            path=call.path,
            attempt=attempt,
            error=type(error).__name__,
            cause=type(error.__cause__).__name__ if error.__cause__ else None,
            http_status=getattr(error, "http_status", None),
            maybe_done=error.maybe_done,
        )


def _session(threads: int) -> requests.Session:
    """A connection for each thread, and no cookies: those of one user's call must not go with another's."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=threads))
    return session
