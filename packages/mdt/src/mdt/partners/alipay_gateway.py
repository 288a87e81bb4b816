"""The gateway of Alipay as it is played: options and keys, how a request is read and checked, how an answer is signed.

Sources: opendocs.alipay.com, 自行实现签名, 公共错误码. The sign of an answer covers the text of `<method>_response` as it is sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from mdt.callbacks import key_material
from mdt.callbacks.partner_schemes import signed_text
from mdt.engine.messages import Reply, Request
from mdt.partners.durations import Duration
from mdt.virtual import VirtualService

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

ERRORS = {"40001": "Missing Required Arguments", "40002": "Invalid Arguments", "40004": "Business Failed"}
REQUIRED = ("app_id", "method", "charset", "sign_type", "sign", "timestamp", "version")


class Options(VirtualService.Options):
    """What a service file may set. Without `appPublicKey` the application's key is made too."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    app_id: str = "9021000100000001"
    seller_id: str = "2088000000000001"
    app_public_key: str = ""
    pay_after: Duration = ""  # the customer pays by himself after this time


class AlipayError(Exception):
    """An answer with a code that is not 10000. Errors of the gateway (40001, 40002) are not signed."""

    def __init__(self, code: str, sub_code: str, sub_msg: str) -> None:
        self.content = {"code": code, "msg": ERRORS[code], "sub_code": sub_code, "sub_msg": sub_msg}
        self.signed = code == "40004"
        super().__init__(sub_code)


def failed(sub_code: str, sub_msg: str) -> AlipayError:
    """A business error."""
    return AlipayError("40004", sub_code, sub_msg)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one service."""

    service: str
    options: Options

    def application(self) -> "RSAPublicKey":
        given = self.options.app_public_key
        return key_material.public_key(given) if given else self.made_application().public_key()

    def made_application(self) -> "RSAPrivateKey":
        return key_material.seeded_key(f"{self.service} alipay application")

    def alipay(self) -> "RSAPrivateKey":
        return key_material.seeded_key(f"{self.service} alipay key")

    def credentials(self) -> dict[str, Any]:
        """What the application is configured with. The private key is there if it was made, not given."""
        made = (
            {}
            if self.options.app_public_key
            else {"app_private_key": key_material.private_pem(self.made_application())}
        )
        public = key_material.public_pem(self.alipay().public_key())
        return {"app_id": self.options.app_id, "seller_id": self.options.seller_id, **made, "alipay_public_key": public}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the gateway: its common parameters, and the business content."""

    fields: Mapping[str, str]
    content: Mapping[str, Any]

    @property
    def method(self) -> str:
        return self.fields["method"]

    @property
    def notify_url(self) -> str:
        return self.fields.get("notify_url", "")

    def text(self, name: str) -> str:
        """A field of the content; "" if it is missing. Raises AlipayError if it is no text and no number."""
        value = self.content.get(name, "")
        if isinstance(value, bool | dict | list) or value is None:
            raise failed("ACQ.INVALID_PARAMETER", f"参数无效：{name}")
        return str(value)


def fields_of(request: Request) -> dict[str, str]:
    """The parameters of the query and of the form."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    if "urlencoded" in request.headers.get("content-type", ""):
        pairs += parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
    return dict(pairs)


def checked(keys: Keys, fields: Mapping[str, str]) -> Call:
    """The call, whose parameters and signature are right. Raises AlipayError."""
    for name in REQUIRED:
        if not fields.get(name):
            raise AlipayError("40001", f"isv.missing-{name.replace('_', '-')}", f"缺少参数：{name}")
    wrong = {
        "isv.invalid-app-id": fields["app_id"] != keys.options.app_id,
        "isv.invalid-charset": fields["charset"].lower() not in {"utf-8", "utf8"},
        "isv.invalid-signature-type": fields["sign_type"] != "RSA2",
        "isv.invalid-timestamp": not _is_time(fields["timestamp"]),
    }
    for sub_code, is_wrong in wrong.items():
        if is_wrong:
            raise AlipayError("40002", sub_code, "无效的参数")
    text = signed_text({name: value for name, value in fields.items() if name != "sign"})
    if not key_material.rsa_verifies(keys.application(), text.encode(), fields["sign"]):
        raise AlipayError(
            "40002",
            "isv.invalid-signature",
            f"验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{text}",
        )
    return Call(fields, _content(fields.get("biz_content", "")))


def _is_time(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - only its form matters
    except ValueError:
        return False
    return True


def _content(text: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text or "{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise AlipayError("40002", "isv.invalid-parameter", "biz_content 不是合法的JSON")
    return content


def response_of(keys: Keys, method: str, content: Mapping[str, Any], *, signed: bool = True) -> Reply:
    """The answer, whose sign covers the very text of the content."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    name = f"{method.replace('.', '_')}_response" if method else "error_response"
    sign = f',"sign":"{key_material.rsa_sign(keys.alipay(), text.encode())}"' if signed else ""
    body = f'{{"{json.dumps(name)[1:-1]}":{text}{sign}}}'.encode()
    headers = (("content-type", "application/json;charset=utf-8"), ("content-length", str(len(body))))
    return Reply(200, headers, body)
