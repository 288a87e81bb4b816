"""The signatures of WeChat Pay v3 and Alipay RSA2, on notifications and on answers.

WeChat Pay (pay.weixin.qq.com, 签名生成, 回调通知): SHA256withRSA over timestamp, nonce and body, each ended by LF; the resource
of a notification is encrypted with AEAD_AES_256_GCM. Alipay (opendocs.alipay.com, 自行实现签名, 异步通知验签): SHA256withRSA over
the sorted `name=value` pairs, joined by &, without sign, sign_type and empty values.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from mdt.callbacks import key_material
from mdt.callbacks.model import Message, Moment, Signer
from mdt.callbacks.secrets import Options
from mdt.errors import MdtError
from mdt.language import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEYS = ("private_key", "private_key_env")
WECHATPAY_OPTIONS = (*KEYS, "apiv3_key", "apiv3_key_env", "serial", "event_type", "original_type", "summary")
ALIPAY_OPTIONS = KEYS
CHINA = timezone(timedelta(hours=8))
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"  # a signature that begins so is wrong on purpose


def chinese_time(moment: datetime) -> str:
    """RFC 3339 in China's time: 2026-05-01T20:00:00+08:00."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def wechatpay_headers(key: "RSAPrivateKey", serial: str, body: bytes, moment: Moment) -> dict[str, str]:
    """The headers that sign a notification or an answer."""
    nonce = moment.token()
    text = f"{moment.timestamp}\n{nonce}\n".encode() + body + b"\n"
    return {
        "wechatpay-timestamp": moment.timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": key_material.rsa_sign(key, text),
        "wechatpay-signature-type": SIGNATURE_TYPE,
    }


def encrypted(apiv3_key: bytes, text: bytes, associated: str, moment: Moment) -> dict[str, str]:
    """The resource of a notification, or the certificate in a list of them. Raises MdtError for a key of the wrong length."""
    if len(apiv3_key) != 32:
        raise MdtError(_("the APIv3 key has 32 bytes, not {count}", count=len(apiv3_key)))
    nonce = moment.token(12)
    ciphertext = key_material.aead_encrypted(apiv3_key, nonce, text, associated)
    algorithm = {"algorithm": "AEAD_AES_256_GCM"}
    return {**algorithm, "ciphertext": ciphertext, "nonce": nonce, "associated_data": associated}


def envelope(options: Mapping[str, str], apiv3_key: bytes, resource: bytes, moment: Moment) -> bytes:
    """A notification around an encrypted resource. `options` has event_type, original_type and summary."""
    kind = options.get("original_type", "transaction")
    document = {
        "id": moment.event,
        "create_time": chinese_time(moment.now),
        "resource_type": "encrypt-resource",
        "event_type": options.get("event_type", "TRANSACTION.SUCCESS"),
        "summary": options.get("summary", "支付成功"),
        "resource": {"original_type": kind, **encrypted(apiv3_key, resource, kind, moment)},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def own_key(options: Options, seed: str) -> "RSAPrivateKey":
    """The key of the definition, else one that is made from the service's name."""
    given = options.text("private_key")
    return key_material.private_key(given) if given else key_material.seeded_key(seed)


def wechatpay(options: Options) -> Signer:
    """Encrypts the body as the resource of a notification, and signs that."""
    return Signer("wechatpay-v3", partial(_wechatpay, options), "wechatpay-signature", "wechatpay-nonce")


def _wechatpay(options: Options, message: Message, moment: Moment) -> Message:
    body = envelope(options.values, options.secret("apiv3_key"), message.body, moment)
    serial = options.get("serial") or f"PUB_KEY_ID_{options.name}"
    headers = wechatpay_headers(own_key(options, f"{options.name} wechatpay public key"), serial, body, moment)
    return message.setting({"content-type": "application/json", **headers}, body)


def signed_text(fields: Mapping[str, Any]) -> str:
    """What Alipay signs: the pairs that are not empty, sorted, not encoded."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name] not in {"", None})


def alipay(options: Options) -> Signer:
    """Adds sign and sign_type to the form."""
    return Signer("alipay-rsa2", partial(_alipay, options), "sign", timed=False, in_form=True)


def _alipay(options: Options, message: Message, moment: Moment) -> Message:  # noqa: ARG001 - the time is a field of the form
    key = own_key(options, f"{options.name} alipay key")
    return signed_form(key, message)


def signed_form(key: "RSAPrivateKey", message: Message) -> Message:
    fields = dict(parse_qsl(message.body.decode(), keep_blank_values=True))
    if not fields:
        raise MdtError(_("Alipay signs forms; write the callback with `form:`"))
    sign = key_material.rsa_sign(key, signed_text(fields).encode())
    body = urlencode({**fields, "sign": sign, "sign_type": "RSA2"})
    return message.setting({"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, body.encode())
