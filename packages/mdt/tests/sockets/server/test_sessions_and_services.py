"""Which session and which service a request belongs to."""

import json
import socket

import pytest
import requests

from tests.sockets.server.support import Raw, get, post

CHECK = "/internal/inventory/check"
GOOD = {"productId": "p1", "quantity": 2}


def available(answer: requests.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return answer.json()["available"]


WAYS = {
    "header": ("", {"X-Mdt-Session": "t/1-[a]"}),
    "baggage": ("", {"Baggage": "userId=a;p=1, mdt.session=t%2F1-%5Ba%5D;q, x=y"}),
    "path": ("/_s/t%2F1-%5Ba%5D", {}),
    "path and header": ("/_s/nobody", {"X-Mdt-Session": "t/1-[a]"}),
}


@pytest.mark.parametrize(("prefix", "headers"), WAYS.values(), ids=list(WAYS))
def test_the_session_is_named_in_the_header_the_baggage_or_the_path(url, client, prefix, headers) -> None:
    session = client.open("t/1-[a]", ["inventory.outOfStock"])["id"]

    answer = requests.post(f"{url}{prefix}/inventory{CHECK}", json=GOOD, headers=headers, timeout=5)

    assert available(answer) is False
    assert available(requests.post(f"{url}/inventory{CHECK}", json=GOOD, timeout=5)) is True
    assert [entry["request"]["url"] for entry in client.journal(session)] == [f"{url}{prefix}/inventory{CHECK}"]
    assert len(client.journal()) == 1


@pytest.mark.parametrize(
    ("prefix", "headers"),
    [("/_s/nobody", {}), ("", {"X-Mdt-Session": "nobody"}), ("", {"baggage": "mdt.session=nobody"})],
)
def test_an_unknown_session_is_an_error_that_is_not_the_services(url, client, prefix, headers) -> None:
    answer = requests.post(f"{url}{prefix}/inventory{CHECK}", json=GOOD, headers=headers, timeout=5)

    assert answer.status_code == 501
    assert answer.headers["X-Mdt-Error"] == "unknown-session"
    assert "There is no session 'nobody'" in answer.text
    assert client.journal() == []


def test_an_empty_header_is_no_session(url) -> None:
    answer = requests.get(f"{url}/inventory/internal/ping", headers={"X-Mdt-Session": ""}, timeout=5)

    assert answer.headers["X-Mdt-Error"] == "unknown-session"


def test_baggage_without_a_session_is_the_default(url) -> None:
    answer = requests.get(f"{url}/inventory/internal/ping", headers={"baggage": "a=b,mdt.session=,c"}, timeout=5)

    assert answer.text == "pong"


SERVICES = {
    "name and path": ("/stock/items/7", "mocks.test", '{"id":"7"}'),
    "path alone": ("/items/7", "mocks.test", '{"id":"7"}'),
    "path with base path": ("/api/v2/items/7", "mocks.test", '{"id":"7"}'),
    "host": ("/api/v2/items/7", "stock.internal", '{"id":"7"}'),
    "host with its port": ("/api/v2/items/7", "Stock.Internal:80", '{"id":"7"}'),
    "as a proxy": ("http://stock.internal/api/v2/items/7", "mocks.test", '{"id":"7"}'),
    "a name that is also a path": ("/users/7", "mocks.test", '{"user":"7"}'),
    "the name before such a path": ("/users/users/7", "mocks.test", '{"user":"7"}'),
    "an encoded path": ("/users/%E5%BC%A0", "mocks.test", '{"user":"张"}'),
    "a virtual service by path": ("/total", "mocks.test", '{"total":0,"expires":null}'),
    "a query": ("/items/7?a=b/c", "mocks.test", '{"id":"7"}'),
}


@pytest.mark.parametrize(("path", "host", "body"), SERVICES.values(), ids=list(SERVICES))
def test_the_service_is_found(running, path, host, body) -> None:
    data = get(path, "Connection: close").replace(b"mocks.test", host.encode())
    with Raw(running.server.port) as client:
        answer = client.send(data).rest()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.partition(b"\r\n\r\n")[2].decode() == body


def test_several_services_with_the_path_are_named(url, client) -> None:
    answer = requests.get(f"{url}/internal/ping", timeout=5)

    assert answer.status_code == 501
    assert "Several services have a route for this path: inventory, stock." in answer.text
    assert "/inventory/internal/ping" in answer.text
    assert len(client.near_misses()) == 1


def test_the_host_decides_between_several(url) -> None:
    answer = requests.get(f"{url}/internal/ping", headers={"Host": "inventory.internal"}, timeout=5)

    assert answer.text == "pong"


UNMATCHED = {
    "a wrong path": ("POST", "/inventory/internal/inventory/chek", "✗ chek → check"),
    "a wrong path without a name": ("POST", "/internal/inventory/chek", "✗ chek → check"),
    "a wrong method": ("GET", f"/inventory{CHECK}", "✗ GET → POST"),
    "a wrong body": ("POST", f"/inventory{CHECK}", "quantity"),
    "nothing like it": ("GET", "/", "No route of this service fits"),
}


@pytest.mark.parametrize(("method", "path", "words"), UNMATCHED.values(), ids=list(UNMATCHED))
def test_an_unmatched_call_is_told_its_near_miss(url, client, method, path, words) -> None:
    answer = requests.request(method, url + path, json={"productId": "p", "quantity": "10"}, timeout=5)

    assert (answer.status_code, answer.headers["X-Mdt-Unmatched"]) == (501, "1")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"UnmatchedRequest  {method} {url}{path}")
    assert words in answer.text
    assert client.near_misses()[0]["report"] + "\n" == answer.text


def test_the_near_miss_is_json_when_that_is_asked_for(url) -> None:
    answer = requests.post(f"{url}/inventory/chek", timeout=5, headers={"Accept": "application/json"})

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["route"] == "POST /internal/inventory/check"
    assert {"name": "method", "label": "method", "ok": True, "text": "✓ POST"} in answer.json()["criteria"]


def test_a_server_for_one_service_needs_no_name(serve) -> None:
    url = serve(service="inventory").server.url

    assert requests.get(f"{url}/internal/ping", timeout=5).text == "pong"
    assert requests.get(f"{url}/inventory/internal/ping", timeout=5).text == "pong"
    other = requests.get(f"{url}/stock/items/7", timeout=5)
    assert other.status_code == 501
    assert "closest route     " in other.text
    assert [one["name"] for one in requests.get(f"{url}/_mdt/services", timeout=5).json()["services"]] == ["inventory"]


def test_a_server_for_an_unknown_service_does_not_start(serve) -> None:
    with pytest.raises(Exception, match=r"There is no service 'inventry'. Did you mean inventory\?"):
        serve(service="inventry")


def test_a_tunnel_is_refused(running) -> None:
    with Raw(running.server.port) as client:
        answer = client.send(b"CONNECT stock.internal:443 HTTP/1.1\r\nHost: stock.internal:443\r\n\r\n\x16\x03").rest()

    assert b"501" in answer
    assert b"x-mdt-error: no-tunnels" in answer


def test_options_of_everything_is_a_path_like_others(running) -> None:
    with Raw(running.server.port) as client:
        assert b"x-mdt-unmatched" in client.send(get("*", "Connection: close", method="OPTIONS")).rest()


def test_pipelined_requests_of_many_sessions_keep_apart(running, client) -> None:
    for number in range(4):
        client.open(f"s{number}", ["inventory.outOfStock"] if number % 2 else [])
    body = json.dumps(GOOD).encode()
    data = b"".join(post(f"/_s/s{n % 4}/inventory{CHECK}", body, "Content-Type: application/json") for n in range(200))
    with Raw(running.server.port) as raw:
        answer = raw.send(data + get("/", "Connection: close")).rest()

    got = [b'"available":true' in part for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert got == [n % 2 == 0 for n in range(200)]


@pytest.mark.parametrize("host", ["inventory.internal.", "INVENTORY.internal", "inventory.internal.:80"])
def test_a_host_is_the_same_however_it_is_written(url, host):
    answer = requests.get(f"{url}/internal/ping", headers={"Host": host}, timeout=5)
    assert "x-mdt-unmatched" not in answer.headers


def test_a_target_that_is_no_url_is_no_error_of_the_server(running):
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=5) as connection:
        connection.sendall(b"GET http://[ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert connection.recv(64).split()[1] in {b"400", b"501"}
