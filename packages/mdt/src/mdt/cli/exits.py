"""The exit codes, and which error means which; the help shows this table."""

from enum import IntEnum

import click

from mdt.errors import DefinitionError, MdtError, SelectionError, UnknownScenarioError, UnknownServiceError
from mdt.language import Words


class ExitCode(IntEnum):
    """What a command's end means; `exit.<name>` is its wording."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    ADDRESS = 5
    INTERRUPTED = 130


class CommandError(MdtError):
    """A command cannot do what it was asked for; `code` is how it ends, `problems` what is wrong in detail."""

    def __init__(self, code: ExitCode, message: Words) -> None:
        self.code = code
        super().__init__(message)


def wrong_usage(message: Words) -> CommandError:
    return CommandError(ExitCode.USAGE, message)


CODES: tuple[tuple[type[MdtError], ExitCode], ...] = (
    (DefinitionError, ExitCode.PROBLEMS),
    (UnknownScenarioError, ExitCode.USAGE),
    (UnknownServiceError, ExitCode.USAGE),
    (SelectionError, ExitCode.USAGE),
)


def code_of(error: Exception) -> ExitCode:
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, click.UsageError):
        return ExitCode.USAGE
    own = error.exit_code if isinstance(error, click.ClickException) else ExitCode.PROBLEMS
    return next((code for kind, code in CODES if isinstance(error, kind)), ExitCode(own))
