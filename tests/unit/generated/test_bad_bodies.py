"""Every route with a body × everything that is no good body: the right 4xx, in the envelope, telling nothing."""

from tests.framework import routes
from tests.framework.generated_checks import MARKER, assert_refused, assert_sane
from tests.framework.generated_examples import body_schema
from tests.framework.generated_requests import Caller
from tests.framework.tables import every

WITH_BODY = [endpoint for endpoint in routes.every() if endpoint.body]
NAME = {endpoint.name: next(iter(body_schema(endpoint.body)["properties"])).encode() for endpoint in WITH_BODY}

UNREADABLE = {  # %s is the name of a member that the route knows
    "empty": b"",
    "spaces": b" \r\n\t ",
    "half an object": b'{"%s": ',
    "trailing comma": b'{"%s": "a",}',
    "single quotes": b"{'%s': 'a'}",
    "comment": b'{"%s": "a"} // zq7marker',
    "two documents": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "not UTF-8": b'{"%s": "\xff\xfe"}',
    "UTF-16": '{"zq7marker": 1}'.encode("utf-16"),
    "overlong UTF-8": b'{"%s": "\xc0\x80"}',
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "deep array in a member": b'{"%s": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "NaN": b'{"%s": NaN}',
    "Infinity": b'{"%s": Infinity}',
    "-Infinity": b'{"%s": -Infinity}',
    "number beyond a double": b'{"%s": 1e999}',
    "number with 5000 digits": b'{"%s": ' + b"9" * 5000 + b"}",
    "duplicate names": b'{"%s": "a", "%s": "b"}',
    "duplicate names in a member": b'{"%s": {"a": 1, "a": 2}}',
    "NUL byte": b'{"%s": "a\x00b"}',
    "escaped NUL": b'{"%s": "a\\u0000b"}',
    "escaped NUL in a name": b'{"a\\u0000b": 1}',
    "lone surrogate": b'{"%s": "\\ud800"}',
    "reversed surrogates": b'{"%s": "\\udc00\\ud800"}',
    "plus sign": b'{"%s": +1}',
    "hexadecimal": b'{"%s": 0x10}',
    "leading zero": b'{"%s": 01}',
    "form": b"zq7marker=1&b=2",
    "XML": b"<?xml version='1.0'?><zq7marker/>",
}
NOT_AN_OBJECT = {
    "array": b'["zq7marker"]',
    "array of objects": b"[{}]",
    "string": b'"zq7marker"',
    "number": b"7",
    "true": b"true",
    "null": b"null",
}
WRONG_TYPE = {
    "none": {"Content-Type": ""},
    "text": {"Content-Type": "text/plain"},
    "form": {"Content-Type": "application/x-www-form-urlencoded"},
    "multipart": {"Content-Type": f"multipart/form-data; boundary={MARKER}"},
    "XML": {"Content-Type": "application/xml"},
    "almost": {"Content-Type": "application/jsonp"},
    "nonsense": {"Content-Type": f"{MARKER};;;="},
    "UTF-16": {"Content-Type": "application/json; charset=utf-16"},
    "Latin-1": {"Content-Type": "application/json; charset=ISO-8859-1"},
}
OTHER_WAYS = ["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"']


@routes.each(WITH_BODY)
class TestBadBodies:
    def test_unreadable_one_is_400(self, api, endpoint):
        caller = Caller(api, endpoint)

        def refused(kind):
            assert_refused(caller.send(UNREADABLE[kind].replace(b"%s", NAME[endpoint.name])), 400)

        every(UNREADABLE, refused)

    def test_other_than_an_object_is_422(self, api, endpoint):
        caller = Caller(api, endpoint)

        every(NOT_AN_OBJECT, lambda kind: assert_refused(caller.send(NOT_AN_OBJECT[kind]), 422))

    def test_wrong_content_type_is_415(self, api, endpoint):
        caller = Caller(api, endpoint)

        every(WRONG_TYPE, lambda kind: assert_refused(caller.send(headers=WRONG_TYPE[kind]), 415))

    def test_content_type_may_be_written_in_other_ways(self, api, endpoint):
        as_usual = Caller(api, endpoint).send()

        def works(kind):
            response = Caller(api, endpoint).send(headers={"Content-Type": kind})

            assert response.status_code == as_usual.status_code

        every(OTHER_WAYS, works)

    def test_deep_one_that_can_be_read_is_422(self, api, endpoint):
        deep = b'{"a": ' * 150 + b"1" + b"}" * 150

        assert_refused(Caller(api, endpoint).send(deep), 422)

    def test_ten_thousand_members_are_refused(self, api, endpoint):
        many = b"{" + b",".join(b'"m%d": 1' % number for number in range(10_000)) + b"}"

        assert_refused(Caller(api, endpoint).send(many), 422)


@routes.each(routes.every())
class TestOversizedBodies:
    """Every route, also those that take no body."""

    def test_declared_is_413(self, api, endpoint):
        limit = api.app.config["MAX_CONTENT_LENGTH"]

        assert_refused(Caller(api, endpoint).send(b"x" * (limit + 1)), 413)

    def test_length_that_is_no_number_is_no_failure(self, api, endpoint):
        for length in ("-1", "abc", "9" * 30):
            response = Caller(api, endpoint).send(environ_overrides={"CONTENT_LENGTH": length})

            assert_sane(response)


@routes.each(WITH_BODY)
def test_body_without_a_length_is_413_when_it_is_read(api, endpoint):
    limit = api.app.config["MAX_CONTENT_LENGTH"]

    response = Caller(api, endpoint).send(
        b"{" + b" " * (limit + 1) + b"}",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert_refused(response, 413)
