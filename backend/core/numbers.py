"""Whole numbers: in a query digits alone; in JSON nothing that becomes whole by rounding."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

NUMERAL = re.compile(r"0|-?[1-9][0-9]{0,18}")
FRACTION = re.compile(rb"(?<![0-9])-?[0-9]++(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?|[eE][+-]?[0-9]++)")


def _numeral(value: Any) -> Any:
    """int() takes more than one way to write a number: ' 1', '+1', '1_0', '1.0'."""
    if isinstance(value, str) and not NUMERAL.fullmatch(value):
        raise ValueError("a whole number is written in digits alone")
    return value


Numeral = Annotated[int, BeforeValidator(_numeral)]  # give it bounds
IdNumeral = Annotated[int, Field(ge=1, le=10**18 - 1), BeforeValidator(_numeral)]  # the id of a record


def rounded(raw: bytes) -> frozenset[float]:
    """The doubles in a JSON text that are whole although what is written is not, such as 1.99999999999999999999 or 1e-400."""
    return frozenset(float(literal) for literal in FRACTION.findall(raw) if _becomes_whole(literal.decode()))


def _becomes_whole(literal: str) -> bool:
    number = float(literal)
    try:
        return number.is_integer() and Decimal(literal) != Decimal(number)
    except InvalidOperation:  # an exponent beyond all limits
        return True
