"""click's building blocks with our texts: help in two languages, commands that load when they are used, suggestions."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import click

from mdt.cli.exits import ExitCode
from mdt.cli.language import say
from mdt.language import SETTINGS, language, sentences
from mdt.suggest import did_you_mean


class _Spoken:
    """`help` is kept as the key of a text and read in the language that is spoken then."""

    _help_key: str | None = None

    @property
    def help(self) -> str | None:
        return say(self._help_key) if self._help_key else None

    @help.setter  # noqa: A003 - click's name
    def help(self, key: str | None) -> None:
        self._help_key = key


class Option(_Spoken, click.Option):
    """An option whose help is a key of the texts."""


class Argument(_Spoken, click.Argument):
    """An argument whose help is a key of the texts."""


class Formatter(click.HelpFormatter):
    """click's headings in the language that is spoken."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or say("help.usage"))

    def write_heading(self, heading: str) -> None:
        super().write_heading(say(HEADINGS[heading]) if heading in HEADINGS else heading)


HEADINGS = {
    "Options": "heading.options",
    "Commands": "heading.commands",
    "Positional arguments": "heading.arguments",
}


class Context(click.Context):
    formatter_class = Formatter


class _Ours(_Spoken):
    """What commands and groups share."""

    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = say("option.help")
        return option  # type: ignore[no-any-return]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit codes."""
        with formatter.section(say("heading.exits")):
            formatter.write_dl([(str(code.value), say(f"exit.{code.name.lower()}")) for code in ExitCode])


class Command(_Ours, click.Command):  # type: ignore[misc]
    """A command whose help is a key of the texts."""


class Group(_Ours, click.Group):  # type: ignore[misc]
    """Commands by name, each as "module:attribute", imported when somebody asks for it.

    `plugins` is the entry point group of commands that other installed packages add.
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
            raise click.UsageError(str(sentences(say("usage.command", name=name), hint)), ctx)
        return super().resolve_command(ctx, args)


def usage_text(error: click.UsageError) -> str:
    """What is wrong with the call, in the language that is spoken where click's own text is English."""
    if isinstance(error, click.NoSuchOption):
        known = error.possibilities or _options(error.ctx)
        return str(sentences(say("usage.option", name=error.option_name), did_you_mean(error.option_name, known)))
    if isinstance(error, click.MissingParameter) and error.param is not None and error.ctx is not None:
        return say("usage.missing", name=error.param.get_error_hint(error.ctx).replace("'", ""))
    return error.format_message()


def _options(context: click.Context | None) -> Sequence[str]:
    """The options of the command that was called, when none of them is close."""
    params = context.command.params if context else []
    return [name for one in params if isinstance(one, click.Option) for name in one.opts if name.startswith("--")]
