"""How a payment waits for the database, and how its notifications are signed and sent."""

from typing import Annotated, Any, override

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from backend.core.settings import Seconds, current_as
from backend.core.settings_checks import HOW_TO_MAKE_ONE, MIN_SECRET_BYTES, is_weak
from backend.modules.orders.settings import OrderSettings

WEAK = (
    f"PAYMENT_WEBHOOK_SECRET: shorter than {MIN_SECRET_BYTES} bytes or a placeholder; leave it empty to refuse every "
    f"payment notification, or {HOW_TO_MAKE_ONE}"
)
WEAK_PREVIOUS = (
    f"PAYMENT_WEBHOOK_PREVIOUS_SECRETS: one is shorter than {MIN_SECRET_BYTES} bytes or a placeholder; take it out"
)
NO_CURRENT = (
    "PAYMENT_WEBHOOK_PREVIOUS_SECRETS is set without PAYMENT_WEBHOOK_SECRET; set the current one, or empty both to refuse "
    "every payment notification"
)
SAME = "PAYMENT_WEBHOOK_PREVIOUS_SECRETS has the value of PAYMENT_WEBHOOK_SECRET; keep only earlier ones there"


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
    payment_webhook_previous_secrets: Annotated[list[SecretStr], NoDecode] = Field(
        [],
        description="Earlier values of PAYMENT_WEBHOOK_SECRET that are still accepted, comma separated, while the payment "
        "service changes to the new one.",
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

    @field_validator("payment_webhook_previous_secrets", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def webhook_secrets(self) -> list[str]:
        """Every secret that signs notifications, the current one first; none if there is no current one."""
        previous = [secret.get_secret_value() for secret in self.payment_webhook_previous_secrets]
        current = self.payment_webhook_secret.get_secret_value()
        return [current, *previous] if current else []

    @override
    def problems(self) -> list[str]:
        current, previous = self.payment_webhook_secret, self.payment_webhook_previous_secrets
        checks = {
            WEAK: self.production and is_weak(current.get_secret_value()),
            WEAK_PREVIOUS: self.production and any(is_weak(secret.get_secret_value()) for secret in previous),
            NO_CURRENT: bool(previous) and not current.get_secret_value(),
            SAME: current in previous,
        }
        return [*super().problems(), *(problem for problem, there in checks.items() if there)]


SETTINGS = PaymentSettings


def current() -> PaymentSettings:
    """The settings of the running application."""
    return current_as(PaymentSettings)
