"""Secrets never get into a recording, wherever they stand, and the same secret has the same pseudonym everywhere."""

import base64
import json

import pytest

from mdt.engine.catalog import RecordingSettings
from mdt.recording.detectors import china_id, find, luhn
from mdt.recording.model import RecordedAnswer, RecordedCall, RecordedRequest
from mdt.recording.pseudonyms import Pseudonyms
from mdt.recording.redaction import Redactor

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.sflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
KEY = "sk-live0000aaaa1111bbbb2222"
RANDOM = "q8Zr3LfT0xVb7NcKp2Yw9HsDg5Mj"
PRIVATE = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


def call(path="/", *, headers=(), body=None, answered=(), answer=None):
    request = RecordedRequest("POST", path, tuple(headers), body or {})
    return RecordedCall("2025-01-27T10:30:00Z", request, RecordedAnswer(200, tuple(answered), answer or {}))


def b64(text):
    return base64.b64encode(text.encode()).decode()


HIDDEN = {  # where a secret stands, and the secret
    "json key": (call(body={"json": {"user": {"password": "hunter22"}}}), "hunter22"),
    "json list below a key": (call(body={"json": {"access_tokens": ["first-one", "x"]}}), "first-one"),
    "json below a key": (call(body={"json": {"credentials": {"user": "bob", "word": "swordfish"}}}), "swordfish"),
    "json number": (call(body={"json": {"phone": 13912345678}}), "13912345678"),
    "json text in json": (call(body={"json": {"payload": json.dumps({"pwd": "hunter22"})}}), "hunter22"),
    "json key itself": (call(body={"json": {"13912345678": 1}}), "13912345678"),
    "base64 of json": (call(body={"json": {"data": b64('{"password": "hunter22"}')}}), b64('{"password": "hunter22"}')),
    "base64 of text": (call(body={"json": {"data": b64(f"key {KEY} here")}}), b64(f"key {KEY} here")),
    "path": (call("/users/13912345678"), "13912345678"),
    "encoded path": (call("/users/bob%40corp.cn"), "bob%40corp.cn"),
    "query key": (call("/?access_token=abcdef&page=2"), "abcdef"),
    "query value": (call(f"/?q={JWT}"), JWT),
    "bearer": (call(headers=[("authorization", "Bearer abcdefgh")]), "abcdefgh"),
    "basic": (call(headers=[("authorization", "Basic Ym9iOnB3")]), "Ym9iOnB3"),
    "api key": (call(headers=[("x-api-key", "plain")]), "plain"),
    "cookie": (call(headers=[("cookie", "a=1; sid=swordfish")]), "swordfish"),
    "set-cookie": (call(answered=[("set-cookie", "sid=swordfish; Path=/")]), "swordfish"),
    "header that is not listed": (call(headers=[("x-customer", "swordfish")]), "swordfish"),
    "location": (call(answered=[("location", "https://a.b/?code=1#access_token=swordfish")]), "swordfish"),
    "user in a url": (call(body={"json": {"db": "mysql://root:hunter22@db/x"}}), "hunter22"),
    "form": (call(body={"form": {"password": ["a", "hunter22"]}}), "hunter22"),
    "multipart field": (call(body={"multipart": [{"name": "password", "text": "hunter22"}]}), "hunter22"),
    "multipart file": (call(body={"multipart": [{"name": "f", "text": f"k={KEY}"}]}), KEY),
    "xml element": (call(body={"text": "<xml><openid>o6_bmj</openid></xml>"}), "o6_bmj"),
    "xml cdata": (call(answer={"text": "<xml><sign><![CDATA[C380BE]]></sign></xml>"}), "C380BE"),
    "xml attribute": (call(answer={"text": '<login password="hunter22"/>'}), "hunter22"),
    "text": (call(answer={"text": f"your key is {KEY}."}), KEY),
    "text that is json": (call(answer={"text": '{"token": "abc", "token": "abc"}'}), "abc"),
    "binary": (call(answer={"base64": base64.b64encode(b"\0\xff" + KEY.encode()).decode()}), b64(KEY)[4:20]),
    "event": (call(answer={"sse": [{"data": {"delta": {"token": "abcdefgh"}}}, {"data": f"x {JWT}"}]}), JWT),
    "private key": (call(answer={"json": {"pem": PRIVATE}}), "MIIEow"),
    "jwt": (call(answer={"json": {"value": JWT}}), JWT),
    "random": (call(answer={"json": {"value": RANDOM}}), RANDOM),
    "card": (call(answer={"json": {"note": "4012 8888 8888 1881"}}), "8888"),
    "identity": (call(answer={"json": {"note": "ID 11010519491231002X"}}), "11010519491231002X"),
    "phone": (call(answer={"json": {"note": "+44 20 7946 0958"}}), "7946"),
    "mail": (call(answer={"json": {"note": "ask bob@corp.cn"}}), "bob@corp.cn"),
}


@pytest.mark.parametrize("place", HIDDEN)
def test_a_secret_is_replaced_where_it_stands(place):
    given, secret = HIDDEN[place]
    assert secret in repr(given) or place == "binary"

    redacted = repr(Redactor().call(given))

    assert secret not in redacted
    assert (
        place == "header that is not listed"
        or "redacted-" in redacted
        or "10000000001" in redacted
        or place == "binary"
    )


HARMLESS = [
    *("Paid in full", "2025-01-27T10:30:00Z", "1732700000000", "ord-2024-000123", "P100234", "1.2.3.4", "b2c3d4"),
    *("123e4567-e89b-12d3-a456-426614174000", "d41d8cd98f00b204e9800998ecf8427e", "wx1234567890abcdef"),
    *("/assets/img/LogoVersion2Large.png", "getInventoryByProductIdentifier", "4012888888881882", "110105194912310021"),
    *("application/vnd.api+json; charset=utf-8", "Bearer authentication", "Basic plan"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text):
    given = call(body={"json": {"value": text, "tokenType": "Bearer", "passwordSet": True, "email": None, "phone": ""}})
    assert Redactor().call(given) == given


def test_a_token_keeps_its_pseudonym_from_the_answer_to_the_next_request():
    redactor = Redactor()
    login = redactor.call(call("/login", answer={"json": {"access_token": "abcdefgh1"}}))
    used = redactor.call(call("/me?t=abcdefgh1", headers=[("authorization", "Bearer abcdefgh1")]))

    assert login.answer.body == {"json": {"access_token": "redacted-token-1"}}
    assert used.request.path == "/me?t=redacted-token-1"
    assert used.request.headers == (("authorization", "Bearer redacted-token-1"),)


def test_what_the_answer_shows_to_be_a_secret_is_replaced_in_the_request_too():
    redacted = Redactor().call(call("/users/o6bmjrPTlm6", answer={"json": {"openid": "o6bmjrPTlm6"}}))
    assert redacted.request.path == "/users/redacted-openid-1"


def test_pseudonyms_are_not_replaced_again_and_numbers_stay_numbers():
    names = Pseudonyms()
    once = Redactor(names=names).call(call(body={"json": {"phone": 13912345678, "pin": 4711, "mail": "a@b.cn"}}))

    assert once.request.body["json"] == {"phone": 10000000001, "pin": 1001, "mail": "redacted-email-1@example.com"}
    assert Redactor(names=names).call(once) == once
    assert names.counts == {"phone": 1, "password": 1, "email": 1}


def test_settings_add_headers_keys_patterns_and_exceptions():
    settings = RecordingSettings(
        ("x-trace-*",), (("customer_no", "customer"),), (("contract", r"C-\d{4}"),), ("^bob@",)
    )
    body = {"json": {"customerNo": "77", "note": "see C-1234", "mail": "bob@corp.cn", "other": "eve@corp.cn"}}
    redacted = Redactor(settings).call(call(headers=[("x-trace-id", "7")], body=body))

    assert redacted.request.headers == (("x-trace-id", "7"),)
    assert redacted.request.body["json"] == {
        "customerNo": "redacted-customer-1",
        "note": "see redacted-contract-1",
        "mail": "bob@corp.cn",
        "other": "redacted-email-1@example.com",
    }


def test_headers_that_are_left_out_are_counted():
    redactor = Redactor()
    redactor.call(call(headers=[("x-a", "1"), ("accept", "*/*")], answered=[("x-a", "2"), ("server", "nginx")]))
    assert redactor.left_out == {"x-a": 2, "server": 1}


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "6212345678900000003"])
def test_luhn(number):
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert (luhn(number), luhn(wrong), luhn("0" * 16)) == (True, False, False)


def test_the_check_digit_and_the_birthday_of_an_identity_number():
    assert china_id("11010519491231002X")
    assert not china_id("110105194912310020")
    assert not china_id("110105194913310023")


def test_findings_do_not_overlap():
    text = f"Bearer {JWT} bob@corp.cn"
    assert [text[one.start : one.end] for one in find(text)] == [JWT, "bob@corp.cn"]
