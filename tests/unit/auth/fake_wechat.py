"""WeChat's side of the wire in tests: what it answers next, and what it was asked."""

from typing import Any

from requests_mock import Mocker

from backend.modules.auth.wechat_api import WeChatApi

APP_ID = "wx0123456789abcdef"
APP_SECRET = "app-s3cr3t-that-nobody-may-read"
SESSION_KEY = "c2Vzc2lvbi1rZXktYnl0ZXM="
BASE = "https://api.weixin.qq.com"
OK = {"json": {"openid": "oAbc_123-xyz", "session_key": SESSION_KEY}}
TOKEN = {"json": {"access_token": "stable-token-1", "expires_in": 7200}}


def error(code: Any) -> dict[str, Any]:
    """A reply that carries this errcode."""
    return {"json": {"errcode": code, "errmsg": "as WeChat words it"}}


def phone(number: str = "13800138000", country: str = "86") -> dict[str, Any]:
    """A reply of getPhoneNumber."""
    info = {"phoneNumber": f"+{country}{number}", "purePhoneNumber": number, "countryCode": country}
    return {"json": {"errcode": 0, "phone_info": info | ({"phoneNumber": number} if country == "86" else {})}}


class FakeWeChat:
    """Each `..._answers` takes replies in the order of the calls; the last one is repeated."""

    def __init__(self, mocker: Mocker, client: WeChatApi) -> None:
        self._mocker = mocker
        self.client = client

    def login_answers(self, *replies: dict[str, Any]) -> None:
        self._mocker.get(f"{BASE}/sns/jscode2session", list(replies))

    def token_answers(self, *replies: dict[str, Any]) -> None:
        self._mocker.post(f"{BASE}/cgi-bin/stable_token", list(replies))

    def phone_answers(self, *replies: dict[str, Any]) -> None:
        self._mocker.post(f"{BASE}/wxa/business/getuserphonenumber", list(replies))

    def calls(self, path: str = "") -> list[Any]:
        """The requests that WeChat got, of all paths or of those that end so."""
        return [request for request in self._mocker.request_history if request.path.endswith(path)]
