"""What people paste: curl commands as people and browsers write them, and JSON."""

import json

import pytest

from mdt.drafts.draft import DraftError
from mdt.drafts.pasted import LONGEST, pasted

FORM = "application/x-www-form-urlencoded"
CURL = [
    ("curl http://shop.internal/a?x=1", "GET", "shop.internal", "/a?x=1", {}, ""),
    ("$ curl -s -L -k --compressed -i http://shop.internal", "GET", "shop.internal", "/", {}, ""),
    ("curl shop.internal:8080/a", "GET", "shop.internal:8080", "/a", {}, ""),
    ("curl -X DELETE 'https://u:p@Shop.Internal/a b'", "DELETE", "shop.internal", "/a b", {}, ""),
    ("curl -XPUT --url http://h/a -dx=1 -d y=2", "PUT", "h", "/a", {"content-type": FORM}, "x=1&y=2"),
    ("curl http://h/a -G -d x=1 --data-urlencode 'y=a b'", "GET", "h", "/a?x=1&y=a%20b", {"content-type": FORM}, ""),
    ("curl -I http://h/a", "HEAD", "h", "/a", {}, ""),
    ("curl http://h/a --json '{\"a\": 1}'", "POST", "h", "/a",
     {"content-type": "application/json", "accept": "application/json"}, '{"a": 1}'),
    ("curl 'http://h/a' \\\n  -H 'Content-Type: application/json' \\\r\n  -H 'X-Id:5' \\\n  --data-raw $'{\"a\":\"it\\'s \\u4e2d\\n\\x41\"}'",
     "POST", "h", "/a", {"content-type": "application/json", "x-id": "5"}, '{"a":"it\'s 中\nA"}'),
    ("curl --request=POST --header=a:b http://h/a -b 'c=d' -A me -u me:secret -o out --max-time 5 -w '%{http_code}'",
     "POST", "h", "/a", {"a": "b", "cookie": "c=d", "user-agent": "me"}, ""),
    ("curl http://h/a --data-raw '@home'", "POST", "h", "/a", {}, "@home"),
    ("curl.exe http://h/a", "GET", "h", "/a", {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "method", "host", "path", "headers", "body"), CURL)
def test_curl(text, method, host, path, headers, body) -> None:
    found = pasted(text)

    wanted = {"method": method, "host": host, "path": path, "headers": headers, "body": body}
    assert found == {"kind": "curl", "request": wanted}


@pytest.mark.parametrize("value", [{"a": [1, None]}, [], "text", 5])
def test_json(value) -> None:
    assert pasted(f" {json.dumps(value)}\n") == {"kind": "json", "json": value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "neither a curl command nor JSON"),
        ("wget http://h", "neither a curl command nor JSON"),
        ("[" * 100_000, "neither a curl command nor JSON"),
        ("curl 'http://h", "cannot be read: No closing quotation. Mind the quotes"),
        ("curl -X POST", "has no URL"),
        ("curl http://h -d @body.json", "The body is in the file body.json, which is not read"),
        ("1" * (LONGEST + 1), "More than 1000000 characters"),
    ],
)
def test_mistakes(text, expected) -> None:
    with pytest.raises(DraftError, match=expected):
        pasted(text)
