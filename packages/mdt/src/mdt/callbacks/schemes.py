"""The schemes that sign callbacks, in one table: how each signs a message, and the options of `sign` in a definition.

Every scheme signs the bytes that are sent. Sources: webhooks-spec.standardwebhooks.com; docs.stripe.com/webhooks/signature;
docs.github.com "Validating webhook deliveries"; for WeChat Pay v3 and Alipay mdt.callbacks.partner_schemes.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mdt.callbacks.model import Message, Moment, Signer
from mdt.callbacks.partner_schemes import ALIPAY_OPTIONS, WECHATPAY_OPTIONS, alipay, wechatpay
from mdt.callbacks.secrets import Options
from mdt.errors import MdtError
from mdt.language import _

SECRET = ("secret", "secret_env")


@dataclass(frozen=True, slots=True)
class Scheme:
    """`make` builds the signer of one definition; its options are checked before. `needs`: one of each group is given."""

    make: Callable[[Options], Signer]
    options: tuple[str, ...] = SECRET
    needs: tuple[tuple[str, ...], ...] = (SECRET,)


def _mac(secret: bytes, text: bytes) -> bytes:
    return hmac.new(secret, text, hashlib.sha256).digest()


ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
}


def hmac_sha256(options: Options) -> Signer:
    """HMAC-SHA256 over the body; with the option `timestamp`, the header of the time, over `time.body`."""
    header, timestamp = options.get("header", "X-Signature").lower(), options.get("timestamp", "").lower()
    encode, prefix = ENCODINGS[options.get("encoding", "hex")], options.get("prefix", "")

    def sign(message: Message, moment: Moment) -> Message:
        time = moment.timestamp if timestamp else ""
        text = f"{time}.".encode() + message.body if timestamp else message.body
        headers = {timestamp: time} if timestamp else {}
        return message.setting({**headers, header: prefix + encode(_mac(options.secret("secret"), text))})

    return Signer("hmac-sha256", sign, header, timed=bool(timestamp))


def _standard_webhooks(options: Options, message: Message, moment: Moment) -> Message:
    number = f"msg_{moment.event}"
    text = f"{number}.{moment.timestamp}.".encode() + message.body
    digest = base64.b64encode(_mac(_decoded(options.secret("secret")), text)).decode()
    headers = {"webhook-id": number, "webhook-timestamp": moment.timestamp, "webhook-signature": f"v1,{digest}"}
    return message.setting(headers)


def _decoded(secret: bytes) -> bytes:
    """The key in a secret such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw."""
    try:
        return base64.b64decode(secret.removeprefix(b"whsec_"), validate=True)
    except binascii.Error:
        raise MdtError(_("the secret of Standard Webhooks is base64, with whsec_ before it")) from None


def _stripe(options: Options, message: Message, moment: Moment) -> Message:
    digest = _mac(options.secret("secret"), f"{moment.timestamp}.".encode() + message.body).hex()
    return message.setting({"stripe-signature": f"t={moment.timestamp},v1={digest}"})


def _github(options: Options, message: Message, moment: Moment) -> Message:
    digest = _mac(options.secret("secret"), message.body).hex()
    event = {"x-github-event": options.get("event", "ping"), "x-github-delivery": moment.event}
    return message.setting({**event, "x-hub-signature-256": f"sha256={digest}"})


SCHEMES: Mapping[str, Scheme] = {
    "hmac-sha256": Scheme(hmac_sha256, (*SECRET, "header", "timestamp", "encoding", "prefix")),
    "standard-webhooks": Scheme(
        lambda options: Signer(
            "standard-webhooks", partial(_standard_webhooks, options), "webhook-signature", "webhook-id"
        )
    ),
    "stripe": Scheme(lambda options: Signer("stripe", partial(_stripe, options), "stripe-signature")),
    "github": Scheme(
        lambda options: Signer("github", partial(_github, options), "x-hub-signature-256", timed=False),
        (*SECRET, "event"),
    ),
    "wechatpay-v3": Scheme(wechatpay, WECHATPAY_OPTIONS, (("apiv3_key", "apiv3_key_env"),)),
    "alipay-rsa2": Scheme(alipay, ALIPAY_OPTIONS, ()),
}
