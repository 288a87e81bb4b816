"""The scenario coverage as a page, in both languages."""

from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from mdt.language import LANGUAGES, _, language, speaking


def html(document: dict[str, Any]) -> str:
    environment = Environment(
        loader=PackageLoader("mdt.cli.integration", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["_"] = in_both
    services = [{**service, **_covered(service)} for service in document["services"]]
    page = environment.get_template("coverage.html.jinja")
    return page.render(coverage=document, services=services, language=language())


def in_both(text: str) -> Markup:
    """The text in both languages; the page shows one of them."""
    spans = []
    for name in LANGUAGES:
        with speaking(name):
            spans.append(Markup('<span lang="{}">{}</span>').format(name, _(text)))
    return Markup().join(spans)


def _covered(service: dict[str, Any]) -> dict[str, int]:
    found = [one for route in service["routes"] for one in route["scenarios"]]
    covered = sum(one["calls"] > 0 for one in found)
    return {"total": len(found), "covered": covered, "percent": round(100 * covered / len(found)) if found else 100}
