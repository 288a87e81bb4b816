"""The building blocks of commands: translated help, groups that import a command when it is used, shared options."""

import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

from mdt.cli.output import MEANINGS, ExitCode
from mdt.language import LANGUAGES, SETTINGS, Words, _, choose, language, sentences
from mdt.suggest import did_you_mean


class _Translated:
    """Keeps `help` as a message and translates it when it is shown."""

    _message: Words | None = None

    @property
    def help(self) -> str | None:
        return str(self._message) if self._message else None

    @help.setter  # noqa: A003 - click's name
    def help(self, message: Words | None) -> None:
        self._message = message


class Option(_Translated, click.Option):
    """An option with translated help."""

    def __init__(self, *names: Any, help: Words | None = None, **more: Any) -> None:  # noqa: A002
        super().__init__(*names, **more)
        self.help = help


class Argument(_Translated, click.Argument):
    """An argument with translated help."""

    def __init__(self, *names: Any, help: Words | None = None, **more: Any) -> None:  # noqa: A002
        super().__init__(*names, **more)
        self.help = help


class Formatter(click.HelpFormatter):
    """Translates click's headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or str(_("Usage: ")))

    def write_heading(self, heading: str) -> None:
        super().write_heading(str(HEADINGS[heading]) if heading in HEADINGS else heading)


HEADINGS = {
    "Options": _("Options"),
    "Commands": _("Commands"),
    "Positional arguments": _("Arguments"),
}


class Context(click.Context):
    formatter_class = Formatter


class _Ours(_Translated):
    """The common part of commands and groups."""

    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = str(_("Show this and end."))
        return option  # type: ignore[no-any-return]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Adds the exit codes."""
        with formatter.section(str(_("Exit codes"))):
            formatter.write_dl([(str(code.value), str(MEANINGS[code])) for code in ExitCode])


class Command(_Ours, click.Command):  # type: ignore[misc]
    """A command with translated help."""


class Group(_Ours, click.Group):  # type: ignore[misc]
    """A group of commands, each given as "module:attribute" and imported when it is used.

    `plugins` is the entry point group of commands of other packages.
    """

    def __init__(self, *arguments: Any, lazy: Mapping[str, str], plugins: str | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        found = entry_points(group=plugins) if plugins else ()
        self._lazy = {**{one.name: one.value for one in found}, **lazy}
        self.own = frozenset(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        if cmd_name not in self.own:
            os.environ[SETTINGS[0]] = language()  # another package reads the language there
        module, _, attribute = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self._lazy and not name.startswith("-"):
            hint = did_you_mean(name, self._lazy)
            raise click.UsageError(str(sentences(_("There is no command {name!r}.", name=name), hint)), ctx)
        return super().resolve_command(ctx, args)


def usage_text(error: click.UsageError) -> str:
    """The message of a usage error, translated where click's text is English."""
    if isinstance(error, click.NoSuchOption):
        known = error.possibilities or _options(error.ctx)
        return str(
            sentences(_("There is no option {name}.", name=error.option_name), did_you_mean(error.option_name, known))
        )
    if isinstance(error, click.MissingParameter) and error.param is not None and error.ctx is not None:
        return str(_("{name} is missing.", name=error.param.get_error_hint(error.ctx).replace("'", "")))
    return error.format_message()


def _options(context: click.Context | None) -> Sequence[str]:
    """Lists the options of the command if none of them is similar."""
    params = context.command.params if context else []
    return [name for one in params if isinstance(one, click.Option) for name in one.opts if name.startswith("--")]


type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def option(*names: str, help: Words, **more: Any) -> Decorator:  # noqa: A002 - click's own word
    """Decorates with an option; `help` is a message."""
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
ENVIRONMENT = option(
    "--env", "environment", envvar="MDT_ENV", metavar="NAME", help=_("Environment of mdt.yaml; otherwise MDT_ENV.")
)
DATASET = option(
    "--dataset",
    envvar="MDT_DATASET",
    metavar="NAME",
    help=_("Data set of datasets/, in place of the environment's; otherwise MDT_DATASET. `shared` is shared/ alone."),
)
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
    """Makes a command; its own options come first, `about` is its help."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        for one in reversed((*decorators, *([JSON] if json_flag else []), LANGUAGE)):
            function = one(function)
        return click.command(name, cls=Command, help=about, **more)(function)

    return decorate
