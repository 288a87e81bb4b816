"""What all of WeChat Pay as it is played stands on: its state and keys, signed requests and answers, notifications."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from mdt.callbacks.model import Moment
from mdt.callbacks.partner_schemes import wechatpay_headers
from mdt.engine.durations import seconds
from mdt.engine.messages import Reply, Request
from mdt.partners import wechat_keys
from mdt.partners.wechat_keys import Keys, check_signature
from mdt.partners.wechat_notifications import Asked, Event, Notice, Pay, Settle, callbacks
from mdt.partners.wechat_orders import Order, Refund, refused
from mdt.virtual import VirtualReply, VirtualService, post

TEST = "/_test/"


class WechatBase(VirtualService):
    """Signs and checks; and does under /_test what the real one leaves to the customer and to time."""

    class State(BaseModel):
        orders: dict[str, Order] = {}
        refunds: dict[str, Refund] = {}
        generation: int = 0  # of the platform certificate
        notified: int = 0

    Options = wechat_keys.Options
    title = "微信支付 APIv3"
    state: State

    @property
    def keys(self) -> Keys:
        return Keys(self.service, self.options)

    @classmethod
    def test_credentials(cls) -> dict[str, Any]:
        return Keys(cls.service, cls.options).credentials()

    def before_call(self, request: Request) -> None:
        if not request.path.startswith(TEST):
            check_signature(self.keys, request, self.clock.now())

    def after_call(self, request: Request, reply: Reply) -> Reply:
        """Signs with the key that the request names in Wechatpay-Serial, else with that of the options."""
        if request.path.startswith(TEST):
            return reply
        asked = self.keys.by_serial(request.headers.get("wechatpay-serial", ""), self.state.generation)
        way = "certificate" if self.options.sign_with == "certificate" else "public-key"
        key, serial = asked or self.keys.signing(way, self.state.generation)
        headers = wechatpay_headers(key, serial, reply.content(), self.moment())
        number = ("request-id", f"{self.random.getrandbits(64):016X}-0")
        return Reply(reply.status, (*reply.headers, *headers.items(), number), reply.body)

    @post("/_test/pay")
    def test_pay(self, body: Pay) -> VirtualReply:
        """The customer pays; the notification follows."""
        order = self.order_of(body.out_trade_no)
        if order.seen(self.clock.now()) != "NOTPAY":
            raise refused(400, "INVALID_REQUEST", "该订单已支付或已关闭")
        return self.paid(order, body, VirtualReply(200, {"out_trade_no": body.out_trade_no}))

    def paid(self, order: Order, asked: Pay, reply: VirtualReply) -> VirtualReply:
        order.state, order.paid_at = "SUCCESS", self.clock.now() + timedelta(seconds=seconds(asked.after))
        order.transaction_id = f"4200{self.random.randrange(10**24):024d}"
        order.openid = asked.openid or order.asked.payer.openid
        return self._notified(order, asked, reply)

    @post("/_test/notify")
    def test_notify(self, body: Pay) -> VirtualReply:
        """Notifies of a payment once more, as after a loss: with a body of its own id."""
        order = self.order_of(body.out_trade_no)
        if order.paid_at is None:
            raise refused(400, "INVALID_REQUEST", "该订单未支付")
        return self._notified(order, body, VirtualReply(200, {"out_trade_no": body.out_trade_no}))

    @post("/_test/refund")
    def test_refund(self, body: Settle) -> VirtualReply:
        """Ends a refund now, as this status, and notifies of it."""
        if body.out_refund_no not in self.state.refunds:
            raise refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        found = self.state.refunds[body.out_refund_no]
        found.outcome, found.done_at = body.status, self.clock.now()
        return self.notified_refund(found, body, VirtualReply(200, found.view(self.clock.now())))

    @post("/_test/rotate")
    def test_rotate(self) -> dict[str, Any]:
        """Makes the next platform certificate the one that signs; /v3/certificates lists both."""
        self.state.generation += 1
        return {"generation": self.state.generation}

    def _notified(self, order: Order, asked: Asked, reply: VirtualReply) -> VirtualReply:
        resource = order.view(self.clock.now(), "SUCCESS")
        if asked.amount is not None:
            resource["amount"] = {**resource["amount"], "total": asked.amount, "payer_total": asked.amount}
        event = Event("transaction", "TRANSACTION.SUCCESS", "支付成功", order.asked.notify_url, resource)
        return self._scheduled(event, asked, reply)

    def notified_refund(self, found: Refund, asked: Asked, reply: VirtualReply) -> VirtualReply:
        if not found.asked.notify_url:
            return reply
        resource = found.notified(self.options.mchid)
        event = Event("refund", f"REFUND.{found.outcome}", "退款通知", found.asked.notify_url, resource)
        return self._scheduled(event, asked, reply)

    def _scheduled(self, event: Event, asked: Asked, reply: VirtualReply) -> VirtualReply:
        """The reply with its notification, and with a probe before it if one is asked for."""
        self.state.notified += 1
        mixed = "certificate" if self.state.notified % 2 == 0 else "public-key"
        way = asked.sign_with or (mixed if self.options.sign_with == "mixed" else self.options.sign_with)
        key, serial = self.keys.signing(way, self.state.generation)
        notice = Notice(self.service, event, self.options.apiv3_key.encode(), key, serial, asked)
        for one in callbacks(notice):
            reply = reply.callback(one, after=asked.after)
        return reply

    def order_of(self, number: str) -> Order:
        if number not in self.state.orders:
            raise refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return self.state.orders[number]

    def check_merchant(self, mchid: str, appid: str | None = None) -> None:
        if mchid != self.options.mchid:
            raise refused(400, "PARAM_ERROR", "商户号与签名的商户号不一致")
        if appid not in {None, self.options.appid}:
            raise refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")

    def moment(self) -> Moment:
        return Moment(self.clock.now(), self.random, "")
