"""The command line `faultlab`, also `mdt fault` where mdt is installed. Every error becomes an exit code."""

import sys
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import Any, NoReturn

import click

from faultlab.cli.base import LANGUAGE, CommandError, ExitCode, Group, dumps, note, usage_text
from faultlab.language import LANGUAGES, FaultlabError, _, choose

__all__ = ["fault", "main"]


COMMANDS = {
    "run": "faultlab.cli.run:run",
    "chaos": "faultlab.cli.run:chaos",
    "list": "faultlab.cli.run:cases",
    "check": "faultlab.cli.stored:check",
    "report": "faultlab.cli.stored:report",
    "schema": "faultlab.cli.stored:schema",
}
HELP = _("Interrupt the database of a service, and check what the service promised.")


class LaboratoryGroup(Group):
    """The commands, with errors of the laboratory as errors of click, under any command line."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        choose(_language_of(args) or _.language())  # for testdb's texts too
        context = super().make_context(info_name, args, parent, **extra)
        if parent is not None:
            context.call_on_close(lambda: choose(None))
        return context

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FaultlabError as error:
            raise CommandError(ExitCode.PROBLEMS, error) from error


class Root(LaboratoryGroup):
    """Commands return their exit code; None is success."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        words = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            code = super().main(words, prog_name or "faultlab", **extra)
        except click.ClickException as error:
            code = _failed(error, as_json="--json" in words)
        except (click.Abort, KeyboardInterrupt):
            note(_("Interrupted."))
            code = ExitCode.INTERRUPTED
        finally:
            choose(None)
        sys.exit(int(code or 0))


def _language_of(words: Sequence[str]) -> str | None:
    """The value of --lang, read first so that help and usage errors are in that language."""
    own = list(takewhile(lambda word: word != "--", words))
    said = [word.removeprefix("--lang=") for word in own if word.startswith("--lang=")]
    said += [value for name, value in pairwise(own) if name == "--lang"]
    return next((one for one in said if one in LANGUAGES), None)


def _failed(error: click.ClickException, *, as_json: bool) -> int:
    """Print the message to stderr and, with --json, a document to stdout."""
    message = usage_text(error) if isinstance(error, click.UsageError) else error.format_message()
    note(_("Error: {message}", message=message))
    if isinstance(error, click.UsageError) and error.ctx is not None:
        note(_("`{command} --help` says more.", command=error.ctx.command_path))
    if as_json:
        click.echo(dumps({"error": {"code": error.exit_code, "message": message, "problems": []}}))
    return error.exit_code


@click.group("fault", cls=LaboratoryGroup, lazy=COMMANDS, help=HELP)
@LANGUAGE
def fault() -> None:
    """The commands as a group of another command line: `mdt fault`."""


@click.group("faultlab", cls=Root, lazy=COMMANDS, help=HELP, no_args_is_help=False, invoke_without_command=True)
@LANGUAGE
@click.pass_context
def main(context: click.Context) -> None:
    """Without a command print the help."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
