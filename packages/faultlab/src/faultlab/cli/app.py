"""The root of the command line: every error becomes a plain message and a documented exit code."""

import sys
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import Any, NoReturn

import click

from faultlab.cli.exits import CommandError, ExitCode, code_of
from faultlab.cli.groups import Group, usage_text
from faultlab.cli.language import LANGUAGES, choose, say
from faultlab.cli.options import LANGUAGE
from faultlab.cli.output import dumps, note
from faultlab.errors import FaultlabError
from faultlab.language import words_of

COMMANDS = {
    "run": "faultlab.cli.run:run",
    "chaos": "faultlab.cli.chaos:chaos",
    "list": "faultlab.cli.cases:cases",
    "check": "faultlab.cli.check:check",
    "report": "faultlab.cli.report:report",
    "schema": "faultlab.cli.schema:schema",
}


class Laboratory(Group):
    """The commands; an error of the laboratory reaches whichever command line called them as click's own kind."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FaultlabError as error:
            raise CommandError(ExitCode.PROBLEMS, words_of(error)) from error


class Root(Laboratory):
    """Commands return their exit code; None is success."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        choose(_language_of(given))
        try:
            code = super().main(given, prog_name or "faultlab", **extra)
        except click.ClickException as error:
            code = _failed(error, as_json="--json" in given)
        except (click.Abort, KeyboardInterrupt):
            note(say("interrupted"))
            code = ExitCode.INTERRUPTED
        finally:
            choose(None)
        sys.exit(int(code or 0))


def _language_of(given: Sequence[str]) -> str | None:
    """What --lang says, read before anything else: help and mistakes before it are told in it, too."""
    own = list(takewhile(lambda one: one != "--", given))
    said = [one.removeprefix("--lang=") for one in own if one.startswith("--lang=")]
    said += [value for name, value in pairwise(own) if name == "--lang"]
    return next((one for one in said if one in LANGUAGES), None)


def _failed(error: click.ClickException, *, as_json: bool) -> ExitCode:
    """The message on stderr, and with --json as a document on stdout."""
    code = code_of(error)
    message = usage_text(error) if isinstance(error, click.UsageError) else error.format_message()
    context = getattr(error, "ctx", None)
    note(say("error", message=message))
    if isinstance(error, click.UsageError) and context is not None:
        note(say("usage.help", command=context.command_path))
    if as_json:
        click.echo(dumps({"error": {"code": int(code), "message": message, "problems": []}}))
    return code


@click.group("fault", cls=Laboratory, lazy=COMMANDS, help="fault.help")
@LANGUAGE
def fault() -> None:
    """A table of commands, for another command line to take in."""


@click.group("faultlab", cls=Root, lazy=COMMANDS, help="fault.help", no_args_is_help=False, invoke_without_command=True)
@LANGUAGE
@click.pass_context
def main(context: click.Context) -> None:
    """Without a command: the help."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
