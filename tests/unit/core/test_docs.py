"""The documentation page: served from an installed package, without a line from elsewhere, and off in production."""

import re
from urllib.parse import urljoin

import orjson
import pytest

from backend.core.web import docs, openapi
from tests.framework.tables import table
from tests.unit.core.support import PRODUCTION


class TestPage:
    def test_it_is_a_page(self, client):
        answer = client.get("/docs")

        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert '<div id="page">' in answer.text

    def test_everything_that_it_loads_is_served_here(self, client):
        loaded = [urljoin("/docs", link) for link in re.findall(r'(?:src|href)="([^"]+)"', client.get("/docs").text)]

        answers = {path: client.get(path) for path in loaded}

        assert len(loaded) == 4
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(loaded, 200)
        for answer in answers.values():
            answer.close()

    @table("path", ["/docs", "/docs/start.js"])
    def test_nothing_comes_from_elsewhere(self, client, path):
        assert "//" not in client.get(path).text.replace("<!doctype", "")

    def test_the_browser_is_told_to_load_nothing_from_elsewhere(self, client):
        policy = client.get("/docs").headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "http" not in policy

    def test_its_script_starts_it_on_our_document(self, client):
        answer = client.get("/docs/start.js")

        assert answer.mimetype == "text/javascript"
        assert 'url: "openapi.json"' in answer.text


class TestAssets:
    @table(
        "name, kind",
        [
            ("swagger-ui.css", "text/css"),
            ("swagger-ui-bundle.js", "text/javascript"),
            ("favicon-32x32.png", "image/png"),
        ],
    )
    def test_they_are_served_and_may_be_kept_for_a_day(self, client, name, kind):
        with client.get(f"/docs/{name}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, kind)
            assert answer.headers["Cache-Control"] == "public, max-age=86400"
            assert len(answer.data) > 500

    ABSENT = ("LICENSE", "oauth2-redirect.html", "swagger-ui.js", "nothing.js", "swagger-ui.css%00")

    @table("name", [*ABSENT, "..", "%2e%2e%2fsetup.py", "..%5c..%5csetup.py"])
    def test_nothing_else_is(self, client, name):
        answer = client.get(f"/docs/{name}")

        assert answer.status_code == 404
        assert answer.get_json()["code"] == 0


class TestDocument:
    def test_it_is_served_as_it_is_committed(self, app, client):
        answer = client.get("/openapi.json")

        assert answer.mimetype == "application/json"
        assert answer.data == docs.render(app)
        assert answer.get_json() == openapi.document(app)

    def test_it_ends_with_a_line_break_so_that_it_can_be_committed(self, app):
        assert docs.render(app).endswith(b"}\n")
        assert orjson.loads(docs.render(app))["openapi"] == "3.1.0"


class TestSwitch:
    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            (PRODUCTION, 404),
            (PRODUCTION | {"docs_enabled": True}, 200),
            ({"docs_enabled": True}, 200),
            ({"docs_enabled": False}, 404),
        ],
        ids=["production", "switched on in production", "switched on", "switched off"],
    )
    def test_it_is_off_in_production_unless_switched_on(self, build, changed, status):
        client = build(**changed).test_client()

        for path in ("/docs", "/docs/start.js", "/docs/swagger-ui.css", "/openapi.json"):
            with client.get(path) as answer:
                assert answer.status_code == status
