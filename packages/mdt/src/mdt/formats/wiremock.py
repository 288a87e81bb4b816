"""WireMock's stub mappings (docs "Stubbing", "Request Matching"): one, {"mappings": [...]}, or files of a folder."""

import base64
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.formats.draft import Draft, literal
from mdt.formats.paths import from_regex, query_match, split_url
from mdt.formats.wiremock_patterns import body_patterns, named
from mdt.language import _

FAULTS = {
    "CONNECTION_RESET_BY_PEER": "connection-reset",
    "EMPTY_RESPONSE": "empty",
    "MALFORMED_RESPONSE_CHUNK": "malformed-chunk",
    "RANDOM_DATA_THEN_CLOSE": "garbage",
}
_REQUEST = frozenset(
    {
        *("method", "url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate", "queryParameters", "headers"),
        *("cookies", "formParameters", "basicAuthCredentials", "basicAuth", "bodyPatterns"),
    }
)
_RESPONSE = frozenset(
    {
        *(
            "status",
            "body",
            "jsonBody",
            "base64Body",
            "bodyFileName",
            "headers",
            "fixedDelayMilliseconds",
            "delayDistribution",
        ),
        *("chunkedDribbleDelay", "fault", "proxyBaseUrl", "transformers", "statusMessage", "fromConfiguredStub"),
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
        _answer(response, draft, where, path),
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


def _answer(response: Mapping[str, Any], draft: Draft, where: str, path: Path) -> dict[str, Any]:
    for key in response.keys() - _RESPONSE:
        draft.lost(where, _("response.{key} is not taken over", key=key))
    if base := response.get("proxyBaseUrl"):
        return {"passthrough": base}
    answer: dict[str, Any] = {} if response.get("status", 200) == 200 else {"status": response["status"]}
    if headers := response.get("headers"):
        answer["headers"] = {name: literal(value) for name, value in headers.items()}
    templated = "response-template" in response.get("transformers", ())
    answer |= {
        key: _templates(value, draft, where) if templated else literal(value)
        for key, value in _body(response, draft, where, path).items()
    }
    return {**answer, **_timing(response, draft, where), **_fault(response, draft, where)}


def _body(response: Mapping[str, Any], draft: Draft, where: str, path: Path) -> dict[str, Any]:
    if "jsonBody" in response:
        return {"json": response["jsonBody"]}
    if "base64Body" in response:
        return {"base64": response["base64Body"]}
    if file := response.get("bodyFileName"):
        return _file(file, draft, where, path)
    return {"text": response["body"]} if response.get("body") else {}


def _file(name: str, draft: Draft, where: str, path: Path) -> dict[str, Any]:
    """The file of __files, beside the folder of the mappings."""
    for root in (path.parent.parent / "__files", path.parent / "__files"):
        file = root / name
        if file.is_file() and file.resolve().is_relative_to(root.resolve()):
            data = file.read_bytes()
            try:
                return {"text": data.decode()}
            except UnicodeDecodeError:
                return {"base64": base64.b64encode(data).decode()}
    draft.lost(where, _("there is no file __files/{name}", name=name))
    return {}


def _timing(response: Mapping[str, Any], draft: Draft, where: str) -> dict[str, Any]:
    timing: dict[str, Any] = {}
    if delay := response.get("fixedDelayMilliseconds"):
        timing["latency"] = f"{delay}ms"
    if spread := response.get("delayDistribution"):
        timing |= _distribution(spread, draft, where)
    if dribble := response.get("chunkedDribbleDelay"):
        timing["dribble"] = {"chunks": dribble["numberOfChunks"], "over": f"{dribble['totalDuration']}ms"}
    return timing


def _distribution(spread: Mapping[str, Any], draft: Draft, where: str) -> dict[str, Any]:
    kind = spread.get("type")
    if kind == "uniform":
        return {"latency": {"uniform": {"min": f"{spread['lower']}ms", "max": f"{spread['upper']}ms"}}}
    if kind == "lognormal":
        most = spread.get("maxValue", spread["median"] * 20)
        return {
            "latency": {"lognormal": {"median": f"{spread['median']}ms", "sigma": spread["sigma"], "max": f"{most}ms"}}
        }
    draft.lost(where, _("the delay {kind!r} is not taken over", kind=kind))
    return {}


def _fault(response: Mapping[str, Any], draft: Draft, where: str) -> dict[str, Any]:
    fault = response.get("fault")
    if fault and fault not in FAULTS:
        draft.lost(where, _("the fault {kind!r} is not taken over", kind=fault))
    return {"fault": FAULTS[fault]} if fault in FAULTS else {}


_TEMPLATES = (  # Handlebars of WireMock, and Jinja of mdt
    (re.compile(r"\{\{\{?\s*jsonPath request\.body ['\"]\$\.([\w.]+)['\"]\s*\}?\}\}"), r"{{ req.json.\1 }}"),
    (re.compile(r"\{\{\{?\s*request\.query\.([A-Za-z_]\w*)\s*\}?\}\}"), r"{{ req.query.\1 }}"),
    (re.compile(r"\{\{\{?\s*request\.path\.([A-Za-z_]\w*)\s*\}?\}\}"), r"{{ path.\1 }}"),
    (re.compile(r"\{\{\{?\s*request\.(method|path|url|body)\s*\}?\}\}"), r"{{ req.\1 }}"),
    (re.compile(r"\{\{\{?\s*randomValue type=['\"]UUID['\"]\s*\}?\}\}"), "{{ uuid() }}"),
    (re.compile(r"\{\{\{?\s*now\s*\}?\}\}"), "{{ now }}"),
)


def _templates(value: Any, draft: Draft, where: str) -> Any:
    """The texts with the templates that mdt has too; others stay as text, and are told."""
    if isinstance(value, dict):
        return {key: _templates(one, draft, where) for key, one in value.items()}
    if isinstance(value, list):
        return [_templates(one, draft, where) for one in value]
    if not isinstance(value, str):
        return value
    pieces = re.split(r"(\{\{\{?.*?\}?\}\})", value)
    return "".join(_template(piece, draft, where) if piece.startswith("{{") else literal(piece) for piece in pieces)


def _template(text: str, draft: Draft, where: str) -> str:
    for pattern, ours in _TEMPLATES:
        if pattern.fullmatch(text):
            return pattern.sub(ours, text).replace("req.body", "req.text")
    draft.lost(where, _("the template {text} stays as text", text=text))
    return str(literal(text))
