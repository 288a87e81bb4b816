"""The services of docker-compose.dev.yml together: a login through nginx, its own errors, an outage of the database."""

import http.client
import json
import socket
import time

import pytest

LOGIN = "/api/v1/auth/wechat/login"
PATIENCE = 120  # seconds


def call(stack, method, path, body=None, **headers):
    """The status, the body and the headers of an answer through nginx."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, answer.headers


def login(stack, code="alice"):
    status, text, _ = call(stack, "POST", LOGIN, json.dumps({"code": code}), **{"Content-Type": "application/json"})
    return status, json.loads(text)["data"]


def raw(stack, request):
    """The answer to bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


def until(ask, expected):
    """Ask until the answer is the expected one."""
    end = time.monotonic() + PATIENCE
    while (got := ask()) != expected and time.monotonic() < end:
        time.sleep(0.3)
    assert got == expected


def test_everything_is_healthy_and_the_migration_is_over(stack):
    services = stack.services()

    healthy = {name for name, each in services.items() if each["State"].get("Health", {}).get("Status") == "healthy"}
    assert healthy == {"db", "web", "nginx"}
    assert (services["migrate"]["State"]["Status"], services["migrate"]["State"]["ExitCode"]) == ("exited", 0)


def test_a_user_logs_in_and_reads_who_they_are(stack):
    _, tokens = login(stack)
    status, text, _ = call(stack, "GET", "/api/v1/users/me", Authorization=f"Bearer {tokens['access_token']}")

    assert status == 200
    assert json.loads(text)["data"]["id"] == tokens["user"]["id"]


def test_nobody_chooses_the_address_that_they_seem_to_come_from(stack):
    _, tokens = login(stack)
    bearer = f"Bearer {tokens['access_token']}"

    headers = {"X-Forwarded-For": "203.0.113.66", "Forwarded": "for=203.0.113.66", "Content-Type": "application/json"}
    call(stack, "POST", LOGIN, json.dumps({"code": "alice"}), **headers)
    _, text, _ = call(stack, "GET", "/api/v1/auth/sessions", Authorization=bearer)

    assert "203.0.113.66" not in text


def test_a_request_id_goes_through_and_a_strange_one_is_replaced(stack):
    kept = call(stack, "GET", "/health/live", **{"X-Request-ID": "from-the-client-1"})[2]
    replaced = call(stack, "GET", "/health/live", **{"X-Request-ID": "a b"})[2]

    assert kept["X-Request-ID"] == "from-the-client-1"
    assert len(replaced["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
def test_errors_of_nginx_itself_come_in_the_envelope(stack, request_bytes, status):
    got, text = raw(stack, request_bytes)

    body = json.loads(text)
    assert got == status
    assert (body["code"], body["data"]) == (0, {})
    assert body["msg"]


def test_an_outage_of_the_database_is_503_and_ends_by_itself(stack):
    stack.compose("stop", "db")
    try:
        until(lambda: login(stack)[0], 503)
        alive = call(stack, "GET", "/health/live")[0]
    finally:
        stack.compose("start", "db")

    assert alive == 200
    until(lambda: login(stack)[0], 200)


def test_two_migrations_at_once_do_not_race(stack):
    words = ["run", "--rm", "--no-deps", "--entrypoint", "sh", "migrate", "-c"]
    stack.compose(*words, "flask db downgrade base")

    stack.compose(*words, "flask db upgrade & first=$!; flask db upgrade && wait $first")

    assert login(stack)[0] == 200


def test_without_the_application_nginx_says_502_and_the_application_ends_with_0(stack):
    stack.compose("stop", "web")
    code = stack.services()["web"]["State"]["ExitCode"]
    status, text, headers = call(stack, "GET", "/api/v1/users/me")
    stack.compose("up", "--detach", "--wait")

    assert code == 0
    assert status in (502, 504)
    assert json.loads(text)["code"] == 0
    assert headers["Content-Type"] == "application/json"
