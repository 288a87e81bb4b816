"""Alipay's open platform as a virtual service: trades behind the one gateway, refunds, notifications.

What the real one leaves to the customer and to time is asked for under /_test: POST /_test/scan, /_test/pay, /_test/notify,
/_test/finish; in Python `mocks.act("alipay", "pay", out_trade_no="…")`.
"""

import json
from collections.abc import Callable
from html import escape
from typing import Any

from mdt.engine.messages import Reply, Request
from mdt.partners.alipay_base import Act, AlipayBase
from mdt.partners.alipay_gateway import AlipayError, Call, checked, failed, fields_of, response_of
from mdt.partners.alipay_trades import CLOSED, FINISHED, SUCCESS, WAITING, Refund, Trade, chinese, fen_of, yuan
from mdt.virtual import VirtualReply, get, post

UNSEEN = frozenset({"alipay.trade.precreate", "alipay.trade.page.pay", "alipay.trade.wap.pay", "alipay.trade.app.pay"})
PAGES = frozenset({"alipay.trade.page.pay", "alipay.trade.wap.pay"})


class Alipay(AlipayBase):
    """Alipay: trades, refunds and notifications, signed as the real ones."""

    @get("/gateway.do")
    @post("/gateway.do")
    def gateway(self, request: Request) -> VirtualReply:
        """Every method of the API; what is wrong is told in an answer with status 200, as there."""
        fields = fields_of(request)
        method = fields.get("method", "")
        try:
            content, reply = METHODS.get(method, _unknown)(self, checked(self.keys, fields))
        except AlipayError as error:
            return VirtualReply(200, {"method": method, "content": error.content, "signed": error.signed})
        if method in PAGES:
            return VirtualReply(200, {"page": content}, callbacks=reply.callbacks)
        answered = {"code": "10000", "msg": "Success", **content}
        return VirtualReply(200, {"method": method, "content": answered, "signed": True}, callbacks=reply.callbacks)

    def after_call(self, request: Request, reply: Reply) -> Reply:
        """Writes the answer as text, over which it is signed."""
        if request.path != "/gateway.do":
            return reply
        answer = json.loads(reply.content())
        if "page" in answer:
            return _page(answer["page"])
        return response_of(self.keys, answer["method"], answer["content"], signed=answer["signed"])

    def open(self, call: Call) -> "Answer":
        """create, precreate, page.pay, wap.pay, app.pay: the same trade again while it is not paid is well."""
        number, amount = call.text("out_trade_no"), fen_of(call.text("total_amount"), "total_amount")
        if not 1 <= len(number) <= 64 or not call.text("subject"):
            raise failed("ACQ.INVALID_PARAMETER", "参数无效：out_trade_no, subject")
        trade, reply = self.state.trades.get(number), VirtualReply(200)
        if trade is None:
            trade = self.state.trades[number] = self._opened(call, number, amount)
            reply = self._pays_by_himself(trade)
        elif trade.status != WAITING:
            raise failed("ACQ.TRADE_HAS_SUCCESS" if trade.paid_at else "ACQ.TRADE_HAS_CLOSE", "交易已被支付或已关闭")
        elif trade.fen != amount:
            raise failed("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        code = {"qr_code": f"https://qr.alipay.com/mdt{trade.trade_no}"} if call.method.endswith("precreate") else {}
        numbers = {"out_trade_no": number} if code else trade.numbers()
        return {**numbers, **code, **({"total_amount": yuan(amount)} if call.method in PAGES else {})}, reply

    def _opened(self, call: Call, number: str, amount: int) -> Trade:
        now = self.clock.now()
        return Trade(
            out_trade_no=number,
            trade_no=f"{now:%Y%m%d}2200{self.random.randrange(10**16):016d}",
            subject=call.text("subject"),
            fen=amount,
            created=now,
            notify_url=call.notify_url,
            passback_params=call.text("passback_params"),
            seen=call.method not in UNSEEN,
        )

    def _pays_by_himself(self, trade: Trade) -> VirtualReply:
        if not self.options.pay_after:
            return VirtualReply(200)
        return self.paid(trade, Act(out_trade_no=trade.out_trade_no, after=self.options.pay_after), VirtualReply(200))

    def query(self, call: Call) -> "Answer":
        return self._found(call).view(self.clock.now()), VirtualReply(200)

    def close(self, call: Call) -> "Answer":
        trade = self._found(call)
        if trade.status != WAITING:
            raise failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        trade.status = CLOSED
        return trade.numbers(), VirtualReply(200)

    def cancel(self, call: Call) -> "Answer":
        """Closes what is not paid, gives back what is paid; a trade that there is not is well too."""
        trade = self._trade(call)
        if trade is None or trade.status == CLOSED:
            return {"out_trade_no": call.text("out_trade_no"), "retry_flag": "N"}, VirtualReply(200)
        action, reply = "close", VirtualReply(200)
        if trade.status != WAITING:
            action = "refund"
            reply = self._give_back(trade, "cancel", trade.fen - trade.refunded)
        trade.status = CLOSED
        return {**trade.numbers(), "retry_flag": "N", "action": action}, reply

    def refund(self, call: Call) -> "Answer":
        """Gives back a part or all; the same request number again changes nothing."""
        trade = self._found(call)
        amount = fen_of(call.text("refund_amount"), "refund_amount")
        number = call.text("out_request_no") or (trade.out_trade_no if amount == trade.fen else "")
        if not number:
            raise failed("ACQ.INVALID_PARAMETER", "部分退款必须传 out_request_no")
        reply, changed = VirtualReply(200), "N"
        if number in trade.refunds:
            if trade.refunds[number].fen != amount:
                raise failed("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
        else:
            self._check_refundable(trade, amount)
            reply, changed = self._give_back(trade, number, amount), "Y"
        shown = {"buyer_logon_id": "mdt***@example.com", "buyer_user_id": trade.buyer_id, "fund_change": changed}
        at = chinese(trade.refunds[number].at)
        return {**trade.numbers(), **shown, "refund_fee": yuan(trade.refunded), "gmt_refund_pay": at}, reply

    def _check_refundable(self, trade: Trade, amount: int) -> None:
        if trade.status == FINISHED:
            raise failed("ACQ.TRADE_HAS_FINISHED", "交易已完结，不可退款")
        if trade.status_at(self.clock.now()) != SUCCESS:
            raise failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        if trade.refunded + amount > trade.fen:
            raise failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")

    def _give_back(self, trade: Trade, number: str, fen: int) -> VirtualReply:
        """Notifies the address of the payment: TRADE_SUCCESS again for a part, TRADE_CLOSED for all."""
        now = self.clock.now()
        trade.refunds[number] = Refund(fen=fen, at=now)
        trade.status = CLOSED if trade.refunded == trade.fen else trade.status
        more = {"refund_fee": yuan(trade.refunded), "gmt_refund": f"{chinese(now)}.000", "out_biz_no": number}
        return self.notified(trade, Act(out_trade_no=trade.out_trade_no), VirtualReply(200), **more)

    def query_refund(self, call: Call) -> "Answer":
        """A refund that there is not is answered with 10000 and without refund_status."""
        trade, number = self._found(call), call.text("out_request_no")
        if number not in trade.refunds:
            return {}, VirtualReply(200)
        amounts = {"total_amount": yuan(trade.fen), "refund_amount": yuan(trade.refunds[number].fen)}
        return {
            **trade.numbers(),
            "out_request_no": number,
            **amounts,
            "refund_status": "REFUND_SUCCESS",
        }, VirtualReply(200)

    def _trade(self, call: Call) -> Trade | None:
        number, own = call.text("out_trade_no"), call.text("trade_no")
        if not number and not own:
            raise failed("ACQ.INVALID_PARAMETER", "out_trade_no 和 trade_no 不能同时为空")
        found = (
            one for one in self.state.trades.values() if (one.trade_no == own if own else one.out_trade_no == number)
        )
        trade = next(found, None)
        return trade if trade is not None and trade.is_there(self.clock.now()) else None

    def _found(self, call: Call) -> Trade:
        trade = self._trade(call)
        if trade is None:
            raise failed("ACQ.TRADE_NOT_EXIST", "交易不存在")
        return trade


def _unknown(_service: Alipay, call: Call) -> "Answer":
    raise AlipayError("40002", "isv.invalid-method", f"不存在的方法名：{call.method}")


type Answer = tuple[dict[str, Any], VirtualReply]
METHODS: dict[str, Callable[[Alipay, Call], Answer]] = {
    **dict.fromkeys(("alipay.trade.create", *UNSEEN), Alipay.open),
    "alipay.trade.query": Alipay.query,
    "alipay.trade.close": Alipay.close,
    "alipay.trade.cancel": Alipay.cancel,
    "alipay.trade.refund": Alipay.refund,
    "alipay.trade.fastpay.refund.query": Alipay.query_refund,
}


def _page(trade: dict[str, str]) -> Reply:
    """What a browser gets in place of Alipay's own page."""
    shown = f"{escape(trade['out_trade_no'])}: ¥{escape(trade['total_amount'])}"
    body = f'<!doctype html><meta charset="utf-8"><title>支付宝 (mdt)</title><p>{shown}</p>\n'.encode()
    headers = (("content-type", "text/html;charset=utf-8"), ("content-length", str(len(body))))
    return Reply(200, headers, body)
