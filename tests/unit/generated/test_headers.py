"""Headers: those that protect are on every answer, and those that clients send harm nobody."""

import re

from tests.framework import routes
from tests.framework.generated_checks import MARKER, assert_protected, assert_refused, assert_sane
from tests.framework.generated_requests import Caller
from tests.framework.tables import every

ROUTES = routes.every()
STRANGE = {
    "Accept": ["text/html", "image/*;q=0.1", "nonsense", ""],
    "Accept-Encoding": ["gzip, br", "*;q=0", "\xff"],
    "Accept-Language": ["zh-CN", "x" * 10_000],
    "Cookie": ["session=1; session=2", "a" * 20_000, "=;=;="],
    "Expect": ["100-continue"],
    "Forwarded": ["for=1.2.3.4;proto=https;host=evil.example"],
    "Host": ["evil.example", "localhost:99999", "a b", "<script>"],
    "If-None-Match": ["*"],
    "Range": ["bytes=0-1", "bytes=-1", "bytes=a-b"],
    "Referer": ["javascript:alert(1)"],
    "User-Agent": ["", "x" * 20_000, "<script>", "\xff\xfe"],
    "X-Forwarded-For": ["1.2.3.4, 5.6.7.8", "nonsense", "," * 5000],
    "X-Forwarded-Host": ["evil.example"],
    "X-Forwarded-Proto": ["https"],
    "X-Request-ID": ["x" * 100_000, "\xff", "../../etc", "%0d%0a", ""],
}
SERVED_IN_PART = {206, 304, 416}  # what Range and If-None-Match make of a file
REQUEST_ID = {
    "abcdefgh": True,
    "3f9a0c1e-9a7b-4c1d-8e2f-0123456789ab": True,
    "x" * 64: True,
    "": False,
    "short": False,
    "x" * 65: False,
    "with space": False,
    "emoji-\xf0\x9f": False,
    "new%0d%0aline": False,
    "<script>alert(1)</script>": False,
    '{"$ne":1}-': False,
}


@routes.each(ROUTES)
class TestEveryAnswer:
    def test_to_anonymous_is_protected(self, api, endpoint):
        response = api.call(endpoint.route.method, Caller(api, endpoint).path(), buffered=True)

        assert_protected(response)

    def test_is_not_kept_by_caches_unless_it_is_the_documentation(self, api, endpoint):
        response = Caller(api, endpoint).send()

        expected = "public, max-age=86400" if endpoint.route.path == "/docs/<name>" else "no-store"
        assert response.headers["Cache-Control"] == expected

    def test_sets_no_cookie_and_opens_no_origin(self, api, endpoint):
        response = Caller(api, endpoint).send(headers={"Origin": "https://evil.example"})

        assert "Set-Cookie" not in response.headers
        assert not [name for name in response.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118

    def test_to_strange_headers_is_as_usual(self, api, endpoint):
        caller = Caller(api, endpoint)
        as_usual = caller.send().status_code

        def usual(number):
            strange = {name: values[number % len(values)] for name, values in STRANGE.items()}

            response = caller.again().send(headers=strange)

            assert_sane(response)
            assert response.status_code in {as_usual, *(SERVED_IN_PART if endpoint.module == "docs" else ())}

        every(range(max(map(len, STRANGE.values()))), usual)


def test_request_id_is_kept_if_it_is_harmless(api):
    def kept(sent):
        response = api.get("/health/live", headers={"X-Request-ID": sent})

        assert (response.headers["X-Request-ID"] == sent) is REQUEST_ID[sent]
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", response.headers["X-Request-ID"])

    every(REQUEST_ID, kept)


def test_request_ids_are_not_repeated(api):
    ids = {api.get("/health/live").headers["X-Request-ID"] for _ in range(20)}

    assert len(ids) == 20


@routes.each(routes.every())
def test_host_that_is_far_too_long_is_400(api, endpoint):
    assert_refused(Caller(api, endpoint).send(headers={"Host": "a" * 5000}), 400)


def test_thousand_headers_are_no_failure(api):
    response = api.get("/health/live", headers={f"X-{MARKER}-{number}": "x" for number in range(1000)})

    assert response.status_code == 200
    assert MARKER not in response.text
