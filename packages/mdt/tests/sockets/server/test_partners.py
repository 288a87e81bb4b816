"""Partners on a running server: the client libraries call it over HTTP, and it notifies an application over HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from alipay import AliPay
from wechatpayv3 import WeChatPay, WeChatPayType

from mdt.server.client import Client
from mdt.server.runner import start_in_thread
from tests.unit.folders import write

FILES = {
    "external/alipay.yaml": "virtual: mdt.partners.alipay\nurl: https://openapi.alipay.com\n",
    "external/wechatpay.yaml": "virtual: mdt.partners.wechatpay\nurl: https://api.mch.weixin.qq.com\n",
}


class Notified(BaseHTTPRequestHandler):
    got: list[tuple[str, dict[str, str], bytes]]
    came: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, dict(self.headers.items()), body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"success")
        self.came.set()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def notified() -> Iterator[tuple[Any, str]]:
    kind = type("Own", (Notified,), {"got": [], "came": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(tmp_path: Path, notified: tuple[Any, str]) -> Iterator[Client]:
    """`callbacksTo` brings the notifications to the application."""
    running = start_in_thread(write(tmp_path, {**FILES, "mdt.yaml": f"callbacksTo: {notified[1]}\n"}))
    yield running.client()
    running.stop()


def act(client: Client, service: str, action: str, **body: Any) -> None:
    address = f"{client.address_of(service)}/_test/{action}"
    request = Request(address, json.dumps(body).encode(), {"content-type": "application/json"})
    with urlopen(request) as answer:
        assert answer.status == 200


def test_alipay(client: Client, notified: tuple[Any, str]) -> None:
    keys = client.credentials("alipay")
    pay = AliPay(
        appid=keys["app_id"],
        app_notify_url="https://shop.example/alipay/notify",
        app_private_key_string=keys["app_private_key"],
        alipay_public_key_string=keys["alipay_public_key"],
    )
    pay._gateway = f"{client.address_of('alipay')}/gateway.do"

    opened = pay.api_alipay_trade_create(subject="两件商品", out_trade_no="trade-1", total_amount="19.90")
    act(client, "alipay", "pay", out_trade_no="trade-1")

    assert notified[0].came.wait(5)
    assert notified[0].got[0][0] == "/alipay/notify"
    assert pay.api_alipay_trade_query(trade_no=opened["trade_no"])["trade_status"] == "TRADE_SUCCESS"
    assert client.callbacks()["sent"][0]["scenario"] == "trade"


def test_wechatpay(client: Client, notified: tuple[Any, str]) -> None:
    keys = client.credentials("wechatpay")
    pay = WeChatPay(
        WeChatPayType.MINIPROG,
        mchid=keys["mchid"],
        private_key=keys["merchant_private_key"],
        cert_serial_no=keys["merchant_serial_no"],
        apiv3_key=keys["apiv3_key"],
        appid=keys["appid"],
        notify_url="https://shop.example/wechatpay/notify",
        public_key=keys["public_key"],
        public_key_id=keys["public_key_id"],
    )
    pay._core._gate_way = client.address_of("wechatpay")

    status, _text = pay.pay("两件商品", "order-1*", {"total": 198}, {"openid": "o-1"})
    assert status == 200
    act(client, "wechatpay", "pay", out_trade_no="order-1*")

    assert notified[0].came.wait(5)
    path, headers, body = notified[0].got[0]
    assert path == "/wechatpay/notify"
    named = {name.title(): value for name, value in headers.items()}
    assert pay.callback(named, body)["resource"]["out_trade_no"] == "order-1*"
    assert json.loads(pay.query(out_trade_no="order-1*")[1])["trade_state"] == "SUCCESS"
