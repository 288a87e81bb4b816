"""WeChat's real API: code2Session, the stable token, the phone number.

Formats: developers.weixin.qq.com, api_code2session, getStableAccessToken, getPhoneNumber. HTTP status is 200 for errors
too, the content type is text/plain, errcode may be missing, 0 or text: only the body counts.
"""

import json
import random
import threading
import time
from collections.abc import Mapping
from typing import Any

import requests
import structlog
from urllib3.exceptions import HTTPError, NewConnectionError

from backend.core import clock, metrics
from backend.core.cache import Cache
from backend.core.errors import AppError
from backend.core.settings import Settings
from backend.modules.auth.errors import AccountBlockedError, LoginCodeError, LoginRateError, WeChatUnavailableError
from backend.modules.auth.wechat import Identity

log = structlog.get_logger(__name__)


class TokenRejectedError(WeChatUnavailableError):
    """WeChat does not take our access token any more."""


BUSY = -1
ERRORS: dict[int, type[AppError]] = {
    40029: LoginCodeError,
    40163: LoginCodeError,  # the code was used before
    45011: LoginRateError,
    40226: AccountBlockedError,
    40001: TokenRejectedError,
    42001: TokenRejectedError,
}
CONFIGURATION = (40013, 40125, 40066, 41002, 41004)  # our AppID, our secret, our URL
ATTEMPTS = 3
SLOT_SECONDS = 0.2
BACKOFF = 0.1  # seconds, doubled each time, with jitter
MAX_REPLY = 65_536  # bytes
TOKEN_SECONDS = 240  # WeChat promises at least 300 more for the token that it gives out
MAX_ID = 64
MAX_TOKEN = 2048


class WeChatApi:
    """Calls WeChat with short timeouts inside one deadline.

    Tried again: "busy" (-1), and a connection that could not be made. Never tried again: whatever may have reached WeChat,
    because a code works once. At most half of the threads wait for WeChat at the same time; the other half stays free.
    """

    def __init__(self, settings: Settings, cache: Cache) -> None:
        self._settings = settings
        self._cache = cache
        self._http = requests.Session()
        self._slots = threading.BoundedSemaphore(max(1, settings.server_threads // 2))
        self._token_key = f"wechat:token:{settings.wechat_app_id}"

    def identify(self, code: str) -> Identity:
        """code2Session; of its answer only openid and unionid are kept."""
        query = {**self._credentials(), "js_code": code, "grant_type": "authorization_code"}
        reply = self._call("GET", "/sns/jscode2session", params=query)
        openid, unionid = reply.get("openid"), reply.get("unionid")
        if not _is_text(openid, 1, MAX_ID):
            log.error("wechat.no_openid")
            raise WeChatUnavailableError
        return Identity(str(openid), str(unionid) if _is_text(unionid, 1, MAX_ID) else None)

    def phone_number(self, code: str) -> str:
        """getPhoneNumber, with the cached stable token; a token that WeChat has dropped is replaced once."""
        try:
            return self._phone_number(code)
        except TokenRejectedError:
            self._cache.forget(self._token_key)
        try:
            return self._phone_number(code)
        except TokenRejectedError:
            log.error("wechat.token_rejected")  # noqa: TRY400 - a traceback adds nothing
            raise WeChatUnavailableError from None

    def _phone_number(self, code: str) -> str:
        token = self._cache.get_or_create(self._token_key, self._fetch_token, TOKEN_SECONDS)
        query = {"access_token": token}
        reply = self._call("POST", "/wxa/business/getuserphonenumber", params=query, json={"code": code})
        info = reply.get("phone_info")
        info = info if isinstance(info, dict) else {}
        home = str(info.get("countryCode", "86")) == "86"
        number = info.get("purePhoneNumber" if home else "phoneNumber")
        if not _is_text(number, 3, 32):
            log.error("wechat.no_phone")
            raise WeChatUnavailableError
        return str(number)

    def _fetch_token(self) -> str:
        body = {**self._credentials(), "grant_type": "client_credential", "force_refresh": False}
        token = self._call("POST", "/cgi-bin/stable_token", json=body).get("access_token")
        if not _is_text(token, 1, MAX_TOKEN):
            log.error("wechat.no_token")
            raise WeChatUnavailableError
        return str(token)

    def _credentials(self) -> dict[str, str]:
        return {"appid": self._settings.wechat_app_id, "secret": self._settings.wechat_app_secret.get_secret_value()}

    def _call(self, method: str, path: str, **arguments: Any) -> Mapping[str, Any]:
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
        for attempt in range(1, ATTEMPTS + 1):
            reply = self._try(method, path, deadline, **arguments)
            if reply is not None and errcode(reply) != BUSY:
                return _checked(reply, path)
            wait = BACKOFF * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
            if attempt == ATTEMPTS or clock.monotonic() + wait >= deadline:
                break
            metrics.RETRIES.labels("wechat").inc()
            time.sleep(wait)
        log.warning("wechat.unavailable", path=path, why="busy or unreachable")
        raise WeChatUnavailableError

    def _try(self, method: str, path: str, deadline: float, **arguments: Any) -> Mapping[str, Any] | None:
        """The reply, or None when no connection could be made. The text of an exception holds our secret: never log it."""
        try:
            return self._send(method, path, deadline, **arguments)
        except (requests.RequestException, HTTPError) as error:  # HTTPError: while the body is read
            log.warning("wechat.call_failed", path=path, error=type(error).__name__)
            if nothing_was_sent(error):
                return None
            raise WeChatUnavailableError from None

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
    """The body, or only its beginning when it is too large or drips until the deadline."""
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


def _checked(reply: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    code = errcode(reply)
    if code == 0:
        return reply
    if code in CONFIGURATION:
        log.error("wechat.configuration", path=path, errcode=code)
    else:
        log.warning("wechat.refused", path=path, errcode=code)
    failure = ERRORS.get(code, WeChatUnavailableError)
    raise failure


def errcode(reply: Mapping[str, Any]) -> int:
    """The number in `errcode`: missing and null mean success, text is read, anything else is an error of its own (-2)."""
    value = reply.get("errcode")
    try:
        return int(value or 0)
    except (TypeError, ValueError, OverflowError):
        return -2


def nothing_was_sent(error: Exception) -> bool:
    """True when the connection could not even be made."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(cause, NewConnectionError)


def _is_text(value: Any, shortest: int, longest: int) -> bool:
    """Whether it is text that can be stored and sent on: so many printable ASCII characters."""
    return isinstance(value, str) and shortest <= len(value) <= longest and value.isascii() and value.isprintable()
