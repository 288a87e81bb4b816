"""Single requests to a candidate: whether it answers, its tokens, and whether it answers the same as the others."""

import http.client
import json
from typing import Any

from bench.candidates import Route

SECONDS = 5
LOGIN = "/api/v1/auth/wechat/login"
JSON = {"Content-Type": "application/json"}


def ask(port: int, method: str, path: str, body: str | None = None, headers: dict | None = None) -> tuple[int, bytes]:
    """Status and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def status(port: int, path: str) -> int:
    """The status, or 0 when there is no answer."""
    try:
        return ask(port, "GET", path)[0]
    except (OSError, http.client.HTTPException):
        return 0


def data(port: int, route: Route) -> Any:
    """What `route` answers, without our envelope and without the way that a peer writes UTC."""
    code, body = ask(port, route.method, route.path, route.body.format(n=1) or None, headers(port, route))
    if code != 200:
        raise ValueError(f"{route.path} answers {code}: {body[:200]!r}")
    answer = json.loads(body.replace(b'Z"', b'"'))
    return answer.get("data", answer)


def headers(port: int, route: Route) -> dict[str, str]:
    """The headers of `route`, with a new token where it asks for one."""
    sent = dict(JSON) if route.body else {}
    return sent | ({"Authorization": f"Bearer {token(port, route.login)}"} if route.login else {})


def token(port: int, code: str) -> str:
    answer = json.loads(ask(port, "POST", LOGIN, json.dumps({"code": code}), JSON)[1])
    return answer.get("data", answer)["access_token"]
