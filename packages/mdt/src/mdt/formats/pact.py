"""Pact files, specification 2 to 4: interactions as routes, matching rules as matchers of mdt.

Matching rules: https://github.com/pact-foundation/pact-specification, versions 2, 3 and 4.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from mdt.formats.draft import Draft, literal
from mdt.formats.pact_bodies import body_match
from mdt.formats.pact_rules import Rules, value_matcher
from mdt.language import _

_INTERACTION = frozenset(
    {
        *(
            "description",
            "providerState",
            "providerStates",
            "provider_state",
            "request",
            "response",
            "_id",
            "type",
            "key",
        ),
        *("pending", "comments", "transport"),
    }
)


def is_pact(document: Any) -> bool:
    return isinstance(document, dict) and "consumer" in document and "provider" in document


def read(document: Mapping[str, Any], draft: Draft, where: str) -> None:
    if document.get("messages"):
        draft.lost(where, _("messages are not taken over: mdt answers HTTP"))
    for number, interaction in enumerate(document.get("interactions", []), 1):
        told = f"{where} {interaction.get('description') or number}"
        if interaction.get("type", "Synchronous/HTTP") != "Synchronous/HTTP":
            draft.lost(told, _("an interaction of the type {kind} is left out", kind=interaction["type"]))
            continue
        for key in interaction.keys() - _INTERACTION:
            draft.lost(told, _("{key} is not taken over", key=key))
        _interaction(interaction, draft, told)


def _interaction(interaction: Mapping[str, Any], draft: Draft, where: str) -> None:
    request, response = interaction["request"], interaction["response"]
    for side in (request, response):
        if side.get("generators"):
            draft.lost(where, _("generators are not taken over: the example's values are answered"))
    rules = Rules.of(request.get("matchingRules"))
    path = str(request.get("path", "/"))
    if rules.of_part("path"):
        draft.lost(where, _("the rule for the path is not taken over: {path} is taken as it is", path=path))
    match = {**_query(request, rules), **_headers(request, rules)}
    match |= body_match(_content(request), rules, strict=True, lost=lambda what: draft.lost(where, what))
    name = str(interaction.get("providerState") or interaction.get("provider_state") or _states(interaction))
    draft.add(str(request.get("method", "GET")).upper(), path, _answer(response), where=where, match=match, name=name)


def _states(interaction: Mapping[str, Any]) -> str:
    return " ".join(str(state.get("name", "")) for state in interaction.get("providerStates") or [])


def _query(request: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    query = request.get("query") or {}
    values = parse_qs(query, keep_blank_values=True) if isinstance(query, str) else query
    matchers = {name: _several(value, rules.of_name("query", name)) for name, value in values.items()}
    return {"query": matchers} if matchers else {}


def _several(value: Any, matchers: list[Mapping[str, Any]]) -> Any:
    given = value if isinstance(value, list) else [value]
    found = [value_matcher(one, matchers, text=True) for one in given]
    return found[0] if len(found) == 1 else found


def _headers(request: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    headers = request.get("headers") or {}
    matchers = {}
    for name, value in headers.items():
        wanted = ", ".join(value) if isinstance(value, list) else str(value)
        own = rules.of_name("header", name)
        matchers[name] = value_matcher(wanted, own, text=True) if own else _header(name, wanted)
    return {"headers": matchers} if matchers else {}


def _header(name: str, wanted: str) -> Any:
    """A content type fits with any parameters."""
    if name.lower() == "content-type" and ";" not in wanted:
        return {"regex": f"(?i)^{wanted.replace('+', '[+]').replace('.', '[.]')}\\s*(;|$)"}
    return wanted


def _content(side: Mapping[str, Any]) -> Mapping[str, Any]:
    """The side with its body as version 3 has it: version 4 wraps it."""
    body = side.get("body")
    if not isinstance(body, Mapping) or "content" not in body or not ({"contentType", "encoded"} & body.keys()):
        return side
    content = body["content"]
    if body.get("encoded"):
        import base64

        raw = base64.b64decode(content) if isinstance(content, str) else b""
        content = raw.decode("utf-8", "replace")
        if "json" in str(body.get("contentType")):
            content = json.loads(content)
    headers = {
        **({"Content-Type": body["contentType"]} if body.get("contentType") else {}),
        **(side.get("headers") or {}),
    }
    return {**side, "body": content, "headers": headers}


def _answer(response: Mapping[str, Any]) -> dict[str, Any]:
    side = _content(response)
    headers = {
        name: literal(", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in (side.get("headers") or {}).items()
    }
    body = side.get("body")
    answer: dict[str, Any] = {"status": response.get("status", 200), **({"headers": headers} if headers else {})}
    if body is None or body == "" or answer["status"] in (204, 304):
        return answer
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    as_json = not isinstance(body, str) or "json" in kind
    return {**answer, ("json" if as_json else "text"): literal(body)}
