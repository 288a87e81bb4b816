"""Amounts: yuan in plain decimal notation on the wire, whole fen inside. Nothing is rounded, and no amount becomes a float."""

import json
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, WithJsonSchema

MOST_FEN = 10**15  # more than an order can cost, and less than a double keeps exactly to the fen
FEN = Decimal("0.01")


def to_fen(value: Any) -> int:
    """Fen of a JSON number, which is an int or a Decimal here; raises `ValueError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("an amount is a number in plain decimal notation")  # noqa: TRY004 - pydantic takes it for a bad value
    if not FEN <= value <= MOST_FEN // 100:
        raise ValueError(f"an amount is from 0.01 to {MOST_FEN // 100} yuan")
    if len(str(value).partition(".")[2]) > 2:
        raise ValueError("an amount has at most two decimals")
    return int(Decimal(value).scaleb(2))


def to_yuan(fen: int) -> float:
    """The double nearest to the amount, which is written with two decimals at most."""
    return fen / 100


Schema = {"type": "number", "minimum": 0.01, "maximum": MOST_FEN // 100, "multipleOf": 0.01}
Fen = Annotated[int, BeforeValidator(to_fen), WithJsonSchema({**Schema, "examples": [198]})]


class ExactNumbers(BaseModel):
    """A body whose numbers are read as they stand in the text: 0.1 is a tenth, and 0.10000000000000001 is not."""

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        return cls.model_validate(json.loads(json_data, parse_float=exact), **options)


def exact(literal: str) -> Decimal | float:
    """The number itself if it is in plain decimal notation. One with an exponent is a float, so no amount; it may be out of any range."""
    return float(literal) if "e" in literal.lower() else Decimal(literal)
