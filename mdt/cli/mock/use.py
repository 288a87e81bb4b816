"""`mdt mock use`: another choice of scenarios for a session of a running server."""

from pathlib import Path

import click

from mdt.cli.language import say
from mdt.cli.options import MOCKS, SERVER, SESSION, TOKEN, argument, command
from mdt.cli.output import emit
from mdt.cli.remote import address_of, connect

NAMES = argument("names", nargs=-1, required=True, metavar="SCENARIO...", help="use.names")


@command("use", "use.help", NAMES, SESSION, SERVER, TOKEN, MOCKS)
def use(
    *, names: tuple[str, ...], session: str, server: str | None, token: str | None, mocks: Path | None, as_json: bool
) -> None:
    """The server checks the names: it knows its definitions."""
    url = address_of(server, mocks)
    selected = connect(url, token).select(session, names)
    document = {"server": url, "session": session, "selected": selected}
    text = say("use.done", session=session, names=", ".join(selected))
    emit(document, as_json=as_json, human=lambda: click.echo(text))
