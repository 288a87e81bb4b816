"""Makes run.log: a line with a timestamp for each fault, request, check, snapshot and verdict of a run."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from faultlab.report_model import Case, DatabaseSnapshot, Health, Report, Request, Step

NAME = "run.log"
VERDICTS = {True: "kept", False: "broken", None: "not judged"}


def text(report: Report) -> str:
    """The whole log, with the cases in the order of the report."""
    return "".join(line + "\n" for line in [*_begin(report), *_cases(report), *_end(report)])


def case_text(case: Case) -> str:
    """The lines of one case, in the order of time."""
    return "".join(f"{_at(case, t)} {case.id} {line}\n" for t, line in sorted(_events(case), key=lambda one: one[0]))


class LiveLog:
    """Appends each case as it ends, so that a killed run leaves a log."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        folder.mkdir(parents=True, exist_ok=True)
        self.path.write_text("", encoding="utf-8")

    def add(self, case: Case) -> None:
        """Append its lines."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(case_text(case))


def _begin(report: Report) -> Iterator[str]:
    run, where = report.run, report.environment
    yield (
        f"{_time(datetime.fromisoformat(run.started))} run {run.id}: {where.service} on {where.version} ({where.way}), "
        f"seed {run.seed}, slack {run.slack:g}, cores {where.cores}"
    )


def _cases(report: Report) -> Iterator[str]:
    for case in report.cases:
        yield from case_text(case).splitlines()


def _end(report: Report) -> Iterator[str]:
    run, found = report.run, report.summary
    ended = datetime.fromisoformat(run.started) + timedelta(seconds=run.duration_s)
    word = "interrupted" if run.interrupted else "ended"
    yield (
        f"{_time(ended)} run {run.id} {word}: passed {found.passed}, failed {found.failed}, void {found.void}, "
        f"not run {found.not_run}, in {run.duration_s:g} s"
    )


def _events(case: Case) -> Iterator[tuple[float, str]]:
    """The events of a case, with seconds since it began."""
    fault = f"fault {case.fault} at {case.moment or 'any moment'}" if case.fault else "no fault"
    yield 0.0, f"begins: {case.title.en}; {case.priority}, {fault}, clients {case.clients}"
    yield from ((one.t + one.ms / 1000, _request(one)) for one in case.requests)
    yield from ((one.t, f"fault {one.fault} at {one.moment}: {one.where or 'by the case'}") for one in case.firings)
    yield from ((one.ended, f"outage over, began at {one.began:.3f} s") for one in case.outages)
    yield from ((one, "recovered") for one in [case.recovered] if one is not None)
    yield from ((one.t, _not_alive(one)) for one in case.health if one.status != 200)
    for snapshot in case.books:
        yield from ((snapshot.t, line) for line in _snapshot(snapshot))
    yield from ((one.t, _step(one)) for one in case.steps)
    end = case.duration_ms / 1000
    yield from ((end, f"{one.id} {VERDICTS[one.ok]}: {one.detail}") for one in case.findings)
    yield end, f"{case.status} in {end:.2f} s{': ' if case.reason else ''}{case.reason}"


def _not_alive(one: Health) -> str:
    return f"liveness answered {one.status or 'nothing'} in {one.ms:.1f} ms"


def _snapshot(one: DatabaseSnapshot) -> Iterator[str]:
    yield f"snapshot {one.when}: stored {sum(each.count for each in one.operations)}, problems {len(one.problems)}"
    yield from (f"snapshot {one.when}: {problem}" for problem in one.problems)


def _step(one: Step) -> str:
    return f"step {'ok' if one.ok else 'WRONG'}: {one.name.en}: expected {one.expected}, was {one.actual}"


def _request(one: Request) -> str:
    """A request at the time of its answer."""
    what = f"{one.method} {one.path}{' ' if one.operation else ''}{one.operation or ''}"
    came = one.status if one.status is not None else f"no answer ({one.error})"
    return f"request {one.phase} {what}: {came} {one.outcome}, {one.ms:.1f} ms, client {one.client}"


def _at(case: Case, seconds: float) -> str:
    return _time(datetime.fromisoformat(case.started) + timedelta(seconds=seconds))


def _time(moment: datetime) -> str:
    """UTC to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
