"""HTTP archives (HAR 1.2: http://www.softwareishard.com/blog/har-12-spec/) as recorded calls."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from mdt.formats.calls import RawCall
from mdt.formats.draft import Draft
from mdt.language import _


def is_har(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("log"), dict) and "entries" in document["log"]


def read(document: Mapping[str, Any], draft: Draft, where: str) -> Iterator[RawCall]:
    for number, entry in enumerate(document["log"]["entries"], 1):
        request, response = entry["request"], entry["response"]
        told = f"{where} {number}"
        if not response.get("status"):
            draft.lost(told, _("the request was not answered"))
            continue
        data = _content(response.get("content") or {}, draft, told)
        if data is None:
            continue
        yield RawCall(
            told,
            str(entry.get("startedDateTime", "")),
            request["method"],
            request["url"],
            _headers(request, "postData"),
            _posted(request.get("postData") or {}),
            response["status"],
            _headers(response, "content"),
            data,
            float((entry.get("timings") or {}).get("wait", 0)) / 1000,
        )


def _headers(side: Mapping[str, Any], body: str) -> tuple[tuple[str, str], ...]:
    """Bodies of an archive are decoded already."""
    pairs = [
        (one["name"].lower(), str(one["value"])) for one in side.get("headers", ()) if not one["name"].startswith(":")
    ]
    kept = [(name, value) for name, value in pairs if name != "content-encoding"]
    kind = (side.get(body) or {}).get("mimeType")
    if kind and all(name != "content-type" for name, _value in kept):
        kept.append(("content-type", kind))
    return tuple(kept)


def _posted(posted: Mapping[str, Any]) -> bytes:
    if "text" in posted:
        return str(posted["text"]).encode()
    from urllib.parse import urlencode

    return urlencode([(one["name"], one.get("value", "")) for one in posted.get("params", ())]).encode()


def _content(content: Mapping[str, Any], draft: Draft, where: str) -> bytes | None:
    text = content.get("text", "")
    if not text and content.get("size", 0) > 0:
        draft.lost(where, _("the archive does not have the body; save it with contents"))
    if content.get("encoding") != "base64":
        return str(text).encode()
    try:
        return base64.b64decode(text)
    except (ValueError, binascii.Error):
        draft.lost(where, _("its body is no base64"))
        return None
