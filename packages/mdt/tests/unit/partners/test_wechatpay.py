"""WeChat Pay as it is played, with wechatpayv3 as its client and as the verifier of its notifications."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from wechatpayv3 import WeChatPay, WeChatPayType
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from mdt import mock_scenario
from mdt.api import Mocks
from mdt.callbacks import key_material
from mdt.callbacks.retry_plans import WECHATPAY
from mdt.errors import MdtError
from tests.unit.folders import loaded, told

FILE = "external/wechatpay.yaml"
SERVICE = """\
    service: wechatpay
    virtual: mdt.partners.wechatpay
    url: https://api.mch.weixin.qq.com
    default: virtual
    routes:
      POST /v3/pay/transactions/jsapi:
        frequencyLimited: {status: 429, json: {code: FREQUENCY_LIMITED, message: 频率超限}}
    """
NOTIFY = "https://shop.example/wechatpay/notify"


@dataclass
class Shop:
    """An application that takes notifications as the documentation says; `status` is what it answers to genuine ones."""

    pay: WeChatPay
    now: Callable[[], datetime]
    status: int = 204
    paid: list[dict[str, Any]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    serials: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        status = self._status(request.headers, request.get_data())
        self.answered.append(status)
        return Response(status=status)(environ, start)

    def _status(self, headers: Mapping[str, str], body: bytes) -> int:
        self.serials.append(headers.get("Wechatpay-Serial", ""))
        stamp = headers.get("Wechatpay-Timestamp", "")
        if abs(self.now().timestamp() - int(stamp or 0)) > 300 or "Wechatpay-Signature" not in headers:
            return 401
        found = self.pay.callback(headers, body)
        if not found:
            return 401
        self.paid.append(found)
        return self.status


def client_of(credentials: Mapping[str, str], **changed: Any) -> WeChatPay:
    options = {
        "mchid": credentials["mchid"],
        "private_key": credentials["merchant_private_key"],
        "cert_serial_no": credentials["merchant_serial_no"],
        "apiv3_key": credentials["apiv3_key"],
        "appid": credentials["appid"],
        "notify_url": NOTIFY,
        "public_key": credentials["public_key"],
        "public_key_id": credentials["public_key_id"],
    }
    return WeChatPay(WeChatPayType.MINIPROG, **{**options, **changed})


@pytest.fixture
def mocks(tmp_path: Path) -> Iterator[Mocks]:
    with mock_scenario("wechatpay.virtual", mocks=loaded(tmp_path, {FILE: SERVICE}), seed=1) as block:
        yield block


@pytest.fixture
def pay(mocks: Mocks) -> WeChatPay:
    return client_of(mocks.credentials("wechatpay"))


@pytest.fixture
def shop(mocks: Mocks, pay: WeChatPay) -> Shop:
    """The application, to which all notifications go."""
    found = Shop(pay, mocks.clock.now)
    mocks.callbacks.deliver_to(Client(found))
    return found


def order(pay: WeChatPay, number: str = "order-1", **changed: Any) -> tuple[int, Any]:
    arguments = {
        "description": "两件商品",
        "out_trade_no": number,
        "amount": {"total": 198},
        "payer": {"openid": "o-1"},
        "pay_type": WeChatPayType.MINIPROG,
        **changed,
    }
    return answer(pay.pay(**arguments))


def answer(found: tuple[int, Any]) -> tuple[int, Any]:
    status, text = found
    return status, json.loads(text) if text else None


def test_an_order_from_its_beginning_to_its_refund(mocks: Mocks, pay: WeChatPay, shop: Shop) -> None:
    status, opened = order(pay)
    assert (status, opened["prepay_id"][:2]) == (200, "wx")
    assert order(pay) == (200, opened)
    assert answer(pay.query(out_trade_no="order-1"))[1]["trade_state"] == "NOTPAY"

    mocks.act("wechatpay", "pay", out_trade_no="order-1")

    assert shop.answered == [204]
    told_ = shop.paid[0]
    assert (told_["event_type"], told_["resource"]["out_trade_no"]) == ("TRANSACTION.SUCCESS", "order-1")
    assert told_["resource"]["amount"] == {"total": 198, "payer_total": 198, "currency": "CNY", "payer_currency": "CNY"}
    number = told_["resource"]["transaction_id"]
    assert answer(pay.query(transaction_id=number))[1]["trade_state"] == "SUCCESS"

    refunded = answer(
        pay.refund(
            "refund-1", {"refund": 98, "total": 198, "currency": "CNY"}, transaction_id=number, notify_url=NOTIFY
        )
    )
    assert (refunded[0], refunded[1]["status"]) == (200, "PROCESSING")
    mocks.clock.advance(seconds=5)
    assert answer(pay.query_refund("refund-1"))[1]["status"] == "SUCCESS"
    assert shop.paid[1]["event_type"] == "REFUND.SUCCESS"
    assert shop.paid[1]["resource"]["refund_status"] == "SUCCESS"
    assert answer(pay.query(out_trade_no="order-1"))[1]["trade_state"] == "REFUND"


def test_an_order_that_is_closed_cannot_be_paid(mocks: Mocks, pay: WeChatPay) -> None:
    order(pay)

    assert [answer(pay.close("order-1"))[0] for _ in range(2)] == [204, 204]

    assert answer(pay.query(out_trade_no="order-1"))[1]["trade_state"] == "CLOSED"
    assert order(pay)[1]["code"] == "INVALID_REQUEST"
    with pytest.raises(MdtError, match="该订单已支付或已关闭"):
        mocks.act("wechatpay", "pay", out_trade_no="order-1")


def test_an_order_expires_by_the_clock(mocks: Mocks, pay: WeChatPay) -> None:
    expires = datetime.fromtimestamp(time.time() + 600, UTC).isoformat(timespec="seconds")
    order(pay, time_expire=expires)

    mocks.clock.advance(minutes=11)

    assert answer(pay.query(out_trade_no="order-1"))[1]["trade_state"] == "CLOSED"


@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        (lambda pay: order(pay, "order"), 400, "PARAM_ERROR"),
        (lambda pay: order(pay, "order!1"), 400, "PARAM_ERROR"),
        (lambda pay: order(pay, "order-2", amount={"total": 0}), 400, "PARAM_ERROR"),
        (lambda pay: order(pay, "order-2", amount={"total": 1.5}), 400, "PARAM_ERROR"),
        (lambda pay: order(pay, "order-2", notify_url=f"{NOTIFY}?a=1"), 400, "PARAM_ERROR"),
        (lambda pay: order(pay, "order-2", description="一" * 128), 400, "PARAM_ERROR"),
        (lambda pay: order(pay, amount={"total": 199}), 403, "OUT_TRADE_NO_USED"),
        (lambda pay: order(pay, "order-2", appid="wx0"), 400, "APPID_MCHID_NOT_MATCH"),
        (lambda pay: answer(pay.query(out_trade_no="nothing")), 404, "ORDER_NOT_EXIST"),
        (lambda pay: answer(pay.query(transaction_id="4200")), 404, "ORDER_NOT_EXIST"),
        (lambda pay: answer(pay.close("nothing")), 404, "ORDER_NOT_EXIST"),
        (lambda pay: answer(pay.query_refund("nothing")), 404, "RESOURCE_NOT_EXISTS"),
        (lambda pay: refund(pay, out_trade_no="order-1"), 400, "INVALID_REQUEST"),
        (lambda pay: refund(pay, out_trade_no="nothing"), 404, "RESOURCE_NOT_EXISTS"),
    ],
)
def test_mistakes_have_the_documented_codes(pay: WeChatPay, ask: Any, status: int, code: str) -> None:
    order(pay)

    got, body = ask(pay)

    assert (got, body["code"]) == (status, code)
    assert body["message"]


def refund(pay: WeChatPay, number: str = "refund-1", fen: int = 98, total: int = 198, **which: str) -> tuple[int, Any]:
    return answer(pay.refund(number, {"refund": fen, "total": total, "currency": "CNY"}, **which))


def test_refunds_never_exceed_what_was_paid(mocks: Mocks, pay: WeChatPay, shop: Shop) -> None:
    order(pay)
    mocks.act("wechatpay", "pay", out_trade_no="order-1")

    first = refund(pay, out_trade_no="order-1")
    again = refund(pay, out_trade_no="order-1")

    assert first[1]["refund_id"] == again[1]["refund_id"]
    assert refund(pay, fen=97, out_trade_no="order-1")[1]["code"] == "INVALID_REQUEST"
    assert refund(pay, "refund-2", 101, out_trade_no="order-1")[1]["code"] == "INVALID_REQUEST"
    assert refund(pay, "refund-2", 100, 200, out_trade_no="order-1")[1]["code"] == "INVALID_REQUEST"
    assert refund(pay, "refund-2", 100, out_trade_no="order-1")[0] == 200
    assert answer(pay.close("order-1"))[1]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize("status", ["CLOSED", "ABNORMAL"])
def test_a_refund_may_fail(mocks: Mocks, pay: WeChatPay, shop: Shop, status: str) -> None:
    order(pay)
    mocks.act("wechatpay", "pay", out_trade_no="order-1")
    answer(
        pay.refund(
            "refund-1", {"refund": 1, "total": 198, "currency": "CNY"}, out_trade_no="order-1", notify_url=NOTIFY
        )
    )
    mocks.callbacks.clear()

    mocks.act("wechatpay", "refund", out_refund_no="refund-1", status=status)

    assert shop.paid[-1]["event_type"] == f"REFUND.{status}"
    assert answer(pay.query_refund("refund-1"))[1]["status"] == status


def test_requests_that_are_signed_wrongly_are_refused(
    mocks: Mocks, pay: WeChatPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = mocks.credentials("wechatpay")
    stranger = key_material.private_pem(key_material.seeded_key("a stranger"))
    others = {
        "key": {"private_key": stranger},
        "serial": {"cert_serial_no": "ABCDEF"},
        "merchant": {"mchid": "1900000009"},
    }

    answers = {name: order(client_of(credentials, **changed)) for name, changed in others.items()}
    late = time.time() - 301
    monkeypatch.setattr("wechatpayv3.utils.time.time", lambda: late)
    monkeypatch.setattr("mdt.partners.wechat_keys.real_time", lambda: late + 301)
    answers["clock"] = order(pay)

    assert {name: (status, body["code"]) for name, (status, body) in answers.items()} == dict.fromkeys(
        answers, (401, "SIGN_ERROR")
    )
    assert answers["key"][1]["detail"]["sign_information"]["url"] == "/v3/pay/transactions/jsapi"
    unsigned = requests.get("https://api.mch.weixin.qq.com/v3/certificates", timeout=5)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SIGN_ERROR")


def test_the_client_refuses_answers_of_another_platform(mocks: Mocks) -> None:
    stranger = key_material.public_pem(key_material.seeded_key("a stranger").public_key())
    pay = client_of(mocks.credentials("wechatpay"), public_key=stranger)

    with pytest.raises(Exception, match="failed to verify the signature"):
        order(pay)


def test_a_client_that_knows_certificates_alone_fails_on_a_public_key(mocks: Mocks) -> None:
    """As with the real one since 2024, when new merchants get the public key only."""
    pay = client_of(mocks.credentials("wechatpay"), public_key=None, public_key_id=None)

    with pytest.raises(ValueError, match="invalid literal"):
        order(pay)


CERTIFICATES = SERVICE.replace("    default: virtual\n", "    default: virtual\n    options: {signWith: certificate}\n")


def test_certificates_rotate_and_both_are_good(tmp_path: Path) -> None:
    with mock_scenario("wechatpay.virtual", mocks=loaded(tmp_path, {FILE: CERTIFICATES})) as mocks:
        pay = client_of(mocks.credentials("wechatpay"), public_key=None, public_key_id=None)
        shop = Shop(pay, mocks.clock.now)
        mocks.callbacks.deliver_to(Client(shop))
        order(pay)
        mocks.act("wechatpay", "pay", out_trade_no="order-1")
        mocks.act("wechatpay", "rotate")
        mocks.act("wechatpay", "notify", out_trade_no="order-1")

        assert order(pay, "order-2")[0] == 200
        assert shop.answered == [204, 204]
        assert len(set(shop.serials)) == 2
        assert {len(serial) for serial in shop.serials} == {40}


def test_both_kinds_of_key_arrive_mixed(tmp_path: Path) -> None:
    mixed = CERTIFICATES.replace("signWith: certificate", "signWith: mixed")
    with mock_scenario("wechatpay.virtual", mocks=loaded(tmp_path, {FILE: mixed})) as mocks:
        pay = client_of(mocks.credentials("wechatpay"))
        shop = Shop(pay, mocks.clock.now)
        mocks.callbacks.deliver_to(Client(shop))
        order(pay)
        mocks.act("wechatpay", "pay", out_trade_no="order-1")
        mocks.act("wechatpay", "notify", out_trade_no="order-1")

        assert shop.answered == [204, 204]
        assert [serial.startswith("PUB_KEY_ID_") for serial in shop.serials] == [True, False]


def test_the_real_retry_plan_runs_on_the_clock(mocks: Mocks, pay: WeChatPay, shop: Shop) -> None:
    shop.status = 500
    order(pay)
    mocks.clock.freeze()
    mocks.act("wechatpay", "pay", out_trade_no="order-1")

    mocks.clock.advance(days=2)

    times = [entry.at for entry in mocks.callbacks.sent("wechatpay.transaction", times=16)]
    assert [(later - earlier).total_seconds() for earlier, later in pairwise(times)] == [
        *(15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600),
        *(10800, 10800, 10800, 21600, 21600),
    ]
    assert sum(WECHATPAY.waits) == 24 * 3600 + 4 * 60
    assert len({one["id"] for one in shop.paid}) == 1


@pytest.mark.parametrize(("status", "tries"), [(200, 1), (204, 1), (202, 3), (302, 3)])
def test_only_200_and_204_end_it(mocks: Mocks, pay: WeChatPay, shop: Shop, status: int, tries: int) -> None:
    shop.status = status
    order(pay)
    mocks.act("wechatpay", "pay", out_trade_no="order-1")

    mocks.clock.advance(seconds=31)

    assert shop.answered == [status] * tries


@pytest.mark.parametrize(
    ("how", "answers"),
    [
        ({"tamper": "signature"}, [401]),
        ({"tamper": "body"}, [401]),
        ({"tamper": "nonce"}, [401]),
        ({"tamper": "unsigned"}, [401]),
        ({"tamper": "timestamp"}, [401]),
        ({"tamper": "replay"}, [204, 204]),
        ({"skew": -301}, [401]),
        ({"skew": 299}, [204]),
        ({"copies": 3}, [204, 204, 204]),
        ({"probe": True}, [401, 204]),
        ({"sign_with": "certificate"}, [204]),
    ],
)
def test_what_can_go_wrong_with_a_notification(
    mocks: Mocks, pay: WeChatPay, shop: Shop, how: dict[str, Any], answers: list[int]
) -> None:
    order(pay)

    mocks.act("wechatpay", "pay", out_trade_no="order-1", **how)

    assert shop.answered == answers
    assert len({one["id"] for one in shop.paid}) == (204 in answers)


def test_a_replay_has_the_nonce_of_the_first_and_a_duplicate_another(mocks: Mocks, pay: WeChatPay, shop: Shop) -> None:
    order(pay)
    mocks.act("wechatpay", "pay", out_trade_no="order-1", tamper="replay")
    mocks.act("wechatpay", "notify", out_trade_no="order-1", copies=2)

    sent = mocks.callbacks.sent("wechatpay.transaction", times=4)

    nonces = [entry.request.headers["wechatpay-nonce"] for entry in sent]
    assert nonces[0] == nonces[1]
    assert len(set(nonces)) == 3


def test_a_probe_is_marked_and_must_be_refused(mocks: Mocks, pay: WeChatPay, shop: Shop) -> None:
    order(pay)
    mocks.act("wechatpay", "pay", out_trade_no="order-1", probe=True)

    probe = mocks.callbacks.sent("wechatpay.probe", times=1, status=401)[0]

    assert probe.request.headers["wechatpay-signature"].startswith("WECHATPAY/SIGNTEST/")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"after": "soon"}, "is no duration"),
        ({"tamper": "guess"}, "tamper: signature"),
        ({"copies": 0}, "greater than"),
        ({"x": 1}, "Extra inputs"),
    ],
)
def test_wrong_acts_are_told(mocks: Mocks, pay: WeChatPay, how: dict[str, Any], message: str) -> None:
    order(pay)

    with pytest.raises(MdtError, match=message):
        mocks.act("wechatpay", "pay", out_trade_no="order-1", **how)

    assert mocks.callbacks.pending() == []
    assert answer(pay.query(out_trade_no="order-1"))[1]["trade_state"] == "NOTPAY"


def test_a_wrong_amount_is_signed_well(mocks: Mocks, pay: WeChatPay, shop: Shop) -> None:
    order(pay)

    mocks.act("wechatpay", "pay", out_trade_no="order-1", amount=1)

    assert shop.paid[0]["resource"]["amount"]["total"] == 1
    assert answer(pay.query(out_trade_no="order-1"))[1]["amount"]["total"] == 198


def test_scenarios_lie_over_it(mocks: Mocks, pay: WeChatPay) -> None:
    mocks.switch(["wechatpay.virtual", "wechatpay.frequencyLimited"])

    assert order(pay)[1]["code"] == "FREQUENCY_LIMITED"
    assert answer(pay.query(out_trade_no="order-1"))[1]["code"] == "ORDER_NOT_EXIST"


def test_the_customer_can_pay_by_himself(tmp_path: Path) -> None:
    paying = CERTIFICATES.replace("signWith: certificate", "payAfter: 3s")
    with mock_scenario("wechatpay.virtual", mocks=loaded(tmp_path, {FILE: paying})) as mocks:
        pay = client_of(mocks.credentials("wechatpay"))
        shop = Shop(pay, mocks.clock.now)
        mocks.callbacks.deliver_to(Client(shop))
        order(pay)
        before = answer(pay.query(out_trade_no="order-1"))[1]["trade_state"]
        mocks.clock.advance(seconds=3)

        assert (before, answer(pay.query(out_trade_no="order-1"))[1]["trade_state"]) == ("NOTPAY", "SUCCESS")
        assert shop.answered == [204]


def test_own_keys_come_from_files(tmp_path: Path) -> None:
    own = key_material.seeded_key("our merchant")
    files = {
        "external/pay/service.yaml": "url: https://api.mch.weixin.qq.com\nvirtual: mdt.partners.wechatpay\n"
        "options: {mchid: '1900000007', merchantPublicKey: {file: merchant.pem}}\n",
        "external/pay/merchant.pem": key_material.public_pem(own.public_key()),
    }
    with mock_scenario("pay.virtual", mocks=loaded(tmp_path, files)) as mocks:
        credentials = mocks.credentials("pay")
        pay = client_of(
            {**credentials, "merchant_private_key": key_material.private_pem(own), "merchant_serial_no": "AB"}
        )

        assert order(pay)[0] == 200
        assert "merchant_private_key" not in credentials


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{mchd: '1'}", "the option mchd: Extra inputs are not permitted"),
        ("{apiv3Key: short}", "the option apiv3Key: String should have at least 32 characters"),
        ("{signWith: both}", "the option signWith"),
        ("{payAfter: soon}", "'soon' is no duration"),
        ("{merchantPublicKey: {file: gone.pem}}", "gone.pem cannot be read"),
    ],
)
def test_wrong_options_are_told_at_loading(tmp_path: Path, options: str, message: str) -> None:
    text = f"url: http://pay.internal\nvirtual: mdt.partners.wechatpay\noptions: {options}\n"

    assert message in "\n".join(told(tmp_path, {FILE: text}))


def test_a_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "the module 'mdt.partners.wechat' cannot be imported" in "\n".join(
        told(tmp_path, {FILE: "virtual: mdt.partners.wechat\n"})
    )
