"""Each scheme is checked by the library of those who published it, or by their published example."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import pytest
import stripe
from alipay import AliPay
from standardwebhooks import Webhook, WebhookVerificationError
from wechatpayv3 import WeChatPay, WeChatPayType

from mdt.callbacks import key_material
from mdt.callbacks.model import Message, Moment, Signer
from mdt.callbacks.schemes import SCHEMES
from mdt.callbacks.secrets import Options
from mdt.callbacks.tampering import TAMPERS
from mdt.errors import MdtError

STANDARD = "whsec_" + base64.b64encode(b"a key of the tests, 24 b.").decode()
APIV3 = "0123456789abcdef0123456789abcdef"
BODY = json.dumps({"订单": "o-1", "amount": 198}, ensure_ascii=False).encode()


def signer(scheme: str, **options: str) -> Signer:
    return SCHEMES[scheme].make(Options("shop", options, {}))


def moment(now: float | None = None) -> Moment:
    at = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    return Moment(at, Random(1), "0123456789abcdef0123456789abcdef")


def forged(one: Signer, body: bytes, tamper: str) -> Message:
    way = TAMPERS[tamper]
    message = Message("POST", "http://app/x", (("content-type", "application/json"),), body)
    return way.after(one.sign(message, way.before(moment())), one)


def by_standard_webhooks(message: Message) -> bool:
    try:
        Webhook(STANDARD).verify(message.body, dict(message.headers))
    except WebhookVerificationError:
        return False
    return True


def by_stripe(message: Message) -> bool:
    try:
        stripe.WebhookSignature.verify_header(message.body.decode(), message.header("stripe-signature"), "whsec_x", 300)
    except stripe.SignatureVerificationError:
        return False
    return True


def by_wechatpay(message: Message) -> bool:
    """The library does not look at the age, as its users have to; this does."""
    merchant, platform = key_material.seeded_key("merchant"), key_material.seeded_key("shop wechatpay public key")
    client = WeChatPay(
        WeChatPayType.MINIPROG,
        mchid="1900000001",
        private_key=key_material.private_pem(merchant),
        cert_serial_no="AB",
        apiv3_key=APIV3,
        appid="wx1",
        public_key=key_material.public_pem(platform.public_key()),
        public_key_id="PUB_KEY_ID_shop",
    )
    headers = {name.title(): value for name, value in message.headers}
    fresh = abs(time.time() - int(headers["Wechatpay-Timestamp"])) < 300
    found = client.callback(headers, message.body) if "Wechatpay-Signature" in headers else None
    return bool(found) and fresh and found["resource"] == json.loads(BODY)


def by_alipay(message: Message) -> bool:
    key = key_material.seeded_key("shop alipay key")
    client = AliPay(
        appid="1",
        app_private_key_string=key_material.private_pem(key),
        alipay_public_key_string=key_material.public_pem(key.public_key()),
    )
    fields = dict(parse_qsl(message.body.decode(), keep_blank_values=True))
    return "sign" in fields and client.verify(fields, fields.pop("sign"))


FORM = b"total_amount=1.98&subject=%E5%95%86%E5%93%81+1&out_trade_no=o-1&body="
CHECKS: list[tuple[str, Mapping[str, str], Callable[[Message], bool], bytes]] = [
    ("standard-webhooks", {"secret": STANDARD}, by_standard_webhooks, BODY),
    ("stripe", {"secret": "whsec_x"}, by_stripe, BODY),
    ("wechatpay-v3", {"apiv3_key": APIV3}, by_wechatpay, BODY),
]


@pytest.mark.parametrize(("scheme", "options", "accepts", "body"), CHECKS, ids=[row[0] for row in CHECKS])
def test_the_published_library_takes_genuine_ones_alone(
    scheme: str, options: Mapping[str, str], accepts: Callable[[Message], bool], body: bytes
) -> None:
    one = signer(scheme, **options)

    verdicts = {name: accepts(forged(one, body, name)) for name, way in TAMPERS.items() if way.asks(one)}

    assert verdicts == {name: name == "replay" for name in verdicts}
    assert set(verdicts) >= {"signature", "unsigned", "body", "timestamp"}


def test_alipay_s_library_takes_genuine_ones_alone() -> None:
    one = signer("alipay-rsa2")

    verdicts = {
        name: by_alipay(forged(one, FORM.removesuffix(b"&body="), name)) for name in TAMPERS if TAMPERS[name].asks(one)
    }

    assert verdicts == {"signature": False, "unsigned": False, "body": False, "replay": True}


def test_alipay_leaves_empty_values_out_of_the_signed_text() -> None:
    from mdt.callbacks.partner_schemes import signed_text

    assert signed_text({"b": "2", "a": "", "c": "é &="}) == "b=2&c=é &="


def test_github_s_published_example() -> None:
    """docs.github.com, Validating webhook deliveries, Testing the webhook payload validation."""
    one = signer("github", secret="It's a Secret to Everybody", event="push")

    signed = one.sign(Message("POST", "http://app/x", body=b"Hello, World!"), moment())

    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed.header("x-hub-signature-256") == f"sha256={digest}"
    assert signed.header("x-github-event") == "push"


def test_standard_webhooks_published_example() -> None:
    """The example of the specification's reference libraries."""
    one = signer("standard-webhooks", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = Moment(datetime.fromtimestamp(1614265330, UTC), Random(1), "p5jXN8AQM9LWM0D4loKWxJek")

    signed = one.sign(Message("POST", "http://app/x", body=b'{"test": 2432232314}'), at)

    assert signed.header("webhook-signature") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b"),
        ({"prefix": "sha256="}, "sha256=88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b"),
        ({"encoding": "base64"}, "iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs="),
    ],
)
def test_hmac_over_the_body(options: dict[str, str], expected: str) -> None:
    """HMAC-SHA256 of "hello" with the key "secret"."""
    signed = signer("hmac-sha256", secret="secret", **options).sign(
        Message("POST", "http://app/x", body=b"hello"), moment()
    )

    assert signed.header("x-signature") == expected


def test_the_id_of_standard_webhooks_stays_the_same_for_repeats() -> None:
    one = signer("standard-webhooks", secret=STANDARD)
    message = Message("POST", "http://app/x", body=b"{}")

    first, second = one.sign(message, moment(1000)), one.sign(message, moment(2000))

    assert first.header("webhook-id") == second.header("webhook-id")
    assert first.header("webhook-signature") != second.header("webhook-signature")


@pytest.mark.parametrize(
    ("scheme", "options", "body", "message"),
    [
        ("standard-webhooks", {"secret": "whsec_!"}, b"{}", "base64"),
        ("wechatpay-v3", {"apiv3_key": "short"}, b"{}", "32 bytes, not 5"),
        ("wechatpay-v3", {"apiv3_key": APIV3, "private_key": "no key"}, b"{}", "no private key in PEM"),
        ("alipay-rsa2", {}, b"", "Alipay signs forms"),
    ],
)
def test_wrong_keys_and_bodies_are_told(scheme: str, options: dict[str, str], body: bytes, message: str) -> None:
    with pytest.raises(MdtError, match=message):
        signer(scheme, **options).sign(Message("POST", "http://app/x", body=body), moment())


def test_a_key_can_come_from_a_file(tmp_path: Path) -> None:
    pem = key_material.private_pem(key_material.seeded_key("another"))

    assert key_material.private_key(pem).public_key() == key_material.seeded_key("another").public_key()
    assert key_material.private_key("".join(pem.split("\n")[1:-2])).key_size == 2048


def test_a_seed_gives_the_same_key_and_certificate_in_each_process() -> None:
    key = key_material.seeded_key.__wrapped__("merchant")

    assert key.private_numbers() == key_material.seeded_key("merchant").private_numbers()
    assert key_material.certificate.__wrapped__("merchant", "x") == key_material.certificate("merchant", "x")
    assert key.private_numbers().p != key_material.seeded_key("another").private_numbers().p


def test_without_cryptography_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(key_material, "import_module", missing)

    with pytest.raises(MdtError, match=r"pip install 'touchstone-mdt\[signatures\]'"):
        key_material.public_key(secrets.token_hex())
