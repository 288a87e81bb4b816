"""Prints environments and data sets: all of them for `mdt mock list --datasets`, a session's for the other commands."""

from collections.abc import Mapping
from typing import Any

import click

from mdt.cli.output import interactive, show
from mdt.engine.datasets import SHARED
from mdt.language import Words, _


def surroundings(found: Mapping[str, Any]) -> Words:
    """Environment and data set in one text; "" for none and shared/ alone."""
    if not found["environment"] and found["dataset"] == SHARED:
        return ""
    return _("{environment}, data {dataset}", environment=found["environment"] or "-", dataset=found["dataset"] or "-")


def print_datasets(document: Mapping[str, Any]) -> None:
    """Prints "environment NAME DATASET" and "dataset NAME", one a line, if stdout is no terminal."""
    if interactive():
        show(_table(document))
        return
    for one in document["environments"]:
        click.echo(f"environment {one['name']} {one['dataset']}")
    for one in document["datasets"]:
        click.echo(f"dataset {one['name']}")


def _table(document: Mapping[str, Any]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in (_("kind"), _("name"), _("data"), _("latency"), _("about")):
        table.add_column(str(heading), overflow="fold")
    for one in document["environments"]:
        table.add_row(str(_("environment")), one["name"], one["dataset"], latency(one["latency"]), one["description"])
    for one in document["datasets"]:
        table.add_row(str(_("data set")), one["name"], one["extends"] or "", "", one["description"])
    return table


def latency(plain: Mapping[str, Mapping[str, float]] | None) -> str:
    """A latency as `Environment.as_json` writes it, in one line; seconds."""
    return "; ".join(f"{kind} {_numbers(one)}" for kind, one in (plain or {}).items())


def _numbers(one: Mapping[str, float]) -> str:
    return ", ".join(f"{key} {value:g}" for key, value in one.items())
