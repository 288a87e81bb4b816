r"""Tells the parties of a contract about a change, by their webhooks: plain JSON, 企业微信, 钉钉, 飞书, Slack.

Formats: https://developer.work.weixin.qq.com/document/path/91770 (markdown up to 4,096 bytes), https://open.dingtalk.com/document/orgapp/custom-robot-access
(the signature is an HMAC-SHA256 of "timestamp\nsecret" under the secret, in the query), https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
(an HMAC-SHA256 of nothing under "timestamp\nsecret", in the body), https://api.slack.com/messaging/webhooks.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

from mdt.contracts.owners import Party, Target
from mdt.language import Words, _, words_of

TIMEOUT = 10.0  # seconds
LIMIT = 4_096  # bytes of a message, the smallest of all limits
ANSWER = 65_536  # bytes of an answer that are read
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: a title, lines of markdown, and the whole as a JSON document."""

    title: str
    markdown: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a party was told; `problem` says why not."""

    party: str
    kind: str
    problem: Words = ""

    @property
    def ok(self) -> bool:
        return not self.problem


type Signed = tuple[str, dict[str, Any]]  # the URL, and the body


def _json(notice: Notice, target: Target, _now: float) -> Signed:
    return target.url, dict(notice.document)


def _wecom(notice: Notice, target: Target, _now: float) -> Signed:
    return target.url, {"msgtype": "markdown", "markdown": {"content": shortened(notice.markdown)}}


def _dingtalk(notice: Notice, target: Target, now: float) -> Signed:
    body = {"msgtype": "markdown", "markdown": {"title": notice.title, "text": shortened(notice.markdown)}}
    if not target.secret:
        return target.url, body
    moment = str(round(now * 1000))
    signature = _signature(target.secret, f"{moment}\n{target.secret}")
    return f"{target.url}{'&' if '?' in target.url else '?'}timestamp={moment}&sign={quote_plus(signature)}", body


def _feishu(notice: Notice, target: Target, now: float) -> Signed:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": shortened(notice.markdown)}}
    if not target.secret:
        return target.url, body
    moment = str(round(now))
    return target.url, {"timestamp": moment, "sign": _signature(f"{moment}\n{target.secret}", ""), **body}


def _slack(notice: Notice, target: Target, _now: float) -> Signed:
    return target.url, {"text": shortened(notice.markdown.replace("**", "*"))}


FORMS: dict[str, Callable[[Notice, Target, float], Signed]] = {
    "json": _json,
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "slack": _slack,
}
REFUSALS = ("errcode", "code", "StatusCode")  # other than 0 in an answer of 200: the message was not taken


def _signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def shortened(text: str, limit: int = LIMIT) -> str:
    """At most `limit` bytes of UTF-8, cut between lines where it can be."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    kept = raw[: limit - 4].decode(errors="ignore")
    return f"{kept.rpartition(chr(10))[0] or kept}\n…"


def tell(party: Party, notice: Notice, env: Mapping[str, str], now: float) -> Told:
    """Sends the notice. What goes wrong is in the result, without the URL, which is a secret itself."""
    target = party.notify or Target("json", "")
    try:
        filled = Target(target.kind, _address(party, target, env), _filled(target.secret, env))
        url, body = FORMS[target.kind](notice, filled, now)
        _post(url, body)
    except (ValueError, OSError) as error:
        return Told(party.name, target.kind, _reason(error))
    return Told(party.name, target.kind)


def variable_of(party: str) -> str:
    """The variable of the environment that has the URL if owners.yaml has none: MDT_NOTIFY_ORDER_SERVICE."""
    return f"MDT_NOTIFY_{re.sub(r'[^A-Za-z0-9]', '_', party).upper()}"


def _address(party: Party, target: Target, env: Mapping[str, str]) -> str:
    url = _filled(target.url, env) or env.get(variable_of(party.name), "")
    if not url:
        raise ValueError(_("there is no URL: set {name}, or `notify` in owners.yaml", name=variable_of(party.name)))
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise ValueError(_("the URL begins with https://; http:// is for this machine alone"))
    return url


def _filled(text: str, env: Mapping[str, str]) -> str:
    missing = [name for name in _VARIABLE.findall(text) if not env.get(name)]
    if missing:
        raise ValueError(_("the environment has no {names}", names=", ".join(missing)))
    return _VARIABLE.sub(lambda found: env[found[1]], text)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the message to a place that nobody named."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


def _post(url: str, body: Mapping[str, Any]) -> None:
    data = json.dumps(body, ensure_ascii=False, default=str).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json; charset=utf-8"}, method="POST")  # noqa: S310 - checked
    with urllib.request.build_opener(_Stay).open(request, timeout=TIMEOUT) as answer:
        _check(answer.read(ANSWER))


def _check(answer: bytes) -> None:
    """The robots answer 200 to what they do not take, with a code."""
    try:
        document = json.loads(answer)
    except ValueError:
        return
    if isinstance(document, dict):
        code = next((document[key] for key in REFUSALS if key in document), 0)
        if code not in {0, "0"}:
            message = document.get("errmsg") or document.get("msg") or document.get("StatusMessage") or ""
            raise ValueError(_("the receiver refuses it: {code} {message}", code=code, message=str(message)[:200]))


def _reason(error: Exception) -> Words:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return _("the receiver answers {status}", status=error.code)
    if isinstance(error, urllib.error.URLError):
        return _("it cannot be reached: {reason}", reason=error.reason)
    return words_of(error) if isinstance(error, ValueError) else _("it cannot be reached: {reason}", reason=error)
