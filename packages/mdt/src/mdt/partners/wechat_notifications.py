"""The notifications of WeChat Pay v3 as callbacks: encrypted, signed, on the real retry plan; and its signature probes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from mdt.callbacks.model import Callback, Message, Moment, RetryPlan, Signer
from mdt.callbacks.partner_schemes import PROBE, envelope, wechatpay_headers
from mdt.callbacks.retry_plans import WECHATPAY
from mdt.callbacks.tampering import TAMPERS
from mdt.partners.durations import Duration
from mdt.partners.wechat_orders import refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

REFUSED = RetryPlan("probe", (), lambda status, _body: status >= 400)

REFUSED = RetryPlan("probe", (), lambda status, _body: status >= 400)


class Asked(BaseModel):
    """How a notification is sent: `amount` is told instead of the paid one, `skew` are seconds that its time is off."""

    model_config = ConfigDict(extra="forbid")

    after: Duration = 0
    copies: int = Field(1, ge=1, le=20)
    amount: int | None = None
    skew: float = 0
    tamper: str = ""
    probe: bool = False
    sign_with: Literal["public-key", "certificate"] | None = None


class Pay(Asked):
    out_trade_no: str
    openid: str = ""


class Settle(Asked):
    out_refund_no: str
    status: Literal["SUCCESS", "CLOSED", "ABNORMAL"] = "SUCCESS"


class Event(NamedTuple):
    """What is told, and where: `kind` is the event_type, `name` the original_type and the callback's name."""

    name: str
    kind: str
    summary: str
    url: str
    resource: dict[str, Any]

    def body(self, apiv3_key: bytes, plain: bytes, moment: Moment) -> bytes:
        head = {"event_type": self.kind, "original_type": self.name, "summary": self.summary}
        return envelope(head, apiv3_key, plain, moment)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification and the key that signs it."""

    service: str
    event: Event
    apiv3_key: bytes
    key: "RSAPrivateKey"
    serial: str
    asked: Asked

    def sign(self, message: Message, moment: Moment) -> Message:
        """The time that is signed is off by `skew`; that of the body is not."""
        body = self.event.body(self.apiv3_key, message.body, moment)
        at = replace(moment, now=moment.now + timedelta(seconds=self.asked.skew))
        return message.setting(wechatpay_headers(self.key, self.serial, body, at), body)

    def probed(self, message: Message, moment: Moment) -> Message:
        """A probe: its signature begins with a mark and is wrong, and must be refused."""
        signed = self.sign(message, moment)
        return signed.setting({"wechatpay-signature": PROBE + signed.header("wechatpay-signature")[len(PROBE) :]})


def callbacks(notice: Notice) -> list[Callback]:
    """The notification; before it a probe, if one is asked for. Raises VirtualError for a tamper that there is not."""
    asked = notice.asked
    if asked.tamper and asked.tamper not in TAMPERS:
        raise refused(400, "PARAM_ERROR", f"tamper: {', '.join(TAMPERS)}")
    genuine = _callback(notice, notice.event.name, notice.sign)
    sent = replace(genuine, tamper=asked.tamper, repeat=asked.copies, retry=WECHATPAY)
    if not asked.probe:
        return [sent]
    return [replace(_callback(notice, "probe", notice.probed), retry=REFUSED), sent]


def _callback(notice: Notice, name: str, sign: Callable[[Message, Moment], Message]) -> Callback:
    headers = (("content-type", "application/json"), ("user-agent", "Mozilla/4.0"))
    plain = json.dumps(notice.event.resource, ensure_ascii=False, separators=(",", ":")).encode()
    return Callback(
        name=f"{notice.service}.{name}",
        service=notice.service,
        method="POST",
        url=lambda _instead: notice.event.url,
        make=lambda _call: Message("", "", headers, plain),
        signer=Signer("wechatpay-v3", sign, "wechatpay-signature", "wechatpay-nonce"),
    )
