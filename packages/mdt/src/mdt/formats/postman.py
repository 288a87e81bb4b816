"""Postman collections 2.0 and 2.1 (https://schema.postman.com/): saved responses as scenarios."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mdt.formats.draft import Draft, literal
from mdt.formats.paths import from_express, query_match, split_url
from mdt.language import _

_SECRET = frozenset(
    {
        "authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "content-length",
        "date",
        "content-encoding",
        "transfer-encoding",
        "connection",
    }
)


def is_postman(document: Any) -> bool:
    return (
        isinstance(document, dict) and "getpostman.com" in str((document.get("info") or {}).get("schema"))
    ) or _has_items(document)


def _has_items(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("item"), list) and "info" in document


def read(document: Mapping[str, Any], draft: Draft, where: str) -> None:
    draft.title = draft.title or str(document["info"].get("name", ""))
    for key in ("auth", "event", "variable"):
        if document.get(key):
            draft.lost(where, _("{key} is not taken over", key=key))
    for path, item in _items(document["item"], where):
        _item(item, draft, path)


def _items(items: list[Any], where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for item in items:
        told = f"{where} {item.get('name', '')}".rstrip()
        if "item" in item:
            yield from _items(item["item"], told)
        elif "request" in item:
            yield told, item


def _item(item: Mapping[str, Any], draft: Draft, where: str) -> None:
    if item.get("event"):
        draft.lost(where, _("scripts are not taken over"))
    if not item.get("response"):
        draft.lost(where, _("it has no saved response, and so it is left out"))
    for response in item.get("response") or ():
        request = response.get("originalRequest") or item["request"]
        method, path, match = _request(request if isinstance(request, Mapping) else {"url": request})
        several = len(item["response"]) > 1
        name = str(response.get("name") or "") if several else ""
        draft.add(method, path, _answer(response), where=where, match=match, name=name)


def _request(request: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The address; queries and bodies of examples are not asked for, because callers have their own."""
    url = request.get("url") or "/"
    raw = url if isinstance(url, str) else _raw(url)
    _origin, path, _query = split_url(raw)
    return str(request.get("method", "GET")).upper(), _variables(from_express(path)), query_match({})


def _raw(url: Mapping[str, Any]) -> str:
    path = url.get("path")
    if path is None:
        return str(url.get("raw", "/"))
    segments = (
        [path]
        if isinstance(path, str)
        else [one if isinstance(one, str) else str(one.get("value", "")) for one in path]
    )
    return "/" + "/".join(segments).lstrip("/")


def _variables(path: str) -> str:
    """{id} for {{id}}."""
    return path.replace("%7B%7B", "{").replace("%7D%7D", "}").replace("{{", "{").replace("}}", "}")


def _answer(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = {
        one["key"]: literal(str(one["value"]))
        for one in response.get("header") or ()
        if isinstance(one, Mapping) and str(one["key"]).lower() not in _SECRET
    }
    answer: dict[str, Any] = {"status": response.get("code") or 200, **({"headers": headers} if headers else {})}
    body = response.get("body")
    if not body or answer["status"] in (204, 205, 304):
        return answer
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if "json" in kind or response.get("_postman_previewlanguage") == "json":
        try:
            return {**answer, "json": literal(json.loads(body))}
        except ValueError:
            pass
    return {**answer, "text": literal(body)}
