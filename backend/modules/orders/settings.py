"""Addresses of the services that an order needs."""

from pydantic import Field

from backend.core.settings import Address, Settings, current_as


class OrderSettings(Settings):
    """Core's settings with those of this module."""

    inventory_url: Address = Field(
        "", description="Address of the inventory service, e.g. http://inventory:8080; empty: 503 where it is needed."
    )
    user_service_url: Address = Field(
        "", description="Address of the service that says what a user may do; empty: 503 where it is needed."
    )
    notification_url: Address = Field(
        "", description="Address of the notification service; empty: nobody is notified, as the log says."
    )


SETTINGS = OrderSettings


def current() -> OrderSettings:
    """The settings of the running application."""
    return current_as(OrderSettings)
