"""The exit codes, and which error means which; the help shows this table."""

from enum import IntEnum

import click

from faultlab.errors import FaultlabError
from faultlab.language import Words


class ExitCode(IntEnum):
    """What a command's end means; `exit.<name>` is its wording."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


class CommandError(click.ClickException):
    """A command cannot do what it was asked for; `exit_code` is how it ends, for whichever command line called it."""

    def __init__(self, code: ExitCode, message: Words) -> None:
        self.exit_code = code
        super().__init__(str(message))


def wrong_usage(message: Words) -> CommandError:
    return CommandError(ExitCode.USAGE, message)


def code_of(error: FaultlabError | click.ClickException) -> ExitCode:
    return ExitCode(error.exit_code) if isinstance(error, click.ClickException) else ExitCode.PROBLEMS
