"""Requests are read when somebody asks, and never raise."""

import pytest

from mdt.engine.messages import MISSING, Chunk, Reply, Request


def request(body: bytes = b"", query: str = "", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "http://shop.internal/x", "shop.internal", "/x", query, named, body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\xff", b"[" * 100_000, b"nope"])
def test_a_body_that_is_no_json_is_missing(body):
    assert request(body).json is MISSING


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a":1}', {"a": 1}), (b"null", None), (b"0", 0), (b'"\xe4\xb8\xad"', "中")]
)
def test_a_body_that_is_json_is_its_value(body, value):
    assert request(body).json == value


def test_json_is_read_once():
    asked = request(b'{"a": []}')

    assert asked.json is asked.json


def test_missing_is_false_and_says_its_name():
    assert not MISSING
    assert repr(MISSING) == "MISSING"


def test_query_values_are_lists_and_empty_ones_are_kept():
    assert request(query="a=1&a=2&b=&c=%E4%B8%AD").args == {"a": ["1", "2"], "b": [""], "c": ["中"]}


def test_a_urlencoded_form_is_read_whatever_the_case_and_the_charset():
    asked = request(b"a=1&b=x+y", content_type="Application/X-WWW-Form-Urlencoded; charset=utf-8")

    assert asked.form == {"a": ["1"], "b": ["x y"]}


def test_a_multipart_form_gives_fields_and_files_as_text():
    body = (
        b'--b\r\ncontent-disposition: form-data; name="kind"\r\n\r\ninvoice\r\n'
        b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n'
    )

    assert request(body, content_type="multipart/form-data; boundary=b").form == {
        "kind": ["invoice"],
        "file": ["hello"],
    }


@pytest.mark.parametrize("content_type", ["multipart/form-data", "application/json", "multipart/form-data; boundary=x"])
def test_what_is_no_form_has_no_fields(content_type):
    assert request(b"a=1", content_type=content_type).form == {}


def test_a_form_is_read_once():
    asked = request(b"a=1", content_type="application/x-www-form-urlencoded")

    assert asked.form is asked.form


def test_a_part_without_a_name_is_no_field():
    body = b"--b\r\ncontent-type: text/plain\r\n\r\nnobody\r\n--b--\r\n"

    assert request(body, content_type="multipart/form-data; boundary=b").form == {}


CHARSETS = {  # content type: the body of "é中" or "é", and what is read
    "text/plain; charset=utf-8": ("é中".encode(), "é中"),
    "text/plain": ("é中".encode(), "é中"),
    "text/plain; charset=ISO-8859-1": (b"\xe9", "é"),
    'text/plain; charset="gb18030"; x=y': ("é中".encode("gb18030"), "é中"),
    "text/plain;charset=utf-16": ("é中".encode("utf-16"), "é中"),
    "text/plain; charset=nobody-knows": (b"a", "a"),
    "text/plain; charset=base64": (b"YQ==", "YQ=="),
    "text/plain; charset=unicode_escape": (b"\\x41", "\\x41"),
}


def test_text_json_and_forms_are_read_in_the_charset_of_the_content_type():
    for content_type, (body, text) in CHARSETS.items():
        assert request(body, content_type=content_type).text == text, content_type
    latin = "charset=latin-1"
    assert request(b'{"a": "\xe9"}', content_type=f"application/json; {latin}").json == {"a": "é"}
    form = request(b"a=\xe9&b=%E9", content_type=f"application/x-www-form-urlencoded; {latin}")
    assert form.form == {"a": ["é"], "b": ["é"]}
    part = b'--b\r\ncontent-disposition: form-data; name="a"\r\ncontent-type: text/plain; charset=latin-1\r\n\r\n\xe9\r\n--b--\r\n'
    assert request(part, content_type="multipart/form-data; boundary=b").form == {"a": ["é"]}


def test_text_replaces_bytes_that_are_none():
    assert request(b"a\xff").text == "a�"


def test_the_content_of_a_reply_is_whole_whichever_way_it_is_sent():
    assert Reply(body=b"abc").content() == b"abc"
    assert Reply(chunks=(Chunk(0, b"a"), Chunk(1, b"bc"))).content() == b"abc"
