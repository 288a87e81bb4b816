"""JSON is read strictly: what two parsers could read differently is refused with 400, and the reason is said."""

import pytest

from backend.core.errors import BadRequestError
from backend.core.web.json_input import check_json, check_text
from tests.framework.tables import table

BROKEN = "The request body is not valid JSON in UTF-8."
EMPTY = "The request body is empty; send a JSON object."
TWICE = "The request body names a member twice."
NUL = "The request body carries a NUL character."
LARGE = "The request body carries a number that is too large."

REFUSED = {
    "empty": (b"", EMPTY),
    "blank": (b" \r\n\t ", EMPTY),
    "cut off": (b'{"a": 1', BROKEN),
    "two documents": (b"{}{}", BROKEN),
    "comment": (b"{} // comment", BROKEN),
    "trailing comma": (b"[1,]", BROKEN),
    "single quotes": (b"{'a': 1}", BROKEN),
    "100,000 brackets deep": (b"[" * 100_000 + b"]" * 100_000, BROKEN),
    "100,000 braces deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, BROKEN),
    "unclosed and 100,000 deep": (b"[" * 100_000, BROKEN),
    "number of 5,000 digits": (b"1" * 5000, BROKEN),
    "1e999": (b'{"a": 1e999}', LARGE),
    "-1e999": (b'{"a": [-1e999]}', LARGE),
    "NaN": (b'{"a": NaN}', "The request body carries NaN, which is not JSON."),
    "Infinity": (b"Infinity", "The request body carries Infinity, which is not JSON."),
    "-Infinity": (b"[-Infinity]", "The request body carries -Infinity, which is not JSON."),
    "duplicate name": (b'{"amount": 1, "amount": 2}', TWICE),
    "duplicate name, nested": (b'{"a": [{"b": {"c": 1, "c": 1}}]}', TWICE),
    "duplicate name, one of them escaped": (rb'{"a": 1, "\u0061": 2}', TWICE),
    "lone surrogate, escaped": (rb'{"a": "\ud800"}', BROKEN),
    "lone low surrogate, escaped": (rb'{"a": "x\udc00x"}', BROKEN),
    "lone surrogate in a name": (rb'{"\udfff": 1}', BROKEN),
    "lone surrogate, raw": (b'{"a": "\xed\xa0\x80"}', BROKEN),
    "NUL, escaped": (rb'{"a": "\u0000"}', NUL),
    "NUL in a name": (rb'{"a\u0000": 1}', NUL),
    "NUL after an escaped backslash": (rb'{"a": "\\\u0000"}', NUL),
    "NUL, raw": (b'{"a": "\x00"}', BROKEN),
    "line break inside a text": (b'{"a": "x\ny"}', BROKEN),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), BROKEN),
    "UTF-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), BROKEN),
    "UTF-32": ('{"a": 1}'.encode("utf-32"), BROKEN),
    "byte order mark": (b"\xef\xbb\xbf{}", BROKEN),
    "Latin-1": ('{"a": "é"}'.encode("latin-1"), BROKEN),
    "overlong encoding": (b'{"a": "\xc0\xaf"}', BROKEN),
}

ACCEPTED = {
    "object": b'{"a": 1, "b": [true, null, -0.5e-3]}',
    "not an object: that is the schema's business": b"[1, 2]",
    "the same name in different objects": b'{"a": {"a": 1}, "b": {"a": 1}}',
    "spaces around": b" \n{}\t",
    "Chinese, raw": '{"名": "小明"}'.encode(),
    "surrogate pair, escaped": rb'{"a": "\ud83d\ude00"}',
    "escaped backslash followed by u0000": rb'{"a": "\\u0000"}',
    "escaped backslashes followed by u0000": rb'{"a": "\\\\u0000 \u0041"}',
    "escaped control characters other than NUL": rb'{"a": "\u0001\n"}',
    "the largest double": b"1.7976931348623157e308",
    "number of 4,000 digits: an integer all the same": b"1" * 4000,
}


@table("raw, message", REFUSED)
def test_what_parsers_disagree_on_is_refused(raw, message):
    with pytest.raises(BadRequestError) as caught:
        check_json(raw)

    assert caught.value.msg == message


@table("raw", ACCEPTED)
def test_what_parsers_agree_on_passes(raw):
    assert check_json(raw) is None


def test_text_of_a_query_string_must_not_carry_nul():
    with pytest.raises(BadRequestError, match="NUL"):
        check_text("a\x00b")


@table("text", ["", "小明", "a\nb"])
def test_other_text_of_a_query_string_passes(text):
    assert check_text(text) is None
