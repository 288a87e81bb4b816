"""`mdt mock replay`: a server that plays a recording in the place of its service."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, command, option
from mdt.cli.mock.proxy import ALLOW_HOST, HOST, PORT, TARGET, THE_SERVICE, TOKEN, serve_overlay
from mdt.cli.output import ExitCode, emit, note
from mdt.language import _
from mdt.recording.comparison import Difference
from mdt.recording.replay import MODES, Replay

if TYPE_CHECKING:
    from mdt.server.mock_server import MockServer

SESSION = option(
    "--session",
    "name",
    default="latest",
    show_default=True,
    metavar="NAME",
    help=_("The recording, as `mdt mock recordings` names it."),
)
MODE = option(
    "--mode",
    type=click.Choice(MODES),
    default="match",
    show_default=True,
    help=_(
        "strict: in the recorded order; match: in any order; spy: the real service for the rest; diff: both, compared."
    ),
)
REPEAT = option("--repeat", is_flag=True, help=_("Play the last fitting answer again when all are used."))
TIMING = option("--timing", is_flag=True, help=_("Answer after as long as it took."))


@command(
    "replay",
    _("Play a recording in the place of its service."),
    THE_SERVICE,
    SESSION,
    MODE,
    REPEAT,
    TIMING,
    TARGET,
    ALLOW_HOST,
    PORT,
    HOST,
    TOKEN,
    MOCKS,
)
def replay(
    *,
    service: str,
    name: str,
    mode: str,
    repeat: bool,
    timing: bool,
    target: str | None,
    allow_hosts: tuple[str, ...],
    mocks: Path | None,
    as_json: bool,
    **options: Any,
) -> ExitCode:
    """With --mode diff the exit code is 1 if the real service differed."""
    folder = targets.folder(mocks)
    played = Replay(
        service,
        name,
        mode=mode,
        repeat=repeat,
        timing=timing,
        target=target,
        allow_hosts=allow_hosts,
        on_difference=_differs,
    )
    serve_overlay(folder, service, played.over, lambda server: _ready(server, played, as_json=as_json), **options)
    if mode != "diff":
        return ExitCode.OK
    note(_("{count} calls compared, {differences} differ", count=played.compared, differences=len(played.differences)))
    return ExitCode.PROBLEMS if played.differences else ExitCode.OK


def _differs(difference: Difference) -> None:
    note(_("differs: {difference}   (real → recorded)", difference=difference))


def _ready(server: "MockServer", played: Replay, *, as_json: bool) -> None:
    recording = played.recording
    document: dict[str, Any] = {
        "url": server.url,
        "service": played.name,
        "session": recording.session if recording else played.session,
        "mode": played.mode,
        "calls": len(recording.calls) if recording else 0,
        "damaged": recording.damaged if recording else 0,
        "token": server.token,
    }
    emit(document, as_json=as_json, human=lambda: _print(document))
    if document["damaged"]:
        note(_("The last call of the recording is not whole, and is left out."))


def _print(document: dict[str, Any]) -> None:
    head = _("Replaying {service} on {url}", service=document["service"], url=document["url"])
    click.echo(click.style(head, bold=True))
    click.echo(
        _(
            "recording {session}, {count} calls, {mode}",
            session=document["session"],
            count=document["calls"],
            mode=document["mode"],
        )
    )
    if document["token"]:
        click.echo(_("token     {token}", token=document["token"]))
    click.echo(_("Ctrl-C ends it."))
