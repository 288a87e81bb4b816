"""WeChat Pay v3 as a virtual service: JSAPI orders, queries, closing, refunds, certificates, notifications.

What the real one leaves to the customer and to time is asked for under /_test: POST /_test/pay, /_test/notify, /_test/refund,
/_test/rotate; in Python `mocks.act("wechatpay", "pay", out_trade_no="…")`.
"""

from datetime import timedelta
from typing import Any

from mdt.engine.durations import seconds
from mdt.engine.messages import Request
from mdt.partners.wechat_base import WechatBase
from mdt.partners.wechat_notifications import Pay, Settle
from mdt.partners.wechat_orders import (
    MOST_REFUNDS,
    CloseIn,
    Order,
    OrderIn,
    Refund,
    RefundIn,
    read,
    refused,
    utc,
)
from mdt.virtual import VirtualReply, get, post

LONGEST, DEFAULT = timedelta(days=90), timedelta(days=7)  # until an order expires
SHORTEST = timedelta(minutes=1)


class WechatPay(WechatBase):
    """WeChat Pay v3: orders, refunds and notifications, signed as the real ones."""

    @post("/v3/pay/transactions/jsapi")
    def order(self, request: Request) -> VirtualReply:
        """Orders; the same order again gets its prepay_id again while it is not paid."""
        asked = read(OrderIn, request)
        self.check_merchant(asked.mchid, asked.appid)
        now = self.clock.now()
        known = self.state.orders.get(asked.out_trade_no)
        if known is None:
            known = self._opened(asked)
        elif known.seen(now) != "NOTPAY":
            raise refused(400, "INVALID_REQUEST", "该订单已支付" if known.paid_at else "该订单已关闭")
        elif known.asked != asked:
            raise refused(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        reply = VirtualReply(200, {"prepay_id": known.prepay_id})
        if self.options.pay_after and known.asked is asked:
            return self.paid(known, Pay(out_trade_no=asked.out_trade_no, after=self.options.pay_after), reply)
        return reply

    def _opened(self, asked: OrderIn) -> Order:
        now = self.clock.now()
        expires = now + DEFAULT if asked.time_expire is None else min(utc(asked.time_expire), now + LONGEST)
        if expires < now + SHORTEST:
            raise refused(400, "PARAM_ERROR", "订单失效时间不得早于1分钟后")
        prepay = f"wx{now:%Y%m%d%H%M%S}{self.random.getrandbits(64):016x}0000"
        order = self.state.orders[asked.out_trade_no] = Order(asked=asked, prepay_id=prepay, expires=expires)
        return order

    @get("/v3/pay/transactions/out-trade-no/{number}")
    def query(self, number: str, mchid: str = "") -> dict[str, Any]:
        self.check_merchant(mchid)
        return self.order_of(number).view(self.clock.now(), self._state(number))

    @get("/v3/pay/transactions/id/{number}")
    def query_by_id(self, number: str, mchid: str = "") -> dict[str, Any]:
        self.check_merchant(mchid)
        found = next((one for one in self.state.orders.values() if one.transaction_id == number and number), None)
        if found is None:
            raise refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return found.view(self.clock.now(), self._state(found.asked.out_trade_no))

    @post("/v3/pay/transactions/out-trade-no/{number}/close")
    def close(self, number: str, request: Request) -> None:
        """Closes an order that is not paid; again is well too."""
        self.check_merchant(read(CloseIn, request).mchid)
        order = self.order_of(number)
        if order.paid_at:
            raise refused(400, "INVALID_REQUEST", "该订单已支付，不能关闭")
        order.state = "CLOSED"

    @post("/v3/refund/domestic/refunds")
    def refund(self, request: Request) -> VirtualReply:
        """Refunds a part or all; the same number again is the same refund."""
        asked = read(RefundIn, request)
        order = self._refundable(asked)
        known = self.state.refunds.get(asked.out_refund_no)
        if known is not None:
            if (known.asked.amount, known.out_trade_no) != (asked.amount, order.asked.out_trade_no):
                raise refused(400, "INVALID_REQUEST", "退款单号已存在，但参数与原退款不一致")
            return VirtualReply(200, known.view(self.clock.now()))
        found = self._new_refund(asked, order)
        reply = VirtualReply(200, found.view(self.clock.now()))
        wait = (found.done_at - self.clock.now()).total_seconds()
        return self.notified_refund(found, Settle(out_refund_no=asked.out_refund_no, after=wait), reply)

    def _new_refund(self, asked: RefundIn, order: Order) -> Refund:
        now = self.clock.now()
        earlier = self._refunds(order)
        left = order.asked.amount.total - sum(one.asked.amount.refund for one in earlier)
        if asked.amount.total != order.asked.amount.total:
            raise refused(400, "INVALID_REQUEST", "订单金额与原订单不一致")
        if asked.amount.refund > left or len(earlier) >= MOST_REFUNDS:
            raise refused(400, "INVALID_REQUEST", "退款金额大于可退金额，或退款次数过多")
        found = self.state.refunds[asked.out_refund_no] = Refund(
            asked=asked,
            refund_id=f"5030{self.random.randrange(10**20):020d}",
            transaction_id=order.transaction_id,
            out_trade_no=order.asked.out_trade_no,
            created=now,
            done_at=now + timedelta(seconds=seconds(self.options.refund_after)),
        )
        return found

    @get("/v3/refund/domestic/refunds/{number}")
    def query_refund(self, number: str) -> dict[str, Any]:
        if number not in self.state.refunds:
            raise refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return self.state.refunds[number].view(self.clock.now())

    @get("/v3/certificates")
    def certificates(self) -> dict[str, Any]:
        return self.keys.listed(self.state.generation, self.moment())

    def _refundable(self, asked: RefundIn) -> Order:
        for one in self.state.orders.values():
            if one.paid_at and (
                one.transaction_id == asked.transaction_id or one.asked.out_trade_no == asked.out_trade_no
            ):
                return one
        known = asked.out_trade_no in self.state.orders
        raise (
            refused(400, "INVALID_REQUEST", "订单未支付")
            if known
            else refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        )

    def _refunds(self, order: Order) -> list[Refund]:
        return [
            one
            for one in self.state.refunds.values()
            if one.out_trade_no == order.asked.out_trade_no and one.outcome != "CLOSED"
        ]

    def _state(self, number: str) -> str | None:
        """REFUND once a refund has succeeded; None for the order's own."""
        now = self.clock.now()
        done = any(one.status(now) == "SUCCESS" for one in self._refunds(self.state.orders[number]))
        return "REFUND" if done else None
