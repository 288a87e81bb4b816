"""One call to WeChat: its timeouts, its retries, and the reading of the reply."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import requests
import structlog
from urllib3.exceptions import HTTPError

from backend.core import clock
from backend.core.http.retries import nothing_was_sent
from backend.core.observability import metrics
from backend.core.retry import RetryPolicy
from backend.modules.auth.errors import WeChatUnavailableError
from backend.modules.auth.settings import WeChatSettings
from backend.modules.auth.wechat_replies import BUSY, checked, errcode

log = structlog.get_logger(__name__)

SLOT_SECONDS = 0.2
MAX_REPLY = 65_536  # bytes


class BusyError(Exception):
    """WeChat was busy, or could not be reached: another try does no harm."""


RETRIES = RetryPolicy(attempts=3, first_pause=0.2, faults=lambda error: isinstance(error, BusyError))


class WeChatHttp:
    """Calls WeChat with short timeouts inside one deadline.

    Tried again: "busy" (-1), and a connection that could not be made. Never tried again: whatever may have reached WeChat,
    because a code works once. At most half of the threads wait for WeChat at the same time; the other half stays free.
    """

    def __init__(self, settings: WeChatSettings) -> None:
        self._settings = settings
        self._http = requests.Session()
        self._slots = threading.BoundedSemaphore(max(1, settings.server_threads // 2))

    def call(self, method: str, path: str, **arguments: Any) -> Mapping[str, Any]:
        """The reply's JSON object when its errcode says success; raises one of `auth.errors` otherwise."""
        if not self._slots.acquire(timeout=SLOT_SECONDS):
            log.warning("wechat.unavailable", path=path, why="too many calls wait already")
            raise WeChatUnavailableError
        try:
            return self._call_until_deadline(method, path, **arguments)
        finally:
            self._slots.release()

    def _call_until_deadline(self, method: str, path: str, **arguments: Any) -> Mapping[str, Any]:
        deadline = clock.monotonic() + self._settings.wechat_deadline
        try:
            reply = RETRIES.run(
                lambda: self._try(method, path, deadline, **arguments),
                left=lambda: deadline - clock.monotonic(),
                before_retry=lambda *_: metrics.RETRIES.labels("wechat").inc(),
            )
        except BusyError:
            log.warning("wechat.unavailable", path=path, why="busy or unreachable")
            raise WeChatUnavailableError from None
        return checked(reply, path)

    def _try(self, method: str, path: str, deadline: float, **arguments: Any) -> Mapping[str, Any]:
        """The reply, or `BusyError`. The text of an exception holds our secret: never log it."""
        try:
            reply = self._send(method, path, deadline, **arguments)
        except (OSError, HTTPError) as error:  # OSError: of requests, and plain; HTTPError: while the body is read
            log.warning("wechat.call_failed", path=path, error=type(error).__name__)
            if nothing_was_sent(error):
                raise BusyError from None
            raise WeChatUnavailableError from None
        if errcode(reply) == BUSY:
            raise BusyError
        return reply

    def _send(self, method: str, path: str, deadline: float, **arguments: Any) -> Mapping[str, Any]:
        left = max(0.05, deadline - clock.monotonic())
        timeout = (min(self._settings.wechat_connect_timeout, left), min(self._settings.wechat_read_timeout, left))
        url = self._settings.wechat_base_url + path
        with self._http.request(
            method, url, timeout=timeout, allow_redirects=False, stream=True, **arguments
        ) as response:
            raw = _read(response.raw, deadline)
        return _parsed(raw, response.status_code, path)


def _read(body: Any, deadline: float) -> bytes:
    """The body, or only its beginning if it is too large or not complete by the deadline."""
    raw = b""
    while len(raw) <= MAX_REPLY and clock.monotonic() < deadline:
        part = body.read1(MAX_REPLY, decode_content=True)
        if not part:
            break
        raw += part
    return raw


def _parsed(raw: bytes, status: int, path: str) -> Mapping[str, Any]:
    try:
        reply = json.loads(raw) if status == 200 and len(raw) <= MAX_REPLY else None
    except (ValueError, RecursionError):
        reply = None
    if not isinstance(reply, dict):
        log.warning("wechat.unreadable", path=path, http_status=status)
        raise WeChatUnavailableError
    return reply
