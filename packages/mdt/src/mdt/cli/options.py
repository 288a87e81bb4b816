"""The options that commands share, and the decorator that gives each command --json and --lang."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mdt.cli.groups import Argument, Command, Option
from mdt.language import LANGUAGES, Words, _, choose

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def option(*names: str, help: Words, **more: Any) -> Decorator:  # noqa: A002 - click's own word
    """An option; `help` is a message."""
    return click.option(*names, cls=Option, help=help, **more)


def argument(name: str, *, help: Words, **more: Any) -> Decorator:  # noqa: A002
    return click.argument(name, cls=Argument, help=help, **more)


def _spoken(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        choose(value)


LANGUAGE = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help=_("Language; otherwise MDT_LANG, else the one of the terminal (LANG)."),
    is_eager=True,
    expose_value=False,
    callback=_spoken,
)
JSON = option("--json", "as_json", is_flag=True, help=_("One JSON document on stdout; notes go to stderr."))
MOCKS = option(
    "--mocks",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MDT_MOCKS",
    help=_("Folder of the definitions; otherwise MDT_MOCKS, else mocks/ here or above."),
)
SERVER = option(
    "--server",
    envvar="MDT_SERVER",
    metavar="URL",
    help=_("Address of the running server; otherwise MDT_SERVER, else the port of mdt.yaml on this machine."),
)
TOKEN = option("--token", envvar="MDT_TOKEN", help=_("The server's token; otherwise MDT_TOKEN."))
SESSION = option(
    "--session",
    envvar="MDT_SESSION",
    default="default",
    show_default=True,
    help=_("The session; otherwise MDT_SESSION."),
)


def command(
    name: str, about: Words, *decorators: Decorator, json_flag: bool = True, **more: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with its own options first; `about` is its help."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        for one in reversed((*decorators, *([JSON] if json_flag else []), LANGUAGE)):
            function = one(function)
        return click.command(name, cls=Command, help=about, **more)(function)

    return decorate
