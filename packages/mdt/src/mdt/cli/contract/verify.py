"""`mdt contract verify`: does the provider answer as the contract says; a WSGI application in this process."""

import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from mdt.cli.commands import argument, command, option
from mdt.cli.contract.options import CONTRACTS, found, opened
from mdt.cli.output import CommandError, ExitCode, emit, wrong_usage
from mdt.contracts.provider import ContractBrokenError, Verification
from mdt.contracts.provider import verify as play
from mdt.errors import MdtError
from mdt.language import _, words_of

CONTRACT = argument(
    "reference", metavar="CONTRACT", help=_("SERVICE@VERSION, SERVICE for its newest version, or a file.")
)
APP = option(
    "--app",
    required=True,
    metavar="MODULE:NAME",
    help=_("The WSGI application, or a function that makes it: backend:create_app."),
)
STATES = option(
    "--states", metavar="MODULE:NAME", help=_("A mapping of states to functions that prepare the application.")
)
JOURNAL = option(
    "--journal",
    "journals",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("Journal of a consumer's test run, whose calls are played; may be repeated."),
)
HEADER = option(
    "--header",
    "-H",
    "headers",
    multiple=True,
    metavar="'name: value'",
    help=_("Comes with every request; may be repeated."),
)
LIMITS = option(
    "--boundaries/--no-boundaries",
    default=True,
    show_default=True,
    help=_("Also requests at and beyond the limits of the contract."),
)
STRICT = option("--strict", is_flag=True, help=_("A case that could not be played is a failure."))


@command(
    "verify",
    _("Play the consumers' calls, and requests at the limits of the contract, on the provider."),
    CONTRACT,
    APP,
    STATES,
    JOURNAL,
    HEADER,
    LIMITS,
    STRICT,
    CONTRACTS,
)
def verify(
    *,
    reference: str,
    app: str,
    states: str | None,
    journals: tuple[Path, ...],
    headers: tuple[str, ...],
    boundaries: bool,
    strict: bool,
    folder: Path | None,
    as_json: bool,
) -> ExitCode:
    """Exit code 1 if the provider does not keep the contract."""
    contract = opened(found(folder), reference)
    sys.path.insert(0, str(Path.cwd()))
    try:
        given = _states(states)
        result = play(
            contract,
            _application(app),
            states=given,
            journals=journals,
            headers=dict(map(_header, headers)),
            boundaries=boundaries,
            strict=strict,
        )
        code = ExitCode.OK
    except ContractBrokenError as error:
        result, code = error.verification, ExitCode.PROBLEMS
    except MdtError as error:
        raise error if isinstance(error, CommandError) else wrong_usage(words_of(error)) from None
    emit(_document(result), as_json=as_json, human=lambda: _print(result))
    return code


def _named(reference: str) -> Any:
    module, colon, name = reference.partition(":")
    if not colon or not module or not name:
        raise wrong_usage(_("{given!r} is no MODULE:NAME", given=reference))
    try:
        value = import_module(module)
    except Exception as error:  # noqa: BLE001 - whatever a module raises when it is imported
        reason = f"{type(error).__name__}: {error}"
        raise wrong_usage(_("{module} cannot be imported: {reason}", module=module, reason=reason)) from None
    for part in name.removesuffix("()").split("."):
        if not hasattr(value, part):
            raise wrong_usage(_("{module} has no {name}", module=module, name=name))
        value = getattr(value, part)
    return value


def _application(reference: str) -> Callable[..., Any]:
    """The application; what can be called without arguments makes it."""
    value = _named(reference)
    try:
        inspect.signature(value).bind()
    except (TypeError, ValueError):
        made = value
    else:
        made = value()
    if not callable(made):
        raise wrong_usage(_("{given} is no WSGI application", given=reference))
    return made  # type: ignore[no-any-return]


def _states(reference: str | None) -> Mapping[str, Any]:
    value = _named(reference) if reference else {}
    if not isinstance(value, Mapping):
        raise wrong_usage(_("{given} is no mapping of states", given=reference))
    return value


def _header(written: str) -> tuple[str, str]:
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise wrong_usage(_("{given!r} is no header. Write 'name: value'", given=written))
    return name.strip().lower(), value.strip()


def _document(result: Verification) -> dict[str, Any]:
    return {
        "contract": result.contract.name,
        "cases": [
            {
                "id": one.case.id,
                "kind": one.case.kind,
                "state": one.case.state,
                "request": one.case.call.shown,
                "status": one.status,
                "result": "passed" if one.ok else "void" if one.void else "failed",
                "problem": str(one.problem),
            }
            for one in result.results
        ],
        "withoutRequest": list(result.without),
    }


def _print(result: Verification) -> None:
    for one in result.results:
        click.echo(str(one))
    for label in result.without:
        click.echo(_("- {operation}: no valid request could be made", operation=label))
    click.echo(result.summary())
