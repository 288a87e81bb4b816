"""`mdt mock use`: another choice of scenarios for a session of a running server."""

from pathlib import Path

import click

from mdt.cli.exits import wrong_usage
from mdt.cli.options import MOCKS, SERVER, SESSION, TOKEN, argument, command, option
from mdt.cli.output import emit
from mdt.cli.remote import address_of, connected, selectable
from mdt.language import _

NAMES = argument(
    "names",
    nargs=-1,
    metavar="[SCENARIO]...",
    help=_("Names as `mdt mock list` shows them; A,B is one call after the other."),
)
ADD = option("--add", is_flag=True, help=_("Keep what is selected for other services."))
DEFAULTS = option("--defaults", is_flag=True, help=_("Go back to the defaults."))


@command(
    "use",
    _("Select scenarios on a running server; what was selected before is forgotten."),
    NAMES,
    ADD,
    DEFAULTS,
    SESSION,
    SERVER,
    TOKEN,
    MOCKS,
)
def use(
    *,
    names: tuple[str, ...],
    add: bool,
    defaults: bool,
    session: str,
    server: str | None,
    token: str | None,
    mocks: Path | None,
    as_json: bool,
) -> None:
    """The server checks the names: it knows its definitions."""
    if bool(names) == defaults:
        raise wrong_usage(_("Name scenarios, or give --defaults, and not both."))
    url = address_of(server, mocks)
    wanted = [selectable(name) for name in names]
    with connected(url, token) as client:
        view = client.switch(wanted, session) if add else client.select(wanted, session)
    document = {"server": url, "session": session, "selected": view["scenarios"]}
    shown = ", ".join(view["scenarios"]) or _("the defaults")
    emit(document, as_json=as_json, human=lambda: click.echo(_("{session}: {names}", session=session, names=shown)))
