"""The output of commands: a document or text on stdout, notes on stderr, and an exit code."""

import json
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import click

from mdt.errors import (
    DefinitionError,
    MdtError,
    SelectionError,
    UnknownCallbackError,
    UnknownDatasetError,
    UnknownEnvironmentError,
    UnknownScenarioError,
    UnknownServiceError,
)
from mdt.language import Words, _

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class ExitCode(IntEnum):
    """The exit codes."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    ADDRESS = 5
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, Words] = {
    ExitCode.OK: _("done"),
    ExitCode.PROBLEMS: _("problems were found, or no answer fits the request"),
    ExitCode.USAGE: _("wrong call: command, option, or a name that does not exist"),
    ExitCode.UNREACHABLE: _("no mock server answers there"),
    ExitCode.REFUSED: _("the mock server refuses: token, session, request"),
    ExitCode.ADDRESS: _("the port or host cannot be used"),
    ExitCode.INTERRUPTED: _("ended by Ctrl-C"),
}


class CommandError(MdtError):
    """A command failed. `code` is its exit code, `problems` has the details."""

    def __init__(self, code: ExitCode, message: Words) -> None:
        self.code = code
        super().__init__(message)


def wrong_usage(message: Words) -> CommandError:
    return CommandError(ExitCode.USAGE, message)


CODES: tuple[tuple[type[MdtError], ExitCode], ...] = (
    (DefinitionError, ExitCode.PROBLEMS),
    (UnknownScenarioError, ExitCode.USAGE),
    (UnknownServiceError, ExitCode.USAGE),
    (UnknownEnvironmentError, ExitCode.USAGE),
    (UnknownDatasetError, ExitCode.USAGE),
    (UnknownCallbackError, ExitCode.USAGE),
    (SelectionError, ExitCode.USAGE),
)


def code_of(error: Exception) -> ExitCode:
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, click.UsageError):
        return ExitCode.USAGE
    own = error.exit_code if isinstance(error, click.ClickException) else ExitCode.PROBLEMS
    return next((code for kind, code in CODES if isinstance(error, kind)), ExitCode(own))


def note(text: Words) -> None:
    """Prints a note on stderr."""
    click.echo(text, err=True)


def dumps(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def emit(document: Any, *, as_json: bool, human: Callable[[], None]) -> None:
    """Prints the document, or the text for people."""
    if as_json:
        click.echo(dumps(document))
    else:
        human()


def interactive() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def console() -> "Console":
    """A console, wide and without colours if stdout is no terminal."""
    from rich.console import Console

    return Console(file=sys.stdout, width=None if interactive() else 160, highlight=False, soft_wrap=False)


def show(renderable: "RenderableType") -> None:
    """Prints a tree or a table without trailing spaces."""
    out = console()
    with out.capture() as captured:
        out.print(renderable)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
