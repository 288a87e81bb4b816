"""`mdt mock recordings`: lists recordings, shows what is in one, and deletes old ones."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, argument, command, option
from mdt.cli.output import ExitCode, emit, show, wrong_usage
from mdt.errors import MdtError
from mdt.language import _
from mdt.recording.inference import path_of, templates, volatile_fields
from mdt.recording.model import Recording
from mdt.recording.places import Place, places
from mdt.recording.session_file import read_recording

DAY = 86_400
NAMES = argument("sessions", nargs=-1, metavar="[SESSION]...", help=_("Only these; otherwise all."))
SERVICE = option("--service", "-s", "service", metavar="S", help=_("Only this service."))
PURGE = option(
    "--purge", is_flag=True, help=_("Delete them: the named ones, or those that --older-than or --keep choose.")
)
OLDER = option(
    "--older-than",
    "days",
    type=click.IntRange(0),
    metavar="DAYS",
    help=_("Only those that were written before so many days."),
)
KEEP = option("--keep", type=click.IntRange(0), metavar="N", help=_("Leave out the newest N of each service."))
EVERY = option("--all", "every", is_flag=True, help=_("With --purge: all of them."))


@command("recordings", _("List recordings, or delete them."), NAMES, SERVICE, OLDER, KEEP, PURGE, EVERY, MOCKS)
def recordings(
    *,
    sessions: tuple[str, ...],
    service: str | None,
    days: int | None,
    keep: int | None,
    purge: bool,
    every: bool,
    mocks: Path | None,
    as_json: bool,
) -> ExitCode:
    """Without --purge nothing changes."""
    found = _chosen(list(places(targets.folder(mocks), service)), sessions, days, keep)
    if sessions and (unknown := set(sessions) - {one.session for one in found}):
        raise wrong_usage(_("There is no recording {names}.", names=", ".join(sorted(unknown))))
    if purge and not (sessions or every or days is not None or keep is not None):
        raise wrong_usage(_("Say which: name recordings, or give --older-than, --keep or --all."))
    rows = [_row(one) for one in found]
    if purge:
        for one in found:
            one.path.unlink()
    emit({"purged": purge, "recordings": rows}, as_json=as_json, human=lambda: _print(rows, purged=purge))
    return ExitCode.PROBLEMS if any("error" in row for row in rows) and not purge else ExitCode.OK


def _chosen(found: list[Place], sessions: tuple[str, ...], days: int | None, keep: int | None) -> list[Place]:
    if sessions:
        found = [one for one in found if one.session in sessions]
    if days is not None:
        found = [one for one in found if one.path.stat().st_mtime < time.time() - days * DAY]
    return [one for one in found if one not in _newest(found, keep)] if keep else found


def _newest(found: list[Place], keep: int) -> list[Place]:
    by_age = sorted(found, key=lambda one: -one.path.stat().st_mtime)
    counted: Counter[str] = Counter()
    newest = []
    for one in by_age:
        counted[one.service] += 1
        if counted[one.service] <= keep:
            newest.append(one)
    return newest


def _row(one: Place) -> dict[str, Any]:
    row = {"service": one.service, "session": one.session, "file": str(one.path), "bytes": one.path.stat().st_size}
    try:
        return {**row, **_contents(read_recording(one.path))}
    except MdtError as error:
        return {**row, "error": str(error)}


def _contents(recording: Recording) -> dict[str, Any]:
    calls = recording.calls
    known = templates(map(path_of, calls))
    routes = Counter(
        f"{call.request.method} {known[path_of(call)]} {call.answer.status or call.answer.fault}" for call in calls
    )
    return {
        "url": recording.url,
        "calls": len(calls),
        "damaged": recording.damaged,
        "from": calls[0].at if calls else None,
        "to": calls[-1].at if calls else None,
        "routes": dict(sorted(routes.items())),
        "volatile": volatile_fields(calls),
    }


def _print(rows: list[dict[str, Any]], *, purged: bool) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in (_("service"), _("recording"), _("calls"), _("bytes"), _("routes")):
        table.add_column(str(heading), overflow="fold")
    for row in rows:
        routes = "\n".join(f"{count} × {route}" for route, count in row.get("routes", {}).items()) or row.get(
            "error", ""
        )
        table.add_row(row["service"], row["session"], str(row.get("calls", "")), str(row["bytes"]), routes)
    if rows:
        show(table)
    click.echo(_("{count} recordings deleted", count=len(rows)) if purged else _("{count} recordings", count=len(rows)))
