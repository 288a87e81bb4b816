"""Types that schemas share: text without control characters, text of which something is seen, web addresses, whole numbers, moments, flags.
Dates and decimal numbers are in `exact_values.py`.

They accept exactly what the OpenAPI document says. Add limits of length to those of text where you need them.
"""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)

from backend.core.numbers import NUMERAL

# Unicode's category Cc, and what changes the direction of the text around it (UTR 36 section 3.7)
CONTROL = r"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# characters without a mark of their own (Unicode's Default_Ignorable_Code_Point and some more); some join or shape their neighbours
# (emoji, Persian, flags), so they pass beside visible ones. Those behind U+FFFF are no escapes: Python and Rust write these differently.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SEEN = rf"[^{CONTROL}]*[^\s{INVISIBLE}{CONTROL}][^{CONTROL}]*"  # text without control characters of which something is seen


NOT_IN_LINES = rf"\x00-\x08\x0b\x0c\x0e-\x1f{CONTROL.removeprefix(r'\x00-\x1f')}"  # CONTROL without tab, line feed, carriage return

Text = Annotated[str, StringConstraints(pattern=rf"^[^{CONTROL}]*$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=rf"^{SEEN}$")]
LineOrEmpty = Annotated[str, StringConstraints(pattern=rf"^({SEEN})?$")]
WebUrl = Annotated[
    str,
    StringConstraints(max_length=500, pattern=rf"^https://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?(/[^\s{CONTROL}]*)?$"),
]


def composed(value: str) -> str:
    """The text in NFC, so that what looks the same is the same (UAX 15); put `AfterValidator(composed)` behind the limits.

    The few texts that NFC makes longer stay as they are, for their length has been checked.
    """
    found = unicodedata.normalize("NFC", value)
    return found if len(found) <= len(value) else value


def trimmed(value: str) -> str:
    """`composed`, without white space at either end."""
    return composed(value).strip()


Short = Annotated[Line, StringConstraints(max_length=200), AfterValidator(composed)]
Search = Annotated[Text, StringConstraints(min_length=1, max_length=64), AfterValidator(composed)]  # what `q` looks for
LongText = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=10_000,
        pattern=rf"^[^{NOT_IN_LINES}]*[^\s{INVISIBLE}{CONTROL}][^{NOT_IN_LINES}]*$",
    ),
    AfterValidator(composed),
]


def _without_fraction(value: Any, info: ValidationInfo) -> Any:
    """JSON knows one kind of number: 5.0 is an integer (JSON Schema 2020-12 validation, section 6.1.1).

    A double that became whole by rounding is none; the context says which did (`numbers.rounded`).
    """
    if not isinstance(value, float) or not value.is_integer():
        return value
    if value in (info.context or ()):
        raise ValueError("a whole number has no fraction")
    return int(value)


LARGEST = 2**53 - 1  # what every JSON reader keeps exactly (RFC 8259 section 6)
Whole = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST), BeforeValidator(_without_fraction)]


def _text_of_a_moment(value: Any) -> Any:
    if not isinstance(value, str) or NUMERAL.fullmatch(value) or len(value) > LONGEST_MOMENT:
        raise ValueError("a moment is text such as 2026-01-02T03:04:05Z")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("no such moment in UTC") from None


LONGEST_MOMENT = 40  # characters
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_text_of_a_moment),
    AfterValidator(_in_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": LONGEST_MOMENT}),
]
Id = Annotated[int, Field(strict=True, ge=1, lt=10**18), BeforeValidator(_without_fraction)]  # of a record
Flag = Annotated[bool, Field(strict=True)]


def without_default(schema: dict[str, Any]) -> None:
    """For a field of a patch that may be left out: `Field("", json_schema_extra=without_default)` documents none."""
    schema.pop("default")
