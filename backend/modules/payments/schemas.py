"""What goes in and out of the payment routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.core.inbound import Inbound
from backend.modules.payments.amounts import ExactNumbers, Fen
from backend.modules.payments.states import Reported, Status

OrderNumber = Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Za-z0-9_-]+$")]
EventId = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
TransactionId = EventId
NUMBER = "202601029f86d081884c7d65"


class PaymentIn(ExactNumbers):
    """A request to pay an order."""

    model_config = ConfigDict(extra="forbid", strict=True)

    order_id: OrderNumber = Field(description="The order's `number`.", examples=[NUMBER])
    amount: Fen = Field(description="Total of the order in yuan: plain decimal notation, at most two decimals.")


class PaymentOut(BaseModel):
    """A payment, as its owner sees it."""

    order_id: str = Field(description="The order's `number`.", examples=[NUMBER])
    amount: float = Field(description="In yuan.", examples=[198])
    status: Status = Field(examples=["pending"])
    created_at: datetime = Field(examples=["2026-01-02T03:04:05Z"])
    settled_at: datetime | None = Field(description="When the payment was settled.", examples=[None])


class NotificationIn(ExactNumbers, Inbound):
    """A notification of the payment service about a payment."""

    model_config = ConfigDict(strict=True)

    event_id: EventId = Field(description="Id of the notification; a repeat has the same.", examples=["evt-0123456789"])
    transaction_id: TransactionId = Field(
        description="The payment service's own id of the attempt to pay; money under a second one is a second charge.",
        examples=["4200002026010212345678901"],
    )
    order_id: OrderNumber = Field(examples=[NUMBER])
    status: Reported
    amount: Fen = Field(description="Amount in yuan that was paid, or should have been.")


class NotificationOut(BaseModel):
    """Confirms that a notification was received."""

    event_id: str = Field(examples=["evt-0123456789"])
    applied: bool = Field(examples=[True], description="False if it is a repeat, or came too late to change anything.")
