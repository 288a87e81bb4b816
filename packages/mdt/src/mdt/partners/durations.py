"""A duration in a request or an option of a partner: "15s", "5m" or seconds; checked when it is read."""

from typing import Annotated

from pydantic import AfterValidator

from mdt.engine.durations import seconds


def _checked(value: str | float) -> str | float:
    if value != "":
        seconds(value)
    return value


Duration = Annotated[str | float, AfterValidator(_checked)]
