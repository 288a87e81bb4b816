"""Makes report.html: a single file in both languages, with inline style and script, that loads nothing."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from faultlab.cases.moments import MOMENTS
from faultlab.invariants import INVARIANTS
from faultlab.language import LANGUAGES, _
from faultlab.report.heat import heat
from faultlab.report.timeline import Timeline, label_y, named, timeline
from faultlab.report_model import Case, Report, Request, Status, Text

ORDER: tuple[Status, ...] = ("failed", "void", "not_run", "passed")
ROWS = 200  # requests shown of a case
ROWS_OF_PAGE = 8_000  # requests shown of all cases together
FEWEST_ROWS = 20
LOG_LINES = 100
VERDICTS = {
    "ok": Text.of(_("Every promise was kept")),
    "failed": Text.of(_("Promises were broken")),
    "void": Text.of(_("Cases prove nothing")),
    "nothing": Text.of(_("Nothing was run")),
    "interrupted": Text.of(_("Interrupted, a partial report")),
}
KINDS = {"functional": Text.of(_("Functional")), "fault_tolerance": Text.of(_("Fault tolerance"))}
STATUSES = {
    "passed": Text.of(_("passed")),
    "failed": Text.of(_("failed")),
    "void": Text.of(_("void")),
    "not_run": Text.of(_("not run")),
}
SNAPSHOTS = {"healed": Text.of(_("after healing")), "settled": Text.of(_("at the end"))}
MARKS = {"fired": Text.of(_("fault")), "healed": Text.of(_("healed")), "recovered": Text.of(_("recovered"))}
SIGNS = {"passed": "✓", "failed": "✗", "void": "∅", "not_run": "○", "ok": "✓", "fail": "✗", "unknown": "?"}


@dataclass(frozen=True)
class View:
    """A case, and what the page shows of it."""

    case: Case
    timeline: Timeline | None
    rows: list[Request]
    more_rows: int
    logs: list[str]
    more_logs: int


def page(report: Report) -> str:
    cases = sorted(report.cases, key=lambda case: ORDER.index(case.status))
    limit = _rows_each(cases)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            views=[_view(case, limit) for case in cases],
            heat=heat(report.cases),
            counts={status: sum(case.status == status for case in cases) for status in ORDER},
            verdict=_verdict(report),
        )
    )


def _view(case: Case, limit: int) -> View:
    return View(
        case=case,
        timeline=timeline(case) if case.requests or case.firings or case.health else None,
        rows=case.requests[:limit],
        more_rows=max(len(case.requests) - limit, 0),
        logs=case.logs[:LOG_LINES],
        more_logs=max(len(case.logs) - LOG_LINES, 0),
    )


def _rows_each(cases: Sequence[Case]) -> int:
    """Requests shown per case, so that a page of hundreds of cases opens quickly."""
    wanted = sum(min(len(case.requests), ROWS) for case in cases)
    return ROWS if wanted <= ROWS_OF_PAGE else min(max(ROWS_OF_PAGE // len(cases), FEWEST_ROWS), ROWS)


def _verdict(report: Report) -> str:
    found = report.summary
    words = {
        "failed": found.failed,
        "void": found.void,
        "interrupted": report.run.interrupted,
        "nothing": not found.passed,
    }
    return "ok" if found.ok else next((word for word, so in words.items() if so), "failed")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("faultlab.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    style, script = (Markup(environment.get_template(f"report.{kind}.jinja").render()) for kind in ("css", "js"))  # noqa: S704 - our own files
    environment.globals.update(style=style, script=script, policy=_policy(style, script))
    environment.globals.update(_=say, both=both, signs=SIGNS, moments=MOMENTS)
    environment.globals.update(verdicts=VERDICTS, kinds=KINDS, statuses=STATUSES, snapshots=SNAPSHOTS, marks=MARKS)
    environment.globals.update(promises={one.id: one for one in INVARIANTS})
    environment.globals.update(label_y=label_y, remarks=remarks)
    environment.filters.update(time=named, seconds=lambda value: f"{value:.3f}")
    return environment


def _policy(style: str, script: str) -> str:
    """The content security policy: inline style and script by hash, nothing else."""
    return f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; base-uri 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def say(text: str, tag: str = "span", after: str = "", **attributes: object) -> Markup:
    """A text of the template in both languages, of which the page shows one."""
    return both(Text.of(_(text)), tag, after, **attributes)


def both(text: Text, tag: str = "span", after: str = "", **attributes: object) -> Markup:
    """A text in both languages, followed by `after`; `attributes` are those of the tag."""
    more = Markup().join(Markup(' {}="{}"').format(name.rstrip("_"), value) for name, value in attributes.items())
    return Markup().join(
        Markup("<{0} lang={1}{2}>{3}{4}</{0}>").format(tag, name, more, getattr(text, name), after)
        for name in LANGUAGES
    )


def remarks(request: Request) -> str:
    """The remarks on a request, in the words of report.json."""
    said = [
        request.error,
        *request.problems,
        "replayed" if request.replayed else "",
        f"Retry-After {request.retry_after}" if request.retry_after is not None else "",
        f"key {request.key}" if request.key else "",
    ]
    return " · ".join(filter(None, said))
