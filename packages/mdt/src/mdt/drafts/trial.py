"""Asks a draft what it would answer: one request, once for each of its scenarios."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mdt.drafts.draft import DraftError
from mdt.drafts.preview import Preview
from mdt.engine.catalog import Catalog, Service
from mdt.engine.engine import Engine
from mdt.engine.masking import outcome_as_json
from mdt.engine.messages import Request
from mdt.engine.outcome import Unmatched
from mdt.engine.routes import decoded
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.language import _

KEYS = ("method", "path", "headers", "body")


def trial(preview: Preview, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The outcome of each scenario: `answered`, `route`, `scenario`, the reply or the near miss. Raises DraftError."""
    if preview.catalog is None:
        return []
    service = preview.catalog.services[preview.draft.service]
    request = _request(asked, service)
    return [_outcome(preview.catalog, service, name, request) for name in preview.draft.scenarios]


def _request(asked: Mapping[str, Any], service: Service) -> Request:
    unknown = set(asked) - set(KEYS)
    headers = asked.get("headers") or {}
    texts = [asked.get(key, "") for key in ("method", "path", "body")]
    if (
        unknown
        or not isinstance(headers, Mapping)
        or not all(isinstance(one, str) for one in (*texts, *headers.values()))
    ):
        raise DraftError(_("The request to try has texts under {keys}; `headers` is an object.", keys=", ".join(KEYS)))
    method, target, body = texts
    parts = urlsplit(target if target.startswith("/") else f"/{target}")
    lowered = {str(name).lower(): value for name, value in headers.items()}
    if body:
        lowered.setdefault("content-type", "application/json")
    url = f"{service.url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return Request(method.upper(), url, service.host, decoded(parts.path), parts.query, lowered, body.encode())


def _outcome(catalog: Catalog, service: Service, name: str, request: Request) -> dict[str, Any]:
    session = Session("draft", resolve(catalog, f"{service.name}.{name}"))
    outcome = Engine(catalog).handle(request, session, service.name)
    entry = session.journal.entries()[-1]
    report = str(outcome.near_miss) if isinstance(outcome, Unmatched) else None
    found = {"scenario": name, "answered": report is None, "route": entry.route, "played": entry.scenario}
    return {**found, "line": entry.line, "report": report, **outcome_as_json(outcome)}
