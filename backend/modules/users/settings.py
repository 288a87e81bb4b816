"""What happens to a phone number that two users prove to be theirs."""

from typing import Literal

from pydantic import Field

from backend.core.settings import Settings, current_as


class UserSettings(Settings):
    """Core's settings with those of this module."""

    phone_conflict: Literal["refuse", "move"] = Field(
        "refuse",
        description="When a phone number is another user's: refuse answers 409; move takes it from that user, for numbers that operators give out again.",
    )


SETTINGS = UserSettings


def current() -> UserSettings:
    """The settings of the running application."""
    return current_as(UserSettings)
