"""How a payment waits for the database, and how its notifications are signed and sent."""

from typing import override

from pydantic import Field, SecretStr

from backend.core.settings import Seconds, current_as
from backend.core.settings_checks import HOW_TO_MAKE_ONE, MIN_SECRET_BYTES, is_weak
from backend.modules.orders.settings import OrderSettings

WEAK = (
    f"PAYMENT_WEBHOOK_SECRET: shorter than {MIN_SECRET_BYTES} bytes or a placeholder; leave it empty to refuse every "
    f"payment notification, or {HOW_TO_MAKE_ONE}"
)


class PaymentSettings(OrderSettings):
    """Core's settings with those of this module, and of orders, whose notification service it uses."""

    payment_retry_attempts: int = Field(
        3,
        ge=1,
        le=10,
        description="How often a payment is tried while the database is interrupted, the first try included.",
    )
    payment_retry_delay: Seconds = Field(
        2, description="Seconds between two tries. A payment waits for the database no longer than all these together."
    )
    payment_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Key of the signatures of payment notifications, at least 32 bytes, shared with the payment service; "
        "empty refuses every notification.",
    )
    payment_webhook_tolerance: int = Field(
        300, ge=1, le=3600, description="Seconds by which the time of a payment notification may differ from ours."
    )
    outbox_attempts: int = Field(
        20,
        ge=1,
        le=1000,
        description="How often a notification about a payment is tried before it is given up as dead.",
    )

    @override
    def problems(self) -> list[str]:
        weak = self.production and is_weak(self.payment_webhook_secret.get_secret_value())
        return [*super().problems(), *([WEAK] if weak else [])]


SETTINGS = PaymentSettings


def current() -> PaymentSettings:
    """The settings of the running application."""
    return current_as(PaymentSettings)
