"""Types that schemas share: text without control characters, text that is not blank, web addresses, whole numbers, flags.

What they refuse is what the OpenAPI document says, to the letter. Limits of length may be added to those of text.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

CONTROL = r"\x00-\x1f\x7f-\x9f"  # Unicode's category Cc

Text = Annotated[str, StringConstraints(pattern=rf"^[^{CONTROL}]*$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=rf"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$")]
WebUrl = Annotated[
    str,
    StringConstraints(max_length=500, pattern=rf"^https://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?(/[^\s{CONTROL}]*)?$"),
]


def _without_fraction(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is an integer (JSON Schema 2020-12 validation, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


LARGEST = 2**53 - 1  # what every JSON reader keeps exactly (RFC 8259 section 6)
Whole = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST), BeforeValidator(_without_fraction)]
Flag = Annotated[bool, Field(strict=True)]


def without_default(schema: dict[str, Any]) -> None:
    """For a field that stays as it is when it is left out: `Field("", json_schema_extra=without_default)` documents none."""
    schema.pop("default")
