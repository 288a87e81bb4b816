"""What all commands share: exit codes, options, help in two languages, output (results to stdout, notes to stderr)."""

import json
from collections.abc import Callable, Mapping
from enum import IntEnum
from importlib import import_module
from typing import Any

import click

from faultlab.language import LANGUAGES, Message, _, choose, did_you_mean, sentences

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class ExitCode(IntEnum):
    """The exit codes; EXITS describes them in the help."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


EXITS = {
    ExitCode.OK: _("done"),
    ExitCode.PROBLEMS: _("a promise was broken, or a report cannot be read"),
    ExitCode.USAGE: _("wrong call: command, option, or a name that does not exist"),
    ExitCode.UNREACHABLE: _("no database could be had"),
    ExitCode.INTERRUPTED: _("ended by Ctrl-C"),
}
HEADINGS = {
    "Options": _("Options"),
    "Commands": _("Commands"),
    "Positional arguments": _("Arguments"),
}


class CommandError(click.ClickException):
    """A command failed; the command line ends with this exit code."""

    def __init__(self, code: ExitCode, message: object) -> None:
        super().__init__(str(message))
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        return int(self.code)


def wrong_usage(message: object) -> CommandError:
    return CommandError(ExitCode.USAGE, message)


# --- click in two languages
class _Translated:
    """Help that is translated when it is shown."""

    def __init__(self, *arguments: Any, help: Message, **named: Any) -> None:  # noqa: A002 - click's name
        super().__init__(*arguments, **named)
        self._help = help

    @property
    def help(self) -> str:
        return str(self._help)

    @help.setter  # noqa: A003 - click's name
    def help(self, text: str | None) -> None:
        """Ignores the text that click sets."""


class Option(_Translated, click.Option):  # type: ignore[misc]
    """An option."""


class Argument(_Translated, click.Argument):  # type: ignore[misc]
    """A positional argument."""


class Formatter(click.HelpFormatter):
    """Help with translated headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or str(_("Usage: ")))

    def write_heading(self, heading: str) -> None:
        super().write_heading(str(HEADINGS.get(heading, heading)))


class Context(click.Context):
    formatter_class = Formatter


class Command(_Translated, click.Command):  # type: ignore[misc]
    """A command or a group; its help ends with the exit codes."""

    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = str(_("Show this and end."))
        return option

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(str(_("Exit codes"))):
            formatter.write_dl([(str(code.value), str(text)) for code, text in EXITS.items()])


class Group(Command, click.Group):  # type: ignore[misc]
    """Commands by name as "module:attribute", imported on use."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _colon, attribute = self._lazy.get(cmd_name, "").partition(":")
        return getattr(import_module(module), attribute) if module else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self._lazy and not name.startswith("-"):
            problem = _("There is no command {name!r}.", name=name)
            raise click.UsageError(str(sentences(problem, did_you_mean(name, self._lazy))), ctx)
        return super().resolve_command(ctx, args)


def usage_text(error: click.UsageError) -> str:
    """The usage error as text; translated and with a suggestion where click has neither."""
    if isinstance(error, click.NoSuchOption):
        options = [one for one in error.ctx.command.params if isinstance(one, click.Option)] if error.ctx else []
        known = error.possibilities or [name for one in options for name in one.opts if name.startswith("--")]
        problem = _("There is no option {name}.", name=error.option_name)
        return str(sentences(problem, did_you_mean(error.option_name, known)))
    if isinstance(error, click.MissingParameter) and error.param is not None and error.ctx is not None:
        return str(_("{name} is missing.", name=error.param.get_error_hint(error.ctx).replace("'", "")))
    return error.format_message()


# --- options and commands
def option(*names: str, help: Message, **more: Any) -> Decorator:  # noqa: A002 - click's name
    return click.option(*names, cls=Option, help=help, **more)


def argument(name: str, *, help: Message, **more: Any) -> Decorator:  # noqa: A002
    return click.argument(name, cls=Argument, help=help, **more)


LANGUAGE = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help=_("Language; otherwise FAULTLAB_LANG, MDT_LANG, else the one of the terminal (LANG)."),
    is_eager=True,
    expose_value=False,
    callback=lambda _context, _option, value: choose(value) if value else None,
)
JSON = option("--json", "as_json", is_flag=True, help=_("One JSON document on stdout; notes go to stderr."))


def command(
    name: str,
    help: Message,  # noqa: A002
    *decorators: Decorator,
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with its options, --json and --lang."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        for one in reversed((*decorators, JSON, LANGUAGE)):
            function = one(function)
        return click.command(name, cls=Command, help=help)(function)

    return decorate


# --- output
def note(text: object) -> None:
    """Print to stderr: progress and hints, no result."""
    click.echo(str(text), err=True)


def dumps(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def emit(document: Any, *, as_json: bool, human: Callable[[], None]) -> None:
    """Print the document as JSON, or call `human`."""
    if as_json:
        click.echo(dumps(document))
    else:
        human()
