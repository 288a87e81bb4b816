"""Scenario coverage: how often each scenario was used, and by which tests. Written as JSON and as a page."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdt.cli.integration.coverage_page import html
from mdt.cli.integration.usage import Use
from mdt.definitions import Catalog, Service
from mdt.engine.choice import VIRTUAL

FORMAT = "mdt-coverage/1"
type Key = tuple[str, str, str]


def coverage(
    catalog: Catalog,
    uses: Iterable[Use],
    drift: Sequence[Mapping[str, Any]] = (),
    *,
    void: Sequence[Mapping[str, Any]] = (),
    arguments: list[str],
    exit_code: int,
) -> dict[str, Any]:
    """The document of coverage.json; `coverage_schema` describes it. `drift`: what breaks the contracts;
    `void`: tests that never met what they are about.
    """
    used = list(uses)
    counted = _counted(used)
    services = [_service(one, counted) for one in catalog.services.values()]
    unmatched = _unmatched(used)
    return {
        "format": FORMAT,
        "generated": datetime.now(UTC).isoformat(timespec="seconds"),
        "folder": str(catalog.folder),
        "pytest": {"arguments": arguments, "exitCode": exit_code},
        "summary": {**_summary(services, unmatched), "drift": len(drift), "void": len(void)},
        "services": services,
        "uncovered": list(_uncovered(services)),
        "unmatched": unmatched,
        "drift": list(drift),
        "void": list(void),
    }


def _counted(uses: Iterable[Use]) -> dict[Key, Counter[str | None]]:
    """The calls by test for each scenario of each route."""
    counted: dict[Key, Counter[str | None]] = {}
    for use in uses:
        if use.scenario:
            counted.setdefault((use.service, use.route, use.scenario), Counter())[use.test] += use.calls
    return counted


def _service(service: Service, counted: dict[Key, Counter[str | None]]) -> dict[str, Any]:
    routes: dict[str, list[dict[str, Any]]] = {}
    for route, name, file, line in rows(service):
        calls = counted.get((service.name, route, name), Counter())
        routes.setdefault(route, []).append(_scenario(name, file, line, calls))
    return {
        "name": service.name,
        "title": service.title,
        "file": service.file,
        "calls": sum(one["calls"] for found in routes.values() for one in found),
        "routes": [{"route": route, "scenarios": found} for route, found in routes.items()],
    }


def rows(service: Service) -> Iterator[tuple[str, str, str, int]]:
    """Yields route, scenario, file and line of every answer of a service."""
    for route in service.routes:
        for scenario in route.scenarios.values():
            yield route.label, scenario.name, scenario.file, scenario.line
    if service.dispatcher is not None:
        for handler in service.dispatcher.routes:
            yield handler.label, VIRTUAL, handler.file, handler.line


def _scenario(name: str, file: str, line: int, calls: Counter[str | None]) -> dict[str, Any]:
    tests = [{"id": test, "calls": count} for test, count in sorted(calls.items(), key=lambda item: item[0] or "~")]
    return {"name": name, "file": file, "line": line, "calls": calls.total(), "tests": tests}


def _summary(services: list[dict[str, Any]], unmatched: list[dict[str, Any]]) -> dict[str, Any]:
    found = [one for service in services for route in service["routes"] for one in route["scenarios"]]
    covered = sum(one["calls"] > 0 for one in found)
    return {
        "scenarios": len(found),
        "covered": covered,
        "percent": round(100 * covered / len(found), 1) if found else 100.0,
        "calls": sum(one["calls"] for one in found),
        "unmatched": sum(one["calls"] for one in unmatched),
    }


def _uncovered(services: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for service in services:
        for route in service["routes"]:
            for one in route["scenarios"]:
                if not one["calls"]:
                    place = {"file": one["file"], "line": one["line"]}
                    yield {"service": service["name"], "route": route["route"], "scenario": one["name"], **place}


def _unmatched(uses: Iterable[Use]) -> list[dict[str, Any]]:
    """The unmatched calls, grouped by test and reason."""
    counted = Counter((use.request, use.reason, use.test, use.session) for use in uses if not use.scenario)
    return [
        {"request": request, "reason": reason, "test": test, "session": session, "calls": calls}
        for (request, reason, test, session), calls in counted.items()
    ]


NAME = "coverage"


def write_reports(document: dict[str, Any], journal: dict[str, Any], folder: Path) -> list[Path]:
    """Writes the reports and the journal. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_html = folder / f"{NAME}.json", folder / f"{NAME}.html"
    as_json.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    as_html.write_text(html(document), encoding="utf-8")
    as_journal = folder / "journal.json"
    as_journal.write_text(json.dumps(journal, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [as_json, as_html, as_journal]
