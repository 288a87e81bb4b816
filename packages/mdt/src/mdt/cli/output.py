"""Prints: results to stdout, everything else to stderr; with --json one document to stdout."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mdt.language import Words

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def note(text: Words) -> None:
    """Something worth knowing that is no result."""
    click.echo(text, err=True)


def dumps(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def emit(document: Any, *, as_json: bool, human: Callable[[], None]) -> None:
    """The document, or what people see instead."""
    if as_json:
        click.echo(dumps(document))
    else:
        human()


def interactive() -> bool:
    """Whether somebody looks at a terminal."""
    return sys.stdout.isatty()


def console() -> "Console":
    """Wide and without colours where stdout is no terminal."""
    from rich.console import Console

    return Console(file=sys.stdout, width=None if interactive() else 160, highlight=False, soft_wrap=False)


def show(renderable: "RenderableType") -> None:
    """A tree or a table; lines end where their text ends."""
    out = console()
    with out.capture() as captured:
        out.print(renderable)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
