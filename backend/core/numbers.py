"""Whole numbers that come as text, in a query: written in one way, in digits."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

NUMERAL = re.compile(r"0|-?[1-9][0-9]{0,18}")


def _numeral(value: Any) -> Any:
    """int() takes more than one way to write a number: ' 1', '+1', '1_0', '1.0'."""
    if isinstance(value, str) and not NUMERAL.fullmatch(value):
        raise ValueError("a whole number is written in digits alone")
    return value


Numeral = Annotated[int, BeforeValidator(_numeral)]  # give it bounds
IdNumeral = Annotated[int, Field(ge=1, le=10**18 - 1), BeforeValidator(_numeral)]  # the id of a record
