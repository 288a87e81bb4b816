"""Alipay as it is played, with python-alipay-sdk as its client and as the verifier of its notifications."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import alipay
import pytest
import requests
from alipay.exceptions import AliPayException, AliPayValidationError
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from mdt import mock_scenario
from mdt.api import Mocks
from mdt.callbacks import key_material
from mdt.errors import MdtError
from tests.unit.folders import loaded, told

FILE = "external/alipay.yaml"
SERVICE = "service: alipay\nvirtual: mdt.partners.alipay\nurl: https://openapi.alipay.com\n"
NOTIFY = "https://shop.example/alipay/notify"


@dataclass
class Shop:
    """An application that takes notifications as the documentation says; `answer` is what it says to genuine ones."""

    pay: alipay.AliPay
    answer: str = "success"
    told: list[dict[str, str]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        fields = dict(parse_qsl(Request(environ).get_data().decode(), keep_blank_values=True))
        shown = dict(fields)
        genuine = "sign" in fields and self.pay.verify(fields, fields.pop("sign"))
        said = self.answer if genuine else "fail"
        self.answered.append(said)
        if genuine:
            self.told.append(shown)
        return Response(said)(environ, start)


def client_of(keys: Mapping[str, str], **changed: str) -> alipay.AliPay:
    options = {
        "appid": keys["app_id"],
        "app_notify_url": NOTIFY,
        "app_private_key_string": keys["app_private_key"],
        "alipay_public_key_string": keys["alipay_public_key"],
    }
    return alipay.AliPay(**{**options, **changed})


@dataclass(frozen=True)
class Fetched:
    """What urllib.request.urlopen returns of an answer."""

    content: bytes

    def read(self) -> bytes:
        return self.content


@pytest.fixture(autouse=True)
def _through_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library calls urllib.request, which is not answered in the process; only its transport is another one here."""
    monkeypatch.setattr(alipay, "urlopen", lambda url, timeout: Fetched(requests.get(url, timeout=timeout).content))


@pytest.fixture
def mocks(tmp_path: Path) -> Iterator[Mocks]:
    with mock_scenario("alipay.virtual", mocks=loaded(tmp_path, {FILE: SERVICE})) as block:
        yield block


@pytest.fixture
def pay(mocks: Mocks) -> alipay.AliPay:
    return client_of(mocks.credentials("alipay"))


@pytest.fixture
def shop(mocks: Mocks, pay: alipay.AliPay) -> Shop:
    found = Shop(pay)
    mocks.callbacks.deliver_to(Client(found))
    return found


def open_trade(pay: alipay.AliPay, number: str = "trade-1", amount: str = "19.90") -> Any:
    return pay.api_alipay_trade_create(
        subject="两件商品", out_trade_no=number, total_amount=amount, buyer_id="2088000000000002"
    )


def test_a_trade_from_its_beginning_to_its_refund(mocks: Mocks, pay: alipay.AliPay, shop: Shop) -> None:
    opened = open_trade(pay)
    assert open_trade(pay) == opened
    assert pay.api_alipay_trade_query("trade-1")["trade_status"] == "WAIT_BUYER_PAY"

    mocks.act("alipay", "pay", out_trade_no="trade-1")

    first = shop.told[0]
    assert shop.answered == ["success"]
    assert (first["trade_status"], first["total_amount"], first["app_id"]) == ("TRADE_SUCCESS", "19.90", pay.appid)
    assert (first["trade_no"], first["subject"]) == (opened["trade_no"], "两件商品")
    assert pay.api_alipay_trade_query(trade_no=opened["trade_no"])["receipt_amount"] == "19.90"

    part = pay.api_alipay_trade_refund("9.90", "trade-1", out_request_no="refund-1")
    again = pay.api_alipay_trade_refund("9.90", "trade-1", out_request_no="refund-1")
    mocks.callbacks.deliver_due()

    assert (part["fund_change"], again["fund_change"], again["refund_fee"]) == ("Y", "N", "9.90")
    assert shop.told[1]["trade_status"] == "TRADE_SUCCESS"
    assert (shop.told[1]["refund_fee"], shop.told[1]["out_biz_no"]) == ("9.90", "refund-1")
    found = pay.api_alipay_trade_fastpay_refund_query("refund-1", out_trade_no="trade-1")
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "9.90")
    assert "refund_status" not in pay.api_alipay_trade_fastpay_refund_query("refund-2", out_trade_no="trade-1")

    pay.api_alipay_trade_refund("10.00", "trade-1", out_request_no="refund-2")
    mocks.callbacks.deliver_due()

    assert shop.told[2]["trade_status"] == "TRADE_CLOSED"
    assert pay.api_alipay_trade_query("trade-1")["trade_status"] == "TRADE_CLOSED"


def test_closing_and_cancelling(mocks: Mocks, pay: alipay.AliPay, shop: Shop) -> None:
    for number in ("trade-1", "trade-2", "trade-3"):
        open_trade(pay, number)
    mocks.act("alipay", "pay", out_trade_no="trade-3")

    assert pay.api_alipay_trade_close("trade-1")["code"] == "10000"
    assert pay.api_alipay_trade_cancel("trade-2")["action"] == "close"
    assert pay.api_alipay_trade_cancel("trade-3")["action"] == "refund"
    assert "action" not in pay.api_alipay_trade_cancel("trade-4")

    statuses = [pay.api_alipay_trade_query(f"trade-{number}")["trade_status"] for number in (1, 2, 3)]
    assert statuses == ["TRADE_CLOSED"] * 3


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda pay: pay.api_alipay_trade_query("nothing"), "ACQ.TRADE_NOT_EXIST"),
        (lambda pay: pay.api_alipay_trade_close("paid"), "ACQ.TRADE_STATUS_ERROR"),
        (lambda pay: pay.api_alipay_trade_close("nothing"), "ACQ.TRADE_NOT_EXIST"),
        (lambda pay: pay.api_alipay_trade_refund("1.00", "paid"), "ACQ.INVALID_PARAMETER"),
        (
            lambda pay: pay.api_alipay_trade_refund("20.00", "paid", out_request_no="r"),
            "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        ),
        (lambda pay: pay.api_alipay_trade_refund("1.00", "waiting", out_request_no="r"), "ACQ.TRADE_STATUS_ERROR"),
        (lambda pay: pay.api_alipay_trade_refund("1.00", "finished", out_request_no="r"), "ACQ.TRADE_HAS_FINISHED"),
        (lambda pay: pay.api_alipay_trade_refund("1.001", "paid", out_request_no="r"), "ACQ.INVALID_PARAMETER"),
        (lambda pay: open_trade(pay, "paid"), "ACQ.TRADE_HAS_SUCCESS"),
        (lambda pay: open_trade(pay, "waiting", "19.91"), "ACQ.CONTEXT_INCONSISTENT"),
        (lambda pay: open_trade(pay, "new", "0"), "ACQ.INVALID_PARAMETER"),
        (lambda pay: open_trade(pay, "new", "NaN"), "ACQ.INVALID_PARAMETER"),
        (lambda pay: open_trade(pay, "x" * 65), "ACQ.INVALID_PARAMETER"),
    ],
)
def test_mistakes_have_the_documented_codes(mocks: Mocks, pay: alipay.AliPay, shop: Shop, ask: Any, code: str) -> None:
    for number in ("waiting", "paid", "finished"):
        open_trade(pay, number)
    for number in ("paid", "finished"):
        mocks.act("alipay", "pay", out_trade_no=number)
    mocks.act("alipay", "finish", out_trade_no="finished")

    answer = ask(pay)

    assert (answer["code"], answer["sub_code"]) == ("40004", code)


def test_requests_that_are_wrong_are_refused_by_the_gateway(mocks: Mocks) -> None:
    keys = mocks.credentials("alipay")
    stranger = key_material.private_pem(key_material.seeded_key("a stranger"))
    asks = {
        "isv.invalid-signature": client_of(keys, app_private_key_string=stranger),
        "isv.invalid-app-id": client_of(keys, appid="1"),
        "isv.invalid-signature-type": client_of(keys, sign_type="RSA"),
    }

    for code, client in asks.items():
        with pytest.raises(AliPayException, match=code):
            client.api_alipay_trade_query("trade-1")
    with pytest.raises(AliPayException, match=r"isv\.invalid-method"):
        client_of(keys).server_api("alipay.trade.guess")
    bare = requests.post("https://openapi.alipay.com/gateway.do", data={"app_id": "1"}, timeout=5).json()
    assert bare["error_response"]["sub_code"] == "isv.missing-method"


def test_the_client_refuses_answers_of_another(mocks: Mocks) -> None:
    stranger = key_material.public_pem(key_material.seeded_key("a stranger").public_key())
    client = client_of(mocks.credentials("alipay"), alipay_public_key_string=stranger)

    with pytest.raises(AliPayValidationError):
        open_trade(client)


@pytest.mark.parametrize("kind", ["page", "wap"])
def test_a_page_is_opened_by_its_signed_address(mocks: Mocks, pay: alipay.AliPay, shop: Shop, kind: str) -> None:
    sign = {"page": pay.api_alipay_trade_page_pay, "wap": pay.api_alipay_trade_wap_pay}[kind]
    address = sign("<b>", "trade-1", "19.90")

    page = requests.get(f"https://openapi.alipay.com/gateway.do?{address}", timeout=5)

    assert page.headers["content-type"] == "text/html;charset=utf-8"
    assert "¥19.90" in page.text
    assert pay.api_alipay_trade_query("trade-1")["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    mocks.act("alipay", "pay", out_trade_no="trade-1")
    assert shop.told[0]["subject"] == "<b>"


def test_a_code_is_found_once_it_is_scanned(mocks: Mocks, pay: alipay.AliPay) -> None:
    assert pay.api_alipay_trade_precreate("两件商品", "trade-1", "19.90")["qr_code"].startswith(
        "https://qr.alipay.com/"
    )
    before = pay.api_alipay_trade_query("trade-1")["code"]

    mocks.act("alipay", "scan", out_trade_no="trade-1")

    assert (before, pay.api_alipay_trade_query("trade-1")["trade_status"]) == ("40004", "WAIT_BUYER_PAY")


def test_an_app_hands_its_order_on_by_a_form(mocks: Mocks, pay: alipay.AliPay) -> None:
    form = pay.api_alipay_trade_app_pay("两件商品", "trade-1", "19.90")
    headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}

    answer = requests.post(
        "https://openapi.alipay.com/gateway.do", data=form.encode(), headers=headers, timeout=5
    ).json()

    assert answer["alipay_trade_app_pay_response"]["out_trade_no"] == "trade-1"


def test_the_retry_plan_runs_on_the_clock_until_success(mocks: Mocks, pay: alipay.AliPay, shop: Shop) -> None:
    shop.answer = "SUCCESS"  # which is not what Alipay waits for
    open_trade(pay)
    mocks.clock.freeze()
    mocks.act("alipay", "pay", out_trade_no="trade-1")

    mocks.clock.advance(days=2)

    times = [entry.at for entry in mocks.callbacks.sent("alipay.trade", times=10)]
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert waits == [0, 0, 240, 600, 600, 3600, 7200, 21600, 54000]
    assert len({one["notify_id"] for one in shop.told}) == 1


@pytest.mark.parametrize(
    ("how", "answers"),
    [
        ({"tamper": "signature"}, ["fail"]),
        ({"tamper": "unsigned"}, ["fail"]),
        ({"tamper": "body"}, ["fail"]),
        ({"tamper": "replay"}, ["success", "success"]),
        ({"copies": 3}, ["success"] * 3),
        ({"amount": "0.01"}, ["success"]),
    ],
)
def test_what_can_go_wrong_with_a_notification(
    mocks: Mocks, pay: alipay.AliPay, shop: Shop, how: dict[str, Any], answers: list[str]
) -> None:
    open_trade(pay)

    mocks.act("alipay", "pay", out_trade_no="trade-1", **how)

    assert shop.answered[: len(answers)] == answers
    assert {one["total_amount"] for one in shop.told} == (
        {how.get("amount", "19.90")} if "success" in answers else set()
    )


def test_finished_comes_later_and_once(mocks: Mocks, pay: alipay.AliPay, shop: Shop) -> None:
    open_trade(pay)
    mocks.act("alipay", "pay", out_trade_no="trade-1")
    mocks.clock.advance(days=90)

    mocks.act("alipay", "finish", out_trade_no="trade-1")

    assert [one["trade_status"] for one in shop.told] == ["TRADE_SUCCESS", "TRADE_FINISHED"]
    with pytest.raises(MdtError, match="TRADE_STATUS_ERROR"):
        mocks.act("alipay", "finish", out_trade_no="trade-1")
    with pytest.raises(MdtError, match="there is no trade nothing"):
        mocks.act("alipay", "pay", out_trade_no="nothing")


def test_the_customer_can_pay_by_himself(tmp_path: Path) -> None:
    with mock_scenario(
        "alipay.virtual", mocks=loaded(tmp_path, {FILE: f"{SERVICE}options: {{payAfter: 3s}}\n"})
    ) as mocks:
        pay = client_of(mocks.credentials("alipay"))
        shop = Shop(pay)
        mocks.callbacks.deliver_to(Client(shop))
        open_trade(pay)
        before = pay.api_alipay_trade_query("trade-1")["trade_status"]
        mocks.clock.advance(seconds=3)

        assert (before, pay.api_alipay_trade_query("trade-1")["trade_status"]) == ("WAIT_BUYER_PAY", "TRADE_SUCCESS")
        assert shop.answered == ["success"]


def test_own_keys_and_wrong_options(tmp_path: Path) -> None:
    own = key_material.seeded_key("our application")
    files = {
        "external/pay/service.yaml": SERVICE.replace("service: alipay\n", "options: {appPublicKey: {file: app.pem}}\n"),
        "external/pay/app.pem": key_material.public_pem(own.public_key()),
    }
    with mock_scenario("pay.virtual", mocks=loaded(tmp_path, files)) as mocks:
        keys = {**mocks.credentials("pay"), "app_private_key": key_material.private_pem(own)}

        assert open_trade(client_of(keys))["code"] == "10000"
        assert "app_private_key" not in mocks.credentials("pay")
    other = {FILE: f"{SERVICE}options: {{apId: x}}\n"}
    (tmp_path / "x").mkdir()
    assert "the option apId: Extra inputs" in "\n".join(told(tmp_path / "x", other))
