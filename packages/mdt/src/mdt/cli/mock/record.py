"""`mdt mock record`: a reverse proxy that records what a service answers, without secrets."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, command, option
from mdt.cli.mock.import_files import imported
from mdt.cli.mock.proxy import ALLOW_HOST, HOST, PORT, TARGET, THE_SERVICE, TOKEN, serve_overlay
from mdt.cli.output import emit, note, wrong_usage
from mdt.definitions.durations import seconds
from mdt.formats.draft import Draft
from mdt.language import _, listed, words_of
from mdt.recording.recorder import Recorder

if TYPE_CHECKING:
    from mdt.server.mock_server import MockServer


def _duration(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    try:
        return None if value is None else seconds(float(value) if value.replace(".", "", 1).isdigit() else value)
    except ValueError as error:
        raise wrong_usage(words_of(error)) from None


DURATION = option(
    "--duration", metavar="TIME", callback=_duration, help=_("End after this time, such as 30s, 10m or 1h.")
)
SESSION = option(
    "--session", "name", metavar="NAME", help=_("Name of the recording; otherwise the minute: 20250127-1030.")
)
UNMOCKED = option(
    "--unmocked", is_flag=True, help=_("Answer from the definitions what they know, and record the rest.")
)


AS_SCENARIOS = option(
    "--as-scenarios", is_flag=True, help=_("At the end, make a service file of it, if the service has none.")
)


@command(
    "record",
    _("Record a service: pass its calls on to the real one, and write them down without secrets."),
    THE_SERVICE,
    TARGET,
    DURATION,
    SESSION,
    UNMOCKED,
    AS_SCENARIOS,
    ALLOW_HOST,
    PORT,
    HOST,
    TOKEN,
    MOCKS,
)
def record(
    *,
    service: str,
    target: str | None,
    name: str | None,
    unmocked: bool,
    as_scenarios: bool,
    allow_hosts: tuple[str, ...],
    mocks: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Each call is on the disk before the next: what kills the recorder loses no call that has ended."""
    folder = targets.folder(mocks)
    recorder = Recorder(service, target=target, session=name, unmocked=unmocked, allow_hosts=allow_hosts)
    try:
        serve_overlay(
            folder, service, recorder.over, lambda server: _ready(server, recorder, as_json=as_json), **options
        )
    finally:
        recorder.end()
    _summary(recorder)
    if as_scenarios and recorder.file:
        draft = Draft(service, recorder.target or "")
        report = imported(folder, "recording", [recorder.file], draft, force=False, mocks=mocks)
        note(_("written {file}", file=report["file"]))


def _ready(server: "MockServer", recorder: Recorder, *, as_json: bool) -> None:
    service = server.engine.catalog.services[recorder.name]
    document = {
        "url": server.url,
        "service": recorder.name,
        "target": recorder.target or service.url,
        "file": str(recorder.place.path) if recorder.place else "",
        "page": f"{server.url}/_mdt/" + (f"#token={server.token}" if server.token else ""),
        "token": server.token,
    }
    emit(document, as_json=as_json, human=lambda: _print(document))


def _print(document: dict[str, Any]) -> None:
    click.echo(
        click.style(_("Recording {service} on {url}", service=document["service"], url=document["url"]), bold=True)
    )
    click.echo(_("service   {url}", url=document["target"]))
    click.echo(_("file      {file}", file=document["file"]))
    click.echo(_("page      {url}", url=document["page"]))
    click.echo(_("Ctrl-C ends it."))


def _summary(recorder: Recorder) -> None:
    if recorder.file is None:
        note(_("No call came; nothing was written."))
        return
    note(_("{count} calls in {file}", count=recorder.count, file=recorder.file))
    if counts := recorder.redactor.names.counts:
        note(_("replaced: {kinds}", kinds=listed(f"{kind} {count}" for kind, count in sorted(counts.items()))))
    if left_out := recorder.redactor.left_out:
        note(
            _(
                "headers left out: {names}. Keep some with recording.headers in mdt.yaml.",
                names=listed(sorted(left_out)),
            )
        )
