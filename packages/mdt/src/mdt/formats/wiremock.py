"""WireMock's stub mappings (docs "Stubbing", "Request Matching"): one, {"mappings": [...]}, or files of a folder."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.formats.draft import Draft
from mdt.formats.paths import from_regex, query_match, split_url
from mdt.formats.wiremock_answers import answer_of
from mdt.formats.wiremock_patterns import body_patterns, named
from mdt.language import _

_REQUEST = frozenset(
    {
        *("method", "url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate", "queryParameters", "headers"),
        *("cookies", "formParameters", "basicAuthCredentials", "basicAuth", "bodyPatterns"),
    }
)
_IGNORED = frozenset(
    {
        "id",
        "uuid",
        "name",
        "request",
        "response",
        "persistent",
        "metadata",
        "insertionIndex",
        "scenarioName",
        "requiredScenarioState",
        "newScenarioState",
    }
)
STARTED = "Started"


def is_wiremock(document: Any) -> bool:
    first = document["mappings"][0] if isinstance(document, dict) and document.get("mappings") else document
    return (
        isinstance(first, dict) and isinstance(first.get("request"), dict) and isinstance(first.get("response"), dict)
    )


def read(document: Any, draft: Draft, path: Path) -> None:
    mappings = document.get("mappings", [document])
    chains: dict[tuple[str, str], list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for number, mapping in enumerate(mappings, 1):
        where = f"{path.name} {mapping.get('name') or mapping.get('id') or number}"
        if mapping.get("scenarioName"):
            chains[mapping["scenarioName"], repr(mapping["request"])].append((where, mapping))
        else:
            _stub(mapping, draft, where, path)
    for chain in chains.values():
        for where, mapping in _in_order(chain, draft):
            _stub(mapping, draft, where, path, in_turn=True)


def _in_order(chain: list[tuple[str, Mapping[str, Any]]], draft: Draft) -> list[tuple[str, Mapping[str, Any]]]:
    """The stubs of one request in the order of their states, which is a sequence if each leads to the next."""
    by_state = {mapping.get("requiredScenarioState", STARTED): (where, mapping) for where, mapping in chain}
    state, ordered = STARTED, []
    while state in by_state:
        where, mapping = by_state.pop(state)
        ordered.append((where, mapping))
        state = mapping.get("newScenarioState", "")
    for where, mapping in by_state.values():
        told = mapping.get("requiredScenarioState")
        draft.lost(
            where,
            _("the state {state!r} of {name!r} is set by another request", state=told, name=mapping["scenarioName"]),
        )
    return ordered or chain[:1]


def _stub(mapping: Mapping[str, Any], draft: Draft, where: str, path: Path, *, in_turn: bool = False) -> None:
    for key in mapping.keys() - _IGNORED:
        draft.lost(where, _("{key} is not taken over: {value}", key=key, value=str(mapping[key])[:80]))
    request, response = mapping["request"], mapping["response"]
    for key in request.keys() - _REQUEST:
        draft.lost(where, _("request.{key} is not taken over", key=key))
    found = _address(request)
    if found is None:
        draft.lost(
            where, _("its URL pattern is no path of mdt, and so it is left out: {pattern}", pattern=str(request)[:120])
        )
        return
    template, query = found
    match = _match(request, draft, where)
    match |= {"query": {**query.get("query", {}), **match.get("query", {})}} if query else {}
    name = str(mapping.get("name") or "") if not in_turn else ""
    draft.add(
        request.get("method", "ANY").upper(),
        template,
        answer_of(response, draft, where, path),
        where=where,
        match=match,
        name=name,
        in_turn=in_turn,
    )


def _address(request: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The template, and the `query` of the match."""
    if url := request.get("url"):
        _origin, path, query = split_url(url)
        return path, query_match(query)
    if plain := request.get("urlPath") or request.get("urlPathTemplate"):
        return plain, {}
    pattern = request.get("urlPathPattern") or request.get("urlPattern")
    if pattern is None:
        return "/{rest:path}", {}
    template = from_regex(re.sub(r"\\?\?\.\*$|\(\\\?\.\*\)\?$", "", pattern))
    return (template, {}) if template else None


def _match(request: Mapping[str, Any], draft: Draft, where: str) -> dict[str, Any]:
    match: dict[str, Any] = {}
    for part, key in (
        ("query", "queryParameters"),
        ("headers", "headers"),
        ("cookies", "cookies"),
        ("form", "formParameters"),
    ):
        if values := named(request.get(key, {}), draft, where):
            match[part] = values
    auth = request.get("basicAuthCredentials") or request.get("basicAuth")
    if auth:
        match["basicAuth"] = {"user": auth["username"], "password": auth["password"]}
    return {**match, **body_patterns(request.get("bodyPatterns", []), draft, where)}
