"""CORS: closed by default; open only to the origins that are listed."""

import pytest

from tests.framework.tables import table
from tests.unit.core.support import application

ORIGIN = "https://admin.example"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, content-type",
}


def cors_headers(response) -> set[str]:
    return {name for name in dict(response.headers) if name.lower().startswith("access-control")}


@pytest.fixture(scope="module")
def opened():
    with application(cors_origins=f"{ORIGIN},https://b.example") as app:
        yield app.test_client()


class TestClosed:
    @table("method", ["GET", "OPTIONS", "POST"])
    def test_no_answer_carries_a_cors_header(self, client, method):
        response = client.open("/health/live", method=method, headers=PREFLIGHT)

        assert cors_headers(response) == set()


class TestOpen:
    def test_a_listed_origin_may_read_the_answer(self, opened):
        response = opened.get("/health/live", headers={"Origin": ORIGIN})

        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Access-Control-Allow-Credentials" not in response.headers

    def test_scripts_may_read_the_headers_that_help_them(self, opened):
        exposed = opened.get("/health/live", headers={"Origin": ORIGIN}).headers["Access-Control-Expose-Headers"]

        assert set(exposed.split(", ")) == {
            "Idempotent-Replayed",
            "Retry-After",
            "X-Error-Code",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "X-Request-ID",
        }

    def test_a_preflight_is_answered(self, opened):
        response = opened.options("/api/v1/users/me", headers=PREFLIGHT)

        assert response.status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
        assert response.headers["Access-Control-Allow-Headers"].lower() == "authorization, content-type"
        assert response.headers["Access-Control-Max-Age"] == "600"

    @table("name", ["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"])
    @table("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_a_preflight_allows_what_routes_read(self, opened, name, method):
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": name}

        response = opened.options("/api/v1/orders", headers={**PREFLIGHT, **asked})

        assert response.headers["Access-Control-Allow-Headers"].lower() == name.lower()
        assert method in response.headers["Access-Control-Allow-Methods"]

    def test_a_header_that_is_not_ours_is_not_allowed(self, opened):
        asked = {**PREFLIGHT, "Access-Control-Request-Headers": "x-evil"}

        assert "Access-Control-Allow-Headers" not in opened.options("/health/live", headers=asked).headers

    @table("origin", ["https://evil.example", f"{ORIGIN}.evil.example", "null", "http://admin.example"])
    def test_another_origin_gets_nothing(self, opened, origin):
        response = opened.get("/health/live", headers={"Origin": origin})

        assert "Access-Control-Allow-Origin" not in response.headers

    @table("path", ["/nowhere", "/api/v1/users/me"])
    def test_errors_can_be_read_too(self, opened, path):
        response = opened.get(path, headers={"Origin": ORIGIN})

        assert response.status_code in (401, 404)
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
