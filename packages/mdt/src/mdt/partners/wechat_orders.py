"""Orders and refunds of WeChat Pay v3: what a request may hold, what is kept, and how it is shown.

Fields, limits and codes: pay.weixin.qq.com, JSAPI下单, 查询订单, 关闭订单, 申请退款, 查询单笔退款. Amounts are fen, times UTC.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from mdt.callbacks.partner_schemes import chinese_time
from mdt.engine.messages import MISSING, Request
from mdt.virtual import VirtualError

TradeNumber = Annotated[str, StringConstraints(min_length=6, max_length=32, pattern=r"^[0-9A-Za-z_|*-]+$")]
RefundNumber = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_|*@-]+$")]
NotifyUrl = Annotated[str, StringConstraints(max_length=255, pattern=r"^https?://[^?#\s]+$")]
Description = Annotated[str, StringConstraints(min_length=1, max_length=127)]
STATES = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}
MOST_REFUNDS = 50


class Amount(BaseModel):
    total: int = Field(ge=1, strict=True)
    currency: str = "CNY"


class Payer(BaseModel):
    openid: str = Field(min_length=1, max_length=128)


class OrderIn(BaseModel):
    """The body of an order; fields that are not looked at may be there."""

    appid: str
    mchid: str
    description: Description
    out_trade_no: TradeNumber
    notify_url: NotifyUrl
    amount: Amount
    payer: Payer
    attach: str = Field("", max_length=128)
    time_expire: datetime | None = None


class RefundAmount(BaseModel):
    refund: int = Field(ge=1, strict=True)
    total: int = Field(ge=1, strict=True)
    currency: str


class RefundIn(BaseModel):
    out_refund_no: RefundNumber
    amount: RefundAmount
    transaction_id: str = ""
    out_trade_no: str = ""
    reason: str = Field("", max_length=80)
    notify_url: NotifyUrl | None = None


class CloseIn(BaseModel):
    mchid: str


class Order(BaseModel):
    """An order that is kept. `state` is the one that was set; `seen` adds what time has made of it."""

    asked: OrderIn
    prepay_id: str
    expires: datetime
    state: str = "NOTPAY"
    transaction_id: str = ""
    openid: str = ""
    paid_at: datetime | None = None

    def seen(self, now: datetime) -> str:
        if self.paid_at is not None and now < self.paid_at:
            return "NOTPAY"
        return "CLOSED" if self.state == "NOTPAY" and now >= self.expires else self.state

    def view(self, now: datetime, state: str | None = None) -> dict[str, Any]:
        """As a query and a notification show it."""
        state = state or self.seen(now)
        asked = self.asked
        shown: dict[str, Any] = {
            "appid": asked.appid,
            "mchid": asked.mchid,
            "out_trade_no": asked.out_trade_no,
            "trade_state": state,
            "trade_state_desc": STATES[state],
            "attach": asked.attach,
        }
        if self.paid_at is None or state not in {"SUCCESS", "REFUND"}:
            return shown
        paid = {"total": asked.amount.total, "payer_total": asked.amount.total}
        return {
            **shown,
            "transaction_id": self.transaction_id,
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": chinese_time(self.paid_at),
            "payer": {"openid": self.openid},
            "amount": {**paid, "currency": asked.amount.currency, "payer_currency": asked.amount.currency},
        }


class Refund(BaseModel):
    """A refund that is kept. It succeeds by itself at `done_at` unless `outcome` says otherwise."""

    asked: RefundIn
    refund_id: str
    transaction_id: str
    out_trade_no: str
    created: datetime
    done_at: datetime
    outcome: str = "SUCCESS"

    def status(self, now: datetime) -> str:
        return self.outcome if now >= self.done_at else "PROCESSING"

    def view(self, now: datetime) -> dict[str, Any]:
        asked, status = self.asked, self.status(now)
        success = {"success_time": chinese_time(self.done_at)} if status == "SUCCESS" else {}
        return {
            **self._numbers(),
            "status": status,
            "create_time": chinese_time(self.created),
            **success,
            **_moved(asked),
        }

    def notified(self, mchid: str) -> dict[str, Any]:
        """The resource of a notification, whose status has another name than in the answers."""
        amount = self.asked.amount
        success = {"success_time": chinese_time(self.done_at)} if self.outcome == "SUCCESS" else {}
        plain = {
            "total": amount.total,
            "refund": amount.refund,
            "payer_total": amount.total,
            "payer_refund": amount.refund,
        }
        account = {"user_received_account": "支付用户零钱"}
        return {"mchid": mchid, **self._numbers(), "refund_status": self.outcome, **success, **account, "amount": plain}

    def _numbers(self) -> dict[str, str]:
        return {
            "refund_id": self.refund_id,
            "out_refund_no": self.asked.out_refund_no,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
        }


def _moved(asked: RefundIn) -> dict[str, Any]:
    amount = asked.amount
    total, refund = {"total": amount.total, "payer_total": amount.total}, {"refund": amount.refund}
    settled = {"settlement_total": amount.total, "settlement_refund": amount.refund, "payer_refund": amount.refund}
    return {
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "funds_account": "AVAILABLE",
        "amount": {**total, **refund, **settled, "discount_refund": 0, "currency": amount.currency},
    }


def refused(status: int, code: str, message: str, detail: Mapping[str, Any] | None = None) -> VirtualError:
    body: dict[str, Any] = {"code": code, "message": message}
    return VirtualError(status, {**body, "detail": dict(detail)} if detail else body)


def read[M: BaseModel](kind: type[M], request: Request) -> M:
    """The body. Raises VirtualError 400 PARAM_ERROR with the first field that is wrong."""
    if request.json is MISSING:
        raise refused(400, "PARAM_ERROR", "请求体不是合法的JSON")
    try:
        return kind.model_validate(request.json)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        field = "/body/" + "/".join(map(str, wrong["loc"]))
        detail = {"field": field, "issue": wrong["msg"], "location": "body"}
        raise refused(400, "PARAM_ERROR", f"参数错误：{field}", detail) from None


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
