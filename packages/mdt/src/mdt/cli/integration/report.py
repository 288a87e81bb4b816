"""Writes coverage.json, and coverage.html: one file with its own style, in both languages, that loads nothing."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from mdt.language import LANGUAGES, _, language, speaking

NAME = "coverage"


def write_reports(document: dict[str, Any], folder: Path) -> list[Path]:
    """The files that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_html = folder / f"{NAME}.json", folder / f"{NAME}.html"
    as_json.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    as_html.write_text(html(document), encoding="utf-8")
    return [as_json, as_html]


def html(document: dict[str, Any]) -> str:
    environment = Environment(
        loader=PackageLoader("mdt.cli.integration", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["_"] = in_both
    services = [{**service, **_counted(service)} for service in document["services"]]
    page = environment.get_template("coverage.html.jinja")
    return page.render(coverage=document, services=services, language=language())


def in_both(text: str) -> Markup:
    """The text in each language; the page shows one of them."""
    spans = []
    for name in LANGUAGES:
        with speaking(name):
            spans.append(Markup('<span lang="{}">{}</span>').format(name, _(text)))
    return Markup().join(spans)


def _counted(service: dict[str, Any]) -> dict[str, int]:
    found = [one for route in service["routes"] for one in route["scenarios"]]
    covered = sum(one["calls"] > 0 for one in found)
    return {"total": len(found), "covered": covered, "percent": round(100 * covered / len(found)) if found else 100}
