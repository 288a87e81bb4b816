"""Definitions as WireMock's stub mappings: what each route plays by default, or the named scenarios."""

import base64
import json
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.definitions.durations import seconds
from mdt.engine.catalog import Catalog, Service
from mdt.formats.draft import Loss
from mdt.formats.service_source import WrittenRoute, has_template, written_routes
from mdt.formats.to_wiremock_patterns import BODIES, text_pattern
from mdt.formats.wiremock import STARTED
from mdt.formats.wiremock_answers import FAULTS
from mdt.language import _
from mdt.recording.bodies import bytes_of

OURS = {ours: theirs for theirs, ours in FAULTS.items()}
_REST = re.compile(r"\{(\w+):path\}$")
_SPREAD = {
    "uniform": ("uniform", {"min": "lower", "max": "upper"}),
    "lognormal": ("lognormal", {"median": "median", "sigma": "sigma", "max": "maxValue"}),
}


class Exporter:
    """The mappings of one service; `losses` has what WireMock does not have."""

    def __init__(self, catalog: Catalog, service: Service, scenarios: tuple[str, ...] = ()) -> None:
        self.losses: list[Loss] = []
        self._service = service
        self._scenarios = scenarios
        self._directory = Path(service.file).parent
        self.mappings = [one for route in written_routes(catalog, service) for one in self._route(route)]

    def document(self) -> dict[str, Any]:
        return {"mappings": self.mappings, "meta": {"total": len(self.mappings)}}

    def _lost(self, where: str, what: Any) -> None:
        self.losses.append(Loss(where, what))

    def _route(self, route: WrittenRoute) -> list[dict[str, Any]]:
        name = next((one for one in self._scenarios if one in route.scenarios), route.default)
        if not name:
            self._lost(route.label, _("it plays nothing by default, and is left out; name a scenario with --scenario"))
            return []
        request = self._request(route)
        if request is None:
            return []
        answers = route.in_turn(name)
        if any(map(has_template, answers)):
            self._lost(f"{route.label} {name}", _("its answer has templates, and is left out"))
            return []
        return [
            self._mapping(route, name, request, answer, (number, len(answers))) for number, answer in enumerate(answers)
        ]

    def _mapping(
        self, route: WrittenRoute, name: str, request: dict[str, Any], answer: Mapping[str, Any], turn: tuple[int, int]
    ) -> dict[str, Any]:
        """`turn`: the number of the answer from 0, and how many there are."""
        number, count = turn
        mapping: dict[str, Any] = {
            "name": f"{self._service.name}.{name} {route.label}",
            "priority": _priority(route),
            "request": request,
            "response": self._response(answer, f"{route.label} {name}"),
        }
        if count == 1:
            return mapping
        states = [STARTED, *(f"answer {place}" for place in range(2, count + 1))]
        follows = {"newScenarioState": states[number + 1]} if number + 1 < count else {}
        scenario = f"{self._service.name} {route.label}"
        return {**mapping, "scenarioName": scenario, "requiredScenarioState": states[number], **follows}

    def _request(self, route: WrittenRoute) -> dict[str, Any] | None:
        path = self._service.base_path + route.path
        if _REST.search(path):
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(_REST.sub("", path)))
            address = {"urlPathPattern": f"{pattern}.+"}
        elif re.search(r"\{\w+\}[^/]|[^/]\{", path):
            address = {"urlPathPattern": re.sub(r"\\\{\w+\\\}", "[^/]+?", re.escape(path))}
        else:
            address = {"urlPathTemplate": path} if "{" in path else {"urlPath": path}
        request: dict[str, Any] = {"method": route.method, **address}
        for part, value in route.match.items():
            found = self._part(part, value, route.label)
            if found is None:
                return None
            request |= (
                found
                if part != "text" or "bodyPatterns" not in request
                else {"bodyPatterns": [*request["bodyPatterns"], *found["bodyPatterns"]]}
            )
        return request

    def _part(self, part: str, value: Any, where: str) -> dict[str, Any] | None:
        keys = {"query": "queryParameters", "headers": "headers", "cookies": "cookies", "form": "formParameters"}
        try:
            if part in keys:
                return {keys[part]: {name: text_pattern(one) for name, one in value.items()}}
            if part == "basicAuth":
                return {"basicAuthCredentials": {"username": str(value["user"]), "password": str(value["password"])}}
            return {"bodyPatterns": [BODIES[part](value)]}
        except (KeyError, ValueError, TypeError) as error:
            self._lost(
                where,
                _(
                    "its match of {part} cannot be said in WireMock ({why}), and so it is left out",
                    part=part,
                    why=error,
                ),
            )
            return None

    def _response(self, answer: Mapping[str, Any], where: str) -> dict[str, Any]:
        if "passthrough" in answer:
            base = answer["passthrough"]
            return {"proxyBaseUrl": base if isinstance(base, str) else self._service.url}
        headers = {
            name: value if isinstance(value, list) else str(value) for name, value in answer.get("headers", {}).items()
        }
        body, kind = self._body(answer)
        if kind and all(name.lower() != "content-type" for name in headers):
            headers["content-type"] = kind
        response: dict[str, Any] = {
            "status": answer.get("status", 200),
            **({"headers": headers} if headers else {}),
            **body,
        }
        return {**response, **self._timing(answer, where), **self._fault(answer, where)}

    def _body(self, answer: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        if "json" in answer:
            return {"body": json.dumps(answer["json"], ensure_ascii=False, separators=(",", ":"))}, "application/json"
        if "text" in answer:
            return {"body": answer["text"]}, "text/plain; charset=utf-8"
        if "base64" in answer:
            return {"base64Body": "".join(answer["base64"].split())}, "application/octet-stream"
        if "sse" in answer:
            return {"body": bytes_of({"sse": answer["sse"]}).decode()}, "text/event-stream"
        if "file" in answer:
            data = (self._directory / answer["file"]).read_bytes()
            return {"base64Body": base64.b64encode(data).decode()}, mimetypes.guess_type(answer["file"])[
                0
            ] or "application/octet-stream"
        return {}, ""

    def _timing(self, answer: Mapping[str, Any], where: str) -> dict[str, Any]:
        timing: dict[str, Any] = {}
        latency = answer.get("latency")
        if isinstance(latency, Mapping):
            ((kind, values),) = latency.items()
            theirs, words = _SPREAD[kind]
            timing["delayDistribution"] = {
                "type": theirs,
                **{words[key]: value if key == "sigma" else _millis(value) for key, value in values.items()},
            }
        elif latency is not None:
            timing["fixedDelayMilliseconds"] = _millis(latency)
        if dribble := answer.get("dribble"):
            timing["chunkedDribbleDelay"] = {
                "numberOfChunks": dribble["chunks"],
                "totalDuration": _millis(dribble["over"]),
            }
        if any("delay" in event for event in answer.get("sse", ())):
            self._lost(where, _("the pauses between its events are not exported"))
        return timing

    def _fault(self, answer: Mapping[str, Any], where: str) -> dict[str, Any]:
        fault = answer.get("fault")
        if fault and fault not in OURS:
            self._lost(where, _("the fault {kind!r} is not one of WireMock", kind=fault))
        return {"fault": OURS[fault]} if fault in OURS else {}


def _priority(route: WrittenRoute) -> int:
    """WireMock tries lower numbers first, mdt the more specific route."""
    return max(1, 50 - 5 * len(route.match) + 10 * route.path.count("{") + (30 if route.path.endswith(":path}") else 0))


def _millis(value: Any) -> int:
    return round(seconds(value) * 1000)
