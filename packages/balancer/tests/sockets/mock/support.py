"""A client that says exactly what came over the wire, and a namespace to say things in."""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from balancer.wire.sse import SseParser

TALK = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}
PATHS = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions"}


@dataclass
class Answer:
    """What came. `end`: "whole", "cut" (the body ended early), "reset", or "closed" (nothing came)."""

    status: int | None
    headers: dict[str, str]
    body: bytes
    end: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[tuple[str, str]]:
        return [(one.name, one.data) for one in SseParser().feed(self.body)]


def ask(
    url: str, body: Any = TALK, *, method: str = "POST", headers: dict[str, str] | None = None, timeout: float = 10
) -> Answer:
    """One request on a connection of its own."""
    parts = urlsplit(url)
    client = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        client.request(method, target, sent, {"content-type": "application/json", **(headers or {})})
        return _read(client)
    except http.client.RemoteDisconnected:  # which is a ConnectionResetError too
        return Answer(None, {}, b"", "closed")
    except ConnectionResetError:
        return Answer(None, {}, b"", "reset")
    finally:
        client.close()


def _read(client: http.client.HTTPConnection) -> Answer:
    response = client.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    body, end = b"", "whole"
    try:
        while piece := response.read1():
            body += piece
        if response.length:
            end = "cut"
    except http.client.IncompleteRead as error:
        body, end = body + error.partial, "cut"
    except ConnectionResetError:
        end = "reset"
    return Answer(response.status, headers, body, end)


@dataclass
class Space:
    """A namespace on the server."""

    url: str
    name: str

    def __post_init__(self) -> None:
        self.base = f"{self.url}/ns/{self.name}"

    def control(self, method: str, path: str, body: Any = None) -> Answer:
        return ask(self.base + path, body, method=method)

    def set(self, *providers: dict[str, Any], **more: Any) -> dict[str, str]:
        """Sets providers; returns their URLs."""
        answer = self.control("POST", "/mock-set-context", {"name": "test", "providers": providers, **more})
        assert answer.status == 200, answer.body
        return answer.json["urls"]

    def one(self, vendor: str = "anthropic", **fields: Any) -> str:
        """Sets one provider; returns the URL of its chat endpoint."""
        return self.set({"name": "p", "provider_type": vendor, **fields})["p"] + PATHS[vendor]

    def journal(self, **query: Any) -> list[dict[str, Any]]:
        text = "&".join(f"{key}={value}" for key, value in query.items())
        return self.control("GET", f"/mock-journal?{text}").json["entries"]


def settled(what) -> bool:
    """Whether this becomes true within five seconds."""
    end = time.monotonic() + 5
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    return what()


def raw(url: str, data: bytes, timeout: float = 10) -> bytes:
    """Everything that comes until the server closes; b"RST" at the end of it if it resets."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout) as client:
        client.sendall(data)
        found = b""
        try:
            while piece := client.recv(65536):
                found += piece
        except ConnectionResetError:
            return found + b"RST"
        return found
