"""What all of Alipay as it is played stands on: its state, the customer's part under /_test, and notifications."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from mdt.callbacks.model import Callback, Message, Moment, Signer
from mdt.callbacks.partner_schemes import signed_form
from mdt.callbacks.retry_plans import ALIPAY
from mdt.callbacks.tampering import TAMPERS
from mdt.engine.durations import seconds
from mdt.partners import alipay_gateway
from mdt.partners.alipay_gateway import Keys
from mdt.partners.alipay_trades import FINISHED, SUCCESS, WAITING, Trade, chinese
from mdt.partners.durations import Duration
from mdt.virtual import VirtualError, VirtualReply, VirtualService, post


class Act(BaseModel):
    """What the customer or time does, and how it is told: `amount` (yuan) is told instead of the paid one."""

    model_config = ConfigDict(extra="forbid")

    out_trade_no: str
    buyer_id: str = ""
    after: Duration = 0
    copies: int = Field(1, ge=1, le=20)
    amount: str = ""
    tamper: str = ""


class AlipayBase(VirtualService):
    """Does under /_test what the real one leaves to the customer and to time."""

    class State(BaseModel):
        trades: dict[str, Trade] = {}  # by out_trade_no

    Options = alipay_gateway.Options
    title = "支付宝开放平台"
    state: State

    @property
    def keys(self) -> Keys:
        return Keys(self.service, self.options)

    @classmethod
    def test_credentials(cls) -> dict[str, Any]:
        return Keys(cls.service, cls.options).credentials()

    @post("/_test/scan")
    def test_scan(self, body: Act) -> VirtualReply:
        """The customer opens the trade: a query finds it from now on."""
        trade = self._known(body)
        trade.seen = True
        return VirtualReply(200, trade.numbers())

    @post("/_test/pay")
    def test_pay(self, body: Act) -> VirtualReply:
        """The customer pays; the notification follows."""
        trade = self._known(body)
        if trade.status != WAITING:
            raise VirtualError(400, "TRADE_STATUS_ERROR", f"the trade is {trade.status}")
        return self.paid(trade, body, VirtualReply(200, trade.numbers()))

    @post("/_test/finish")
    def test_finish(self, body: Act) -> VirtualReply:
        """The time for refunds is over: TRADE_FINISHED, which may come months later."""
        trade = self._known(body)
        if trade.status != SUCCESS:
            raise VirtualError(400, "TRADE_STATUS_ERROR", f"the trade is {trade.status}")
        trade.status = FINISHED
        return self.notified(trade, body, VirtualReply(200, trade.numbers()))

    @post("/_test/notify")
    def test_notify(self, body: Act) -> VirtualReply:
        """One more notification of what the trade is now, with an id of its own."""
        trade = self._known(body)
        return self.notified(trade, body, VirtualReply(200, trade.numbers()))

    def _known(self, body: Act) -> Trade:
        if body.out_trade_no not in self.state.trades:
            raise VirtualError(404, "TRADE_NOT_EXIST", f"there is no trade {body.out_trade_no}")
        return self.state.trades[body.out_trade_no]

    def paid(self, trade: Trade, act: Act, reply: VirtualReply) -> VirtualReply:
        trade.status, trade.paid_at = SUCCESS, self.clock.now() + timedelta(seconds=seconds(act.after))
        trade.buyer_id = act.buyer_id or trade.buyer_id
        return self.notified(trade, act, reply)

    def notified(self, trade: Trade, act: Act, reply: VirtualReply, **more: str) -> VirtualReply:
        """The reply with a notification; without one if the trade has no notify_url."""
        if not trade.notify_url:
            return reply
        if act.tamper and act.tamper not in {*TAMPERS} - {"timestamp", "nonce"}:
            raise VirtualError(400, "INVALID_PARAMETER", "tamper: signature, unsigned, body, replay")
        told = {
            "notify_id": f"{self.random.getrandbits(136):034x}",
            "notify_time": chinese(self.clock.now() + timedelta(seconds=seconds(act.after))),
            "app_id": self.options.app_id,
            "auth_app_id": self.options.app_id,
            "seller_id": self.options.seller_id,
            **({"total_amount": act.amount} if act.amount else {}),
            **more,
        }
        return reply.callback(self._callback(trade, act, trade.notified(told)), after=act.after)

    def _callback(self, trade: Trade, act: Act, fields: dict[str, str]) -> Callback:
        url, body, key = trade.notify_url, urlencode(fields).encode(), self.keys.alipay()

        def sign(message: Message, _moment: Moment) -> Message:
            return signed_form(key, message)

        return Callback(
            name=f"{self.service}.trade",
            service=self.service,
            method="POST",
            url=lambda _instead: url,
            make=lambda _call: Message("", "", (), body),
            signer=Signer("alipay-rsa2", sign, "sign", timed=False, in_form=True),
            tamper=act.tamper,
            repeat=act.copies,
            retry=ALIPAY,
        )
