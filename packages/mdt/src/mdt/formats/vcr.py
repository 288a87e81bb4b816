"""Cassettes of vcrpy (YAML, JSON) and of Ruby's VCR as recorded calls."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from mdt.formats.calls import RawCall
from mdt.formats.draft import Draft
from mdt.language import _


def is_vcr(document: Any) -> bool:
    interactions = _interactions(document) if isinstance(document, dict) else None
    return isinstance(interactions, list) and all(
        isinstance(one, dict) and "uri" in one.get("request", {}) for one in interactions
    )


def _interactions(document: Mapping[str, Any]) -> Any:
    return document.get("interactions", document.get("http_interactions"))


def read(document: Mapping[str, Any], draft: Draft, where: str) -> Iterator[RawCall]:
    for number, interaction in enumerate(_interactions(document), 1):
        told = f"{where} {number}"
        request, response = interaction["request"], interaction["response"]
        status = response.get("status", response.get("status_code"))
        code = status.get("code") if isinstance(status, Mapping) else status
        if not isinstance(code, int):
            draft.lost(told, _("the answer has no status"))
            continue
        headers = _headers(response.get("headers"))
        yield RawCall(
            told,
            str(interaction.get("recorded_at", "")),
            str(request["method"]),
            str(request["uri"]),
            _headers(request.get("headers")),
            _bytes(request.get("body")),
            code,
            headers,
            _bytes(response.get("body", response.get("content"))),
            0.0,
        )


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    pairs = []
    for name, value in (headers or {}).items():
        values = value if isinstance(value, list) else [value]
        pairs += [(str(name).lower(), one.decode("latin-1") if isinstance(one, bytes) else str(one)) for one in values]
    return tuple(pairs)


def _bytes(body: Any) -> bytes:
    """The body as vcrpy ({string:}, text, bytes) and Ruby's VCR ({encoding:, string:}, {base64_string:}) write it."""
    if isinstance(body, Mapping):
        if "base64_string" in body:
            return base64.b64decode(body["base64_string"])
        return _bytes(body.get("string"))
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode()
