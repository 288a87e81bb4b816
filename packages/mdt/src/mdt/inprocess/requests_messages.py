"""Converts requests' PreparedRequest for the engine, and readdresses it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mdt.engine.messages import Request
from mdt.inprocess.dispatch import split

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

type Send = Callable[..., "Response"]


def read(request: "PreparedRequest") -> Request:
    url, host, path, query = split(str(request.url))
    headers = {_text(name): _text(value) for name, value in request.headers.lower_items()}
    headers.setdefault("host", host)
    return Request(str(request.method).upper(), url, host, path, query, headers, _body(request))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _body(request: "PreparedRequest") -> bytes:
    """The whole body. A body that can be read only once is replaced by its bytes."""
    body: Any = request.body
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, str):
        return body.encode()
    whole = _file(body) if hasattr(body, "read") else b"".join(map(_bytes, body))
    request.body = whole
    return whole


def _file(file: Any) -> bytes:
    return _bytes(file.read())


def _bytes(data: Any) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)


def redirected(request: "PreparedRequest", url: str) -> "PreparedRequest":
    """The request with another URL."""
    if url == request.url:
        return request
    other = request.copy()
    other.url = url
    other.headers.pop("Host", None)
    return other
