"""Masking: secrets are known by the name of their field or by their look, wherever they are put."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from backend.core.observability.masking import MASK, MAX_DEPTH, mask, mask_text
from tests.framework.tables import table, words

SECRET = "pLaNtEd0123456789"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
NAMES = words("""
    Authorization cookie Set-Cookie app_secret WECHAT_APP_SECRET password passwd mysql_password access_token
    refreshToken session_key sessionkey js_code jscode api_key apiKey signature encryptedData credentials code phone
    purePhoneNumber openid unionid
""")
LOOKS = [
    "Authorization: Bearer {}",
    "bearer {}",
    "GET /sns/jscode2session?appid=wx1&secret={}&grant_type=x",
    "https://api.example/x?access_token={}",
    "https://api.example/x?a=b&js_code={}&c=d",
    "mysql+pymysql://app:{}@db.example:3306/shop",
    "redis://:{}@cache.example:6379/0",
    '{{"session_key": "{}"}}',
    '{{"refresh_token":"{}"}}',
    "{{'password': '{}'}}",
    "User(name='x', password='{}')",
    "password = {}",
    "PASSWORD:{}",
    "Authorization: Basic {}",
    "WECHAT_APP_SECRET={}",
    "https://bucket.example/file?X-Amz-Signature={}&x=1",
    "x-api-key: {}",
    "https://qyapi.example/cgi-bin/send?api_key={}",
    "{{'metrics_token': '{}'}}",
    "csrf-token={}; path=/",
    "pwd={}",
    "Authorization: {}",
    "{{'Authorization': 'token {}'}}",
    'Proxy-Authorization: Digest username="u", response="{}"',
    "Cookie: session={}; theme=dark",
    'Set-Cookie: sid="{}"; Path=/',
    '{{"body": "{{\\"access_token\\":\\"{}\\"}}"}}',
    'password: "correct horse {}"',
    "password='it\\'s {}'",
    "{{'password': b'{}'}}",
    'secrets=["one", "{}"]',
    "access_token => {}",
    "https://a.example/?next=%2Fx%3Faccess_token%3D{}%26y",
    "https://a.example/callback?state=1&code={}",
    "https://a.example/pay?a=b&sign={}&c=d",
    "<access_token>{}</access_token>",
    "<openid><![CDATA[{}]]></openid>",
    "unionid={}",
    "purePhoneNumber: {}",
    "-----BEGIN RSA PRIVATE KEY-----\nMII\n{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n{}\ncut off",
    "(1062, \"Duplicate entry '{}' for key 'uq_users_phone'\")",
    "DETAIL:  Key (phone)=({}) already exists.",
]
HARMLESS = [
    "",
    "short",
    "GET /api/v1/users/me",
    "error code 40029 of WeChat",
    "https://example.com/a@b",
    "time 12:30:45",
    "Bearer",
    "eyJ is how tokens begin",
    "Deadlock found when trying to get lock",
    "the phone number is taken",
    "https://example.com/?code",
    "-----BEGIN CERTIFICATE-----",
]


@dataclass
class Record:
    name: str
    password: str


@dataclass(slots=True)
class Slotted:
    openid: str


class Schema(BaseModel):
    name: str
    refresh_token: str


class Plain:
    def __repr__(self) -> str:
        return f"<Plain password={SECRET}>"


class TestNames:
    @pytest.mark.parametrize("value", [SECRET, 13800138000, [SECRET], {"a": SECRET}, None])
    @table("name", NAMES)
    def test_the_value_of_a_secret_name_is_masked(self, name, value):
        assert mask({name: value}) == {name: MASK}

    @table("name", ["name", "errcode", "status_code", "codec", "barcode", "key", "id"])
    def test_other_names_are_not(self, name):
        assert mask({name: "value"}) == {name: "value"}

    @table(
        "value",
        [
            [{"password": SECRET}],
            ({"password": SECRET},),
            {"a": {"b": [{"password": SECRET}]}},
            OrderedDict(password=SECRET),
            {b"password": SECRET},
            Record("x", SECRET),
            [Slotted(SECRET)],
            {"user": Schema(name="x", refresh_token=SECRET)},
            f"password={SECRET}".encode(),
            ValueError(f"password={SECRET}"),
            Plain(),
            {f"password={SECRET}"},
            frozenset({f"password={SECRET}"}),
        ],
    )
    def test_deep_inside_in_records_and_as_objects_would_be_printed(self, value):
        assert SECRET not in repr(mask(value))


class TestLooks:
    @table("look", LOOKS)
    def test_a_secret_inside_a_text_is_masked(self, look):
        masked = mask_text(look.format(SECRET))

        assert SECRET not in masked
        assert MASK in masked

    @table("text", [TOKEN, f"token {TOKEN} refused", f"{TOKEN},{TOKEN}"])
    def test_a_jwt_is_masked_wherever_it_stands(self, text):
        assert "eyJ" not in mask_text(text)

    @table("text", HARMLESS)
    def test_harmless_text_stays_as_it_is(self, text):
        assert mask_text(text) == text

    def test_what_is_around_a_secret_stays(self):
        assert mask_text("https://a.example/x?secret=abc&grant=y") == f"https://a.example/x?secret={MASK}&grant=y"


class TestValues:
    @table("value", [None, True, 0, -1.5, date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC), UUID(int=7)])
    def test_plain_values_stay_at_any_depth(self, value):
        assert mask(value, 0) is mask(value, MAX_DEPTH + 5) is value

    def test_containers_are_copied(self):
        inner = ["x"]
        value = {"a": inner, "b": ("y",), "c": {"z"}}

        masked = mask(value)

        assert masked == {"a": ["x"], "b": ["y"], "c": ["z"]}
        assert masked["a"] is not inner

    def test_what_is_too_deep_is_cut_off(self):
        value: Any = SECRET
        for _ in range(MAX_DEPTH + 2):
            value = [value]

        assert repr(mask(value)).count("[") == MAX_DEPTH + 1
        assert SECRET not in repr(mask(value))

    def test_what_contains_itself_ends(self):
        endless: list[Any] = []
        endless.append(endless)

        assert "..." in repr(mask(endless))

    def test_a_class_is_not_a_record(self):
        assert mask(Record) == repr(Record)

    def test_names_become_text(self):
        assert mask({1: "a", (2, 3): "b", None: "c"}) == {"1": "a", "(2, 3)": "b", "None": "c"}
