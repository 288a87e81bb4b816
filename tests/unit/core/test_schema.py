"""Schema types: text without control characters, addresses that a browser may open, numbers and flags that are such."""

from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from backend.core.numbers import IdNumeral, Numeral, rounded
from backend.core.web.schema import (
    LARGEST,
    Flag,
    Line,
    LineOrEmpty,
    Moment,
    Search,
    Text,
    WebUrl,
    Whole,
    trimmed,
    without_default,
)
from tests.framework.tables import table, words

NO_CONTROL = ("\x00", "\n", "\r", "\t", "\x1b", "\x1f", "\x7f", "\x85", "\x9b", "\u202e", "\u2066")
PASS = {
    Text: ["", "小明", "it's <b>fine</b>", "😀", "é"],
    WebUrl: [
        "https://example.com",
        "https://example.com/a.png?x=1#y",
        "https://thirdwx.qlogo.cn:443/mmopen/vi_32/0",
    ],
    Line: ["a", " a ", "小 明", "👨‍👩‍👧", "❤️", "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ﷺ", "שלום", "İi"],
}
REFUSED = {
    Text: [f"a{character}b" for character in NO_CONTROL],
    WebUrl: [
        "",
        "https://example.com/a b",
        "https://example.com\n",
        "https://example.com\njavascript:alert(1)",
        "https://example.com/" + "a" * 500,
        " https://example.com",
        *words("""
        http://example.com javascript:alert(1) data:text/html,x //example.com https:// https://user:pw@example.com
        https://example.com:123456
    """),
    ],
    Line: [
        "",
        " ",
        "\u2003",
        "\n",
        "a\nb",
        "\x00",
        "\u200b",
        "\u200d\u200d",
        "\ufeff \u2060",
        "\u200f",
        "\u3164",
        "\u00ad",
        "\ufe0f",
        "\ufff0",
        "\uffff",
        "\U0001d173",
        "\U000e0041\U000e0042",
        "\U000e0100",
        "x\u202ey",
    ],
    LineOrEmpty: [" ", "\u200b", "\U000e0041", "a\nb"],
}


@table("kind, text", [(kind, text) for kind, texts in PASS.items() for text in texts])
def test_text_that_can_be_read_passes(kind, text):
    assert TypeAdapter(kind).validate_python(text) == text


def test_text_that_may_be_left_empty_shows_something_if_it_is_not():
    assert [TypeAdapter(LineOrEmpty).validate_python(text) for text in ("", "小明")] == ["", "小明"]


def test_what_looks_the_same_is_looked_for_the_same():
    assert TypeAdapter(Search).validate_python("cafe\u0301") == "caf\u00e9"


def test_what_looks_the_same_is_stored_the_same():
    name = TypeAdapter(Annotated[Line, StringConstraints(max_length=6), AfterValidator(trimmed)])

    assert name.validate_python(" e\u0301 \u212b ") == "é Å"
    assert name.validate_python("\u0958" * 6) == "\u0958" * 6  # twice as long in NFC


@table("kind, text", [(kind, text) for kind, texts in REFUSED.items() for text in texts])
def test_other_text_is_refused(kind, text):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(text)

    if kind is Text:
        assert caught.value.errors()[0]["type"] == "string_pattern_mismatch"


@table("text, number", [("5", 5), ("5.0", 5), ("1e3", 1000), ("-0.0", 0), (str(LARGEST), LARGEST)])
def test_whole_numbers_pass_however_json_writes_them(text, number):
    found = TypeAdapter(Whole).validate_json(text)

    assert (found, type(found)) == (number, int)


@table("text", ["5.5", '"5"', "true", "null", str(LARGEST + 1), str(-LARGEST - 1), "1e300"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Whole).validate_json(text)


ROUNDED = [
    *words("1.99999999999999999999 -0.99999999999999999999 4503599627370497.3 1e-400 -1e-400 1e-99999999999999999999"),
    f"2.{'0' * 30}1",
    f"19{'9' * 30}e-31",
]


@table("text", ROUNDED)
def test_whole_number_is_not_made_by_rounding(text):
    raw = f'{{"a": [{text}]}}'.encode()

    assert rounded(raw) == {float(text)}
    with pytest.raises(ValidationError):
        TypeAdapter(dict[str, list[Whole]]).validate_json(raw, context=rounded(raw))


@table("text", words("5 -5 5.0 1e3 0.5e1 -0.0 0e-400 1.5 0.1 1e22 9007199254740992.0"))
def test_other_numbers_are_not_rounded(text):
    assert rounded(f"[{text}]".encode()) == frozenset()


@table("text", ["0", "-1", "20", "9" * 19])
def test_number_of_a_query_is_written_in_digits(text):
    assert TypeAdapter(Numeral).validate_python(text) == int(text)


@table("text", ["", "-0", "01", "+1", " 1", "1 ", "1\n", "1_0", "1.0", "1e0", "１", "٣", "9" * 20, "-"])
def test_number_that_is_written_in_another_way_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Numeral).validate_python(text)


@table("text", ["2026-01-02T03:04:05Z", "2026-01-02T11:04:05+08:00", "2026-01-02T03:04:05.000000+00:00"])
def test_moment_is_in_utc_wherever_it_was_written(text):
    found = TypeAdapter(Moment).validate_json(f'"{text}"')

    assert found.isoformat() == "2026-01-02T03:04:05+00:00"


@table("text", ['"9999-12-31T23:59:59-12:00"', '"0001-01-01T00:00:00+12:00"', '"2026-01-02T03:04:05"', '"1767323045"'])
def test_moment_that_is_none_in_utc_or_has_no_zone_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_json(text)


@table("text", ["1767323045", "1e12", "1e300", "-0", "true", "null"])
def test_number_is_no_moment(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_json(text)


def test_flag_is_true_or_false_and_nothing_like_it():
    assert TypeAdapter(Flag).validate_json("true") is True
    for text in ("1", '"true"', '"on"', "null"):
        with pytest.raises(ValidationError):
            TypeAdapter(Flag).validate_json(text)


def test_documented_whole_number_is_an_integer_with_its_limits():
    assert TypeAdapter(Whole).json_schema() == {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}


def test_field_without_default_is_documented_so_and_may_be_left_out():
    class Patch(BaseModel):
        name: Line = Field("", json_schema_extra=without_default)

    schema = Patch.model_json_schema()

    assert "default" not in schema["properties"]["name"]
    assert "required" not in schema
    assert Patch.model_validate_json("{}").model_dump(exclude_unset=True) == {}


def test_id_in_a_query_is_a_numeral_with_bounds_that_the_document_shows():
    kind = TypeAdapter(IdNumeral | None)

    assert kind.json_schema()["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
    assert kind.validate_python("7") == 7
    for refused in ("0", "-1", "+1", "1.0", " 1", str(10**18)):
        with pytest.raises(ValidationError):
            kind.validate_python(refused)
