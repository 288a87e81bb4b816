"""Below a path: what the page and the document point to, whoever says what the path is, and who is not believed."""

import re
from urllib.parse import urljoin

import pytest
from pydantic import ValidationError

from backend.core.settings import SettingsError
from backend.settings import Settings
from tests.framework.tables import table


def servers(client, path="/openapi.json", **headers):
    return [server["url"] for server in client.get(path, headers=headers).json["servers"]]


@table("path", {"taken off by the proxy": "/openapi.json", "left on": "/shop/openapi.json"})
def test_the_document_names_the_prefix_of_the_settings(build, path):
    assert servers(build(url_prefix="/shop").test_client(), path) == ["/shop"]


@table(
    "said, hops, believed",
    {
        "a proxy": ("/shop", 1, "/shop"),
        "a proxy, of two levels": ("/shop/v2", 1, "/shop/v2"),
        "nobody who is believed": ("/shop", 0, "/"),
        "another host": ("//evil.example", 1, "/"),
        "a script": ('/"><script>', 1, "/"),
        "a trailing slash": ("/shop/", 1, "/shop"),
        "a way up": ("/shop/..", 1, "/"),
        "a way to nowhere": ("/./shop", 1, "/"),
        "a place that begins with dots": ("/..shop", 1, "/..shop"),
    },
)
def test_a_believed_proxy_names_the_prefix(build, said, hops, believed):
    client = build(trusted_proxies=hops).test_client()

    assert servers(client, **{"X-Forwarded-Prefix": said}) == [believed]


def test_the_settings_are_believed_before_the_proxy(build):
    client = build(url_prefix="/shop", trusted_proxies=1).test_client()

    assert servers(client, **{"X-Forwarded-Prefix": "/other"}) == ["/shop"]


def test_the_server_may_have_taken_the_prefix_off_itself(client):
    answer = client.get("/openapi.json", environ_overrides={"SCRIPT_NAME": "/shop"})

    assert answer.json["servers"] == [{"url": "/shop"}]


def test_everything_that_the_page_loads_is_below_the_prefix(build):
    client = build(url_prefix="/shop").test_client()
    page = client.get("/shop/docs")
    start = client.get("/shop/docs/start.js").text

    loaded = [urljoin("/shop/docs", link) for link in re.findall(r'(?:src|href)="([^"]+)"', page.text)]
    document = urljoin("/shop/docs", re.search(r'url: "([^"]+)"', start)[1])

    assert len(loaded) == 4
    assert all(link.startswith("/shop/docs/") for link in loaded)
    assert document == "/shop/openapi.json"
    for link in (*loaded, document):
        with client.get(link) as answer:
            assert answer.status_code == 200


@table(
    "path, status", [("/shop/health/live", 200), ("/health/live", 200), ("/shopping/health/live", 404), ("/shop", 404)]
)
def test_routes_answer_with_the_prefix_and_without(build, path, status):
    assert build(url_prefix="/shop").test_client().get(path).status_code == status


@table("prefix", ["/api", "/api/v1", "/health"])
def test_a_prefix_that_routes_begin_with_is_refused(build, prefix):
    with pytest.raises(SettingsError, match=rf"URL_PREFIX={prefix}: the route /\S+ begins with it"):
        build(url_prefix=prefix)


@table("prefix", ["shop", "/shop/", "/", "//evil.example", "/a b", "https://example.com/shop"])
def test_what_is_no_path_is_refused(prefix):
    with pytest.raises(ValidationError, match="url_prefix"):
        Settings(url_prefix=prefix)
