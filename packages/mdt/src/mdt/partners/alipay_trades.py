"""Trades of Alipay: what is kept, how amounts are read, and how a query and a notification show them.

Fields: opendocs.alipay.com, alipay.trade.query, 异步通知. Amounts are fen inside and yuan with two decimals outside.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel

from mdt.callbacks.partner_schemes import CHINA
from mdt.partners.alipay_gateway import failed

CLOSED, WAITING, SUCCESS, FINISHED = "TRADE_CLOSED", "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED"
BUYER = "2088000000000002"
MOST = 10_000_000_000  # fen, the limit of total_amount


class Refund(BaseModel):
    fen: int
    at: datetime


class Trade(BaseModel):
    """A trade that is kept. `seen` is false until the customer has opened it: a query does not find it before."""

    out_trade_no: str
    trade_no: str
    subject: str
    fen: int
    created: datetime
    notify_url: str = ""
    passback_params: str = ""
    status: str = WAITING
    seen: bool = True
    buyer_id: str = BUYER
    paid_at: datetime | None = None
    refunds: dict[str, Refund] = {}

    @property
    def refunded(self) -> int:
        return sum(one.fen for one in self.refunds.values())

    def is_there(self, now: datetime) -> bool:
        """Whether a query finds it."""
        return self.seen or (self.paid_at is not None and now >= self.paid_at)

    def status_at(self, now: datetime) -> str:
        return WAITING if self.paid_at is not None and now < self.paid_at else self.status

    def numbers(self) -> dict[str, str]:
        return {"out_trade_no": self.out_trade_no, "trade_no": self.trade_no}

    def view(self, now: datetime) -> dict[str, Any]:
        """As alipay.trade.query shows it."""
        status = self.status_at(now)
        shown = {**self.numbers(), "buyer_logon_id": "mdt***@example.com", "buyer_user_id": self.buyer_id}
        money = {"total_amount": yuan(self.fen), "invoice_amount": "0.00", "point_amount": "0.00"}
        paid = self.paid_at if status != WAITING else None
        if paid is None:
            return {**shown, "trade_status": status, **money, "receipt_amount": "0.00", "buyer_pay_amount": "0.00"}
        return {
            **shown,
            "trade_status": status,
            **money,
            "receipt_amount": yuan(self.fen),
            "buyer_pay_amount": yuan(self.fen),
            "send_pay_date": chinese(paid),
            "fund_bill_list": [{"fund_channel": "ALIPAYACCOUNT", "amount": yuan(self.fen)}],
        }

    def notified(self, told: Mapping[str, str]) -> dict[str, str]:
        """The fields of a notification; `told` has those that are not the trade's."""
        paid = chinese(self.paid_at) if self.paid_at else ""
        amounts = dict.fromkeys(
            ("total_amount", "receipt_amount", "buyer_pay_amount", "invoice_amount"), yuan(self.fen)
        )
        bills = json.dumps([{"amount": yuan(self.fen), "fundChannel": "ALIPAYACCOUNT"}], separators=(",", ":"))
        fields = {
            **self.numbers(),
            "notify_type": "trade_status_sync",
            "charset": "utf-8",
            "version": "1.0",
            "trade_status": self.status,
            "subject": self.subject,
            "buyer_id": self.buyer_id,
            "gmt_create": chinese(self.created),
            "gmt_payment": paid,
            "fund_bill_list": bills,
            "passback_params": self.passback_params,
            **amounts,
            **told,
        }
        return {name: value for name, value in fields.items() if value}


def chinese(moment: datetime) -> str:
    """China's time, as Alipay writes it: 2026-05-01 20:00:00."""
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str, name: str) -> int:
    """Raises AlipayError for anything but a positive amount with two decimals at most."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise failed("ACQ.INVALID_PARAMETER", f"参数无效：{name}") from None
    scaled = amount * 100 if amount.is_finite() else Decimal(0)
    if scaled != scaled.to_integral_value() or not 1 <= scaled <= MOST:
        raise failed("ACQ.INVALID_PARAMETER", f"参数无效：{name}")
    return int(scaled)
