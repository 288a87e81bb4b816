"""The command `mdt`. Each command prints text, or with --json one document.

Every error becomes a message and a documented exit code.
"""

import sys
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import Any, NoReturn

import click

from mdt.cli.commands import LANGUAGE, Group, usage_text
from mdt.cli.output import ExitCode, code_of, dumps, note
from mdt.errors import DefinitionError, MdtError
from mdt.language import LANGUAGES, _, choose


class Root(Group):
    """The root group. Commands return their exit code; None means success."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        choose(_language_of(given))
        try:
            code = super().main(given, prog_name or "mdt", **extra)
        except (MdtError, click.ClickException) as error:
            code = _failed(error, as_json="--json" in given)
        except (click.Abort, KeyboardInterrupt):
            note(_("Interrupted."))
            code = ExitCode.INTERRUPTED
        finally:
            choose(None)
        sys.exit(int(code or 0))


def _language_of(given: Sequence[str]) -> str | None:
    """The value of --lang, read before click parses, so that help and errors are in that language."""
    own = list(takewhile(lambda one: one != "--", given))
    said = [one.removeprefix("--lang=") for one in own if one.startswith("--lang=")]
    said += [value for name, value in pairwise(own) if name == "--lang"]
    return next((one for one in said if one in LANGUAGES), None)


def _failed(error: MdtError | click.ClickException, *, as_json: bool) -> ExitCode:
    """Prints the message on stderr, and with --json a document on stdout."""
    code = code_of(error)
    message = usage_text(error) if isinstance(error, click.UsageError) else _message(error)
    context = getattr(error, "ctx", None)
    note(_("Error: {message}", message=message))
    if isinstance(error, click.UsageError) and context is not None:
        note(_("`{command} --help` says more.", command=context.command_path))
    if as_json:
        click.echo(dumps({"error": {"code": int(code), "message": message, "problems": _problems(error)}}))
    return code


def _message(error: MdtError | click.ClickException) -> str:
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def _problems(error: Exception) -> list[dict[str, Any]]:
    found = error.problems if isinstance(error, DefinitionError) else ()
    return [{"file": one.file, "line": one.line, "message": one.message, "hint": one.hint} for one in found]


@click.group(
    "mdt",
    cls=Root,
    help=_("Mock-driven testing: named scenarios for the services that you call, in tests and as a server."),
    lazy={"mock": "mdt.cli.mock:mock", "contract": "mdt.cli.contract:contract", "test": "mdt.cli.integration:test"},
    plugins="mdt.commands",
    no_args_is_help=False,
    invoke_without_command=True,
)
@LANGUAGE
@click.pass_context
def main(context: click.Context) -> None:
    """Prints the help without a command."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
