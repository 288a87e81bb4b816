"""The keys of WeChat Pay as it is played: the merchant's, WeChat Pay's public key, and platform certificates that rotate."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import time as real_time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from mdt.callbacks import key_material
from mdt.callbacks.model import Moment
from mdt.callbacks.partner_schemes import SIGNATURE_TYPE, chinese_time, encrypted
from mdt.engine.messages import Request
from mdt.partners.durations import Duration
from mdt.virtual import VirtualError, VirtualService

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

TOLERANCE = 300  # seconds
_FIELD = re.compile(r'(\w+)="([^"]*)"')
FIELDS = ("mchid", "nonce_str", "timestamp", "serial_no", "signature")


class Options(VirtualService.Options):
    """What a service file may set. Without `merchantCertificate` or `merchantPublicKey` the merchant's key is made too."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    mchid: str = "1900000001"
    appid: str = "wx8888888888888888"
    apiv3_key: str = Field("mdt-test-apiv3-key-0123456789abc", min_length=32, max_length=32)
    merchant_certificate: str = ""
    merchant_public_key: str = ""
    merchant_serial: str = ""
    sign_with: str = Field("public-key", pattern="^(public-key|certificate|mixed)$")
    pay_after: Duration = ""  # the customer pays by himself after this time
    refund_after: Duration = "5s"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one service; `generation` counts the platform certificates."""

    service: str
    options: Options

    def merchant(self) -> "RSAPublicKey":
        given = self.options.merchant_certificate or self.options.merchant_public_key
        return key_material.public_key(given) if given else self.made_merchant().public_key()

    def made_merchant(self) -> "RSAPrivateKey":
        return key_material.seeded_key(f"{self.service} wechatpay merchant")

    def merchant_serial(self) -> str:
        """Empty if a public key was given without its serial: any serial will do then."""
        options = self.options
        if options.merchant_serial or options.merchant_public_key:
            return options.merchant_serial
        if options.merchant_certificate:
            x509 = key_material.module("x509")
            return key_material.serial_of(x509.load_pem_x509_certificate(options.merchant_certificate.encode()))
        return key_material.serial_of(
            key_material.certificate(f"{self.service} wechatpay merchant", "mdt test merchant")
        )

    def public(self) -> "RSAPrivateKey":
        """The private half of WeChat Pay's public key."""
        return key_material.seeded_key(f"{self.service} wechatpay public key")

    @property
    def public_id(self) -> str:
        return f"PUB_KEY_ID_011{self.options.mchid}2024010100000000000001"

    def certificate(self, generation: int) -> Any:
        return key_material.certificate(self._seed(generation), "Tenpay.com mdt test platform")

    def platform(self, generation: int) -> "RSAPrivateKey":
        return key_material.seeded_key(self._seed(generation))

    def _seed(self, generation: int) -> str:
        return f"{self.service} wechatpay certificate {generation}"

    def by_serial(self, serial: str, generation: int) -> tuple["RSAPrivateKey", str] | None:
        """The key that a request asks for in Wechatpay-Serial; None for an unknown one."""
        if serial == self.public_id:
            return self.public(), serial
        for number in range(generation, -1, -1):
            if serial.upper() == key_material.serial_of(self.certificate(number)):
                return self.platform(number), serial.upper()
        return None

    def signing(self, way: str, generation: int) -> tuple["RSAPrivateKey", str]:
        """The key and serial of "public-key" or "certificate"."""
        if way == "certificate":
            return self.platform(generation), key_material.serial_of(self.certificate(generation))
        return self.public(), self.public_id

    def listed(self, generation: int, moment: Moment) -> dict[str, Any]:
        """The answer of /v3/certificates: the newest certificate, and the one before while both are good."""
        return {"data": [self._listed(number, moment) for number in range(generation, max(-1, generation - 2), -1)]}

    def _listed(self, generation: int, moment: Moment) -> dict[str, Any]:
        found = self.certificate(generation)
        pem = key_material.certificate_pem(found).encode()
        return {
            "serial_no": key_material.serial_of(found),
            "effective_time": chinese_time(found.not_valid_before_utc),
            "expire_time": chinese_time(found.not_valid_after_utc),
            "encrypt_certificate": encrypted(self.options.apiv3_key.encode(), pem, "certificate", moment),
        }

    def credentials(self) -> dict[str, Any]:
        """What the application is configured with. The private key is there if it was made, not given."""
        own = self.options.merchant_certificate or self.options.merchant_public_key
        private = {} if own else {"merchant_private_key": key_material.private_pem(self.made_merchant())}
        return {
            "mchid": self.options.mchid,
            "appid": self.options.appid,
            "apiv3_key": self.options.apiv3_key,
            **private,
            "merchant_serial_no": self.merchant_serial(),
            "public_key": key_material.public_pem(self.public().public_key()),
            "public_key_id": self.public_id,
            **self._certified(),
        }

    def _certified(self) -> dict[str, str]:
        """The platform certificate, if it signs: making its key takes time."""
        if self.options.sign_with == "public-key":
            return {}
        certificate = self.certificate(0)
        pem, serial = key_material.certificate_pem(certificate), key_material.serial_of(certificate)
        return {"platform_certificate": pem, "platform_serial_no": serial}


def check_signature(keys: Keys, request: Request, now: datetime) -> None:
    """Raises VirtualError 401 SIGN_ERROR. The time may be that of the session or the real one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    given = dict(_FIELD.findall(rest))
    if scheme != SIGNATURE_TYPE or any(not given.get(name) for name in FIELDS):
        raise sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    if given["mchid"] != keys.options.mchid:
        raise sign_error("商户号不存在或与证书不符")
    if keys.merchant_serial() not in {"", given["serial_no"].upper()}:
        raise sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
    if not _is_fresh(given["timestamp"], now):
        raise sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    parts = (request.method, target_of(request), given["timestamp"], given["nonce_str"])
    text = "".join(f"{part}\n" for part in parts).encode() + request.body + b"\n"
    if not key_material.rsa_verifies(keys.merchant(), text, given["signature"]):
        raise sign_error("签名错误，请检查后再试", _detail(request, text))


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        return False
    return any(abs(int(timestamp) - moment) <= TOLERANCE for moment in (now.timestamp(), real_time()))


def target_of(request: Request) -> str:
    """Path and query as the client wrote them, below the address of the service."""
    parts = urlsplit(request.url)
    count = request.path.count("/")
    path = "/" + "/".join(parts.path.split("/")[-count:])
    return f"{path}?{parts.query}" if parts.query else path


def _detail(request: Request, text: bytes) -> Mapping[str, Any]:
    """What WeChat Pay tells about the text that it checked; the body is left out, as there."""
    return {
        "field": "signature",
        "issue": "sign not match",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "url": target_of(request),
            "truncated_sign_message": "\n".join(text.decode(errors="replace").split("\n")[:4]),
            "sign_message_length": len(text),
        },
    }


def sign_error(message: str, detail: Mapping[str, Any] | None = None) -> VirtualError:
    body: dict[str, Any] = {"code": "SIGN_ERROR", "message": message}
    return VirtualError(401, {**body, "detail": dict(detail)} if detail else body)
