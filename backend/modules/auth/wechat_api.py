"""WeChat's real API: code2Session, the stable token, the phone number.

Formats: developers.weixin.qq.com, api_code2session, getStableAccessToken, getPhoneNumber.
"""

import hashlib
from typing import Any

import structlog

from backend.core.cache import Cache
from backend.modules.auth.errors import WeChatUnavailableError
from backend.modules.auth.settings import WeChatSettings
from backend.modules.auth.wechat import Identity
from backend.modules.auth.wechat_http import WeChatHttp
from backend.modules.auth.wechat_replies import TokenRejectedError

log = structlog.get_logger(__name__)

TOKEN_SECONDS = 240  # WeChat promises at least 300 more for the token that it gives out
FORCE_SECONDS = 60  # WeChat wants 30 between two forced refreshes
MAX_ID = 64
MAX_TOKEN = 2048


class WeChatApi:
    """The three calls that logging in needs; each raises the errors of `auth.errors`."""

    def __init__(self, settings: WeChatSettings, cache: Cache) -> None:
        self._settings = settings
        self._cache = cache
        self._http = WeChatHttp(settings)
        self._token_key = f"wechat:token:{settings.wechat_app_id}"

    def identify(self, code: str) -> Identity:
        """code2Session; of its answer only openid and unionid are kept."""
        query = {**self._credentials(), "js_code": code, "grant_type": "authorization_code"}
        reply = self._http.call("GET", "/sns/jscode2session", params=query)
        openid, unionid = reply.get("openid"), reply.get("unionid")
        if not _is_text(openid, 1, MAX_ID):
            log.error("wechat.no_openid")
            raise WeChatUnavailableError
        return Identity(str(openid), str(unionid) if _is_text(unionid, 1, MAX_ID) else None)

    def phone_number(self, code: str) -> str:
        """getPhoneNumber, with the cached stable token; a token that WeChat has dropped is replaced once."""
        token = self._token()
        try:
            return self._phone_number(code, token)
        except TokenRejectedError:
            token = self._token_instead_of(token)
        try:
            return self._phone_number(code, token)
        except TokenRejectedError:
            log.error("wechat.token_rejected")  # noqa: TRY400 - a traceback adds nothing
            raise WeChatUnavailableError from None

    def _token(self) -> str:
        return self._cache.get_or_create(self._token_key, self._fetch_token, TOKEN_SECONDS)

    def _token_instead_of(self, rejected: str) -> str:
        """Another token: as WeChat gives it out, or a new one by force if it gives out the same.

        Force is allowed 20 times a day and once in 30 s, so all who hold the same token share one such call: those of all
        workers if the cache is in Redis, else those of each.
        """
        self._cache.forget(self._token_key)
        token = self._token()
        if token != rejected:
            return token
        place = f"{self._token_key}:instead-of:{hashlib.sha256(rejected.encode()).hexdigest()[:16]}"
        forced = self._cache.get_or_create(place, lambda: self._fetch_token(force=True), FORCE_SECONDS)
        self._cache.forget(self._token_key)
        return forced

    def _phone_number(self, code: str, token: str) -> str:
        query = {"access_token": token}
        reply = self._http.call("POST", "/wxa/business/getuserphonenumber", params=query, json={"code": code})
        info = reply.get("phone_info")
        info = info if isinstance(info, dict) else {}
        home = str(info.get("countryCode", "86")) == "86"
        number = info.get("purePhoneNumber" if home else "phoneNumber")
        if not _is_text(number, 3, 32):
            log.error("wechat.no_phone")
            raise WeChatUnavailableError
        return str(number)

    def _fetch_token(self, *, force: bool = False) -> str:
        body = {**self._credentials(), "grant_type": "client_credential", "force_refresh": force}
        token = self._http.call("POST", "/cgi-bin/stable_token", json=body).get("access_token")
        if not _is_text(token, 1, MAX_TOKEN):
            log.error("wechat.no_token")
            raise WeChatUnavailableError
        return str(token)

    def _credentials(self) -> dict[str, str]:
        return {"appid": self._settings.wechat_app_id, "secret": self._settings.wechat_app_secret.get_secret_value()}


def _is_text(value: Any, shortest: int, longest: int) -> bool:
    """Whether it is text that can be stored and sent on: so many printable ASCII characters."""
    return isinstance(value, str) and shortest <= len(value) <= longest and value.isascii() and value.isprintable()
