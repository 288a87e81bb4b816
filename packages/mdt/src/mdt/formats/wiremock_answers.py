"""The responses of WireMock's stubs as answers of mdt: bodies, files, delays, faults, and the common templates."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.formats.draft import Draft, literal
from mdt.language import _

FAULTS = {
    "CONNECTION_RESET_BY_PEER": "connection-reset",
    "EMPTY_RESPONSE": "empty",
    "MALFORMED_RESPONSE_CHUNK": "malformed-chunk",
    "RANDOM_DATA_THEN_CLOSE": "garbage",
}
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


def answer_of(response: Mapping[str, Any], draft: Draft, where: str, path: Path) -> dict[str, Any]:
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
