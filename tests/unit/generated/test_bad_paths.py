"""Every route × methods that it does not take, and paths that are nearly its own: 405 and 404, in the envelope."""

from tests.framework import routes
from tests.framework.generated_checks import MARKER, assert_protected, assert_refused
from tests.framework.generated_requests import Caller
from tests.framework.tables import every, words

ROUTES = routes.every()
WITH_ID = [endpoint for endpoint in ROUTES if "<id:" in endpoint.route.path]
READING = [endpoint for endpoint in ROUTES if endpoint.route.method == "GET"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", MARKER.upper()]
BAD_IDS = [
    *words("0 -1 00 01 1.0 1e3 +1 0x1 1_0 abc null me%00 %00 %ff %20 %201 1%20"),
    *["9" * 19, "1" + "0" * 30, "'OR 1=1", *words("%D9%A3 %EF%BC%91 1%0a 1; 1,2 * .. %2e%2e 1%2f..%2f2")],
]

UNKNOWN = [
    "/a" * 4000,
    *words("/ /api /api/v1 /api/v2/users /favicon.ico /.env /.git/config /static/x /console /%00 /% /?x"),
]
OTHER_FILES = words(
    "..%2f..%2fetc%2fpasswd %2e%2e/%2e%2e/etc/passwd .. swagger-ui.css%00 index.html package.json %ff C:%5c"
)


def taken(endpoint):
    """The methods that some route takes at the endpoint's path."""
    return {e.route.method for e in ROUTES if e.route.path == endpoint.route.path}


@routes.each(ROUTES)
class TestMethods:
    def test_other_one_is_405_and_says_which_are_taken(self, api, endpoint):
        caller = Caller(api, endpoint)
        path = caller.path()

        for method in set(METHODS) - taken(endpoint):
            response = caller.send(method=method, path=path)

            assert_refused(response, 405)
            allowed = set(response.headers["Allow"].split(", "))
            assert allowed - {"HEAD", "OPTIONS"} == taken(endpoint)

    def test_method_cannot_be_overridden(self, api, endpoint):
        caller = Caller(api, endpoint)
        path = caller.path()
        method = next(m for m in ("PUT", "DELETE", "POST", "PROPFIND") if m not in taken(endpoint))

        response = caller.send(method=method, path=path, headers={"X-HTTP-Method-Override": endpoint.route.method})

        assert_refused(response, 405)

    def test_options_names_the_methods_and_nothing_else(self, api, endpoint):
        caller = Caller(api, endpoint)

        response = api.call("OPTIONS", caller.path())

        assert response.status_code == 200
        assert response.data == b""
        assert taken(endpoint) <= set(response.headers["Allow"].split(", "))
        assert_protected(response)


@routes.each(READING)
def test_head_is_get_without_a_body(api, endpoint):
    caller = Caller(api, endpoint)

    got, head = caller.send(), caller.send(method="HEAD")

    assert head.status_code == got.status_code
    assert head.data == b""
    assert head.mimetype == got.mimetype
    assert_protected(head)


def has_named_members(endpoint):
    """Whether below the endpoint's path any text is a path of its own, for other methods."""
    return any(e.route.path.rpartition("/<")[0] == endpoint.route.path and "<id:" not in e.route.path for e in ROUTES)


@routes.each(ROUTES)
def test_path_that_is_nearly_right_is_404(api, endpoint):
    caller = Caller(api, endpoint)
    path = caller.path()
    statuses = {404, 405} if has_named_members(endpoint) else {404}
    nearly = [f"{path}/", f"{path}/{MARKER}", f"{path}%00", f"{path};a=b", f"{path}//", f"{path}%2f", f"{path}%ff"]

    for wrong in [*nearly, path.upper(), f"/{MARKER}{path}", f"{path}%0d%0aSet-Cookie:a=b"]:
        response = caller.send(path=wrong)

        assert_refused(response, *statuses)
        assert "Set-Cookie" not in response.headers
        assert "Location" not in response.headers


@routes.each(ROUTES)
def test_doubled_slashes_are_404_and_redirect_nobody(api, endpoint):
    caller = Caller(api, endpoint)
    path = caller.path()

    for wrong in {"/" + path[1:].replace("/", "//"), f"{path}//"} - {path}:
        response = caller.send(path=path, environ_overrides={"PATH_INFO": wrong})

        assert_refused(response, 404)
        assert "Location" not in response.headers


@routes.each(WITH_ID)
def test_bad_id_is_404(api, endpoint):
    caller = Caller(api, endpoint)

    for bad in BAD_IDS:
        response = caller.send(path=routes.PATH_PARAMETER.sub(lambda _: bad, endpoint.route.path))  # noqa: B023

        assert_refused(response, 404)


def test_unknown_path_is_404(api):
    every(UNKNOWN, lambda path: assert_refused(api.get(path), 404))


def test_docs_serves_no_other_file(api):
    every(OTHER_FILES, lambda name: assert_refused(api.get(f"/docs/{name}"), 404))
