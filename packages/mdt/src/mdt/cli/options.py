"""The options that commands share, and the decorator that gives each command --json and --lang."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mdt.cli.groups import Argument, Command, Option
from mdt.cli.language import LANGUAGES, choose

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def option(*names: str, help: str, **more: Any) -> Decorator:  # noqa: A002 - click's own word
    """An option; `help` is a key of the texts."""
    return click.option(*names, cls=Option, help=help, **more)


def argument(name: str, *, help: str, **more: Any) -> Decorator:  # noqa: A002
    return click.argument(name, cls=Argument, help=help, **more)


def _spoken(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        choose(value)


LANGUAGE = option(
    "--lang", type=click.Choice(LANGUAGES), help="option.lang", is_eager=True, expose_value=False, callback=_spoken
)
JSON = option("--json", "as_json", is_flag=True, help="option.json")
MOCKS = option("--mocks", type=click.Path(path_type=Path, file_okay=False), envvar="MDT_MOCKS", help="option.mocks")
SERVER = option("--server", envvar="MDT_SERVER", metavar="URL", help="option.server")
TOKEN = option("--token", envvar="MDT_TOKEN", help="option.token")
SESSION = option("--session", envvar="MDT_SESSION", default="default", show_default=True, help="option.session")


def command(
    name: str, key: str, *decorators: Decorator, json_flag: bool = True, **more: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with its own options first; `key` is its help."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        for one in reversed((*decorators, *([JSON] if json_flag else []), LANGUAGE)):
            function = one(function)
        return click.command(name, cls=Command, help=key, **more)(function)

    return decorate
