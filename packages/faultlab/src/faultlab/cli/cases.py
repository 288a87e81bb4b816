"""`faultlab list`: the cases that there are."""

from pathlib import Path

import click

from faultlab.adapters import load
from faultlab.case_run import Spec
from faultlab.cases import catalogue
from faultlab.cli import run_options
from faultlab.cli.language import language
from faultlab.cli.options import command
from faultlab.cli.output import emit


@command("list", "fault.list", run_options.ADAPTER)
def cases(*, adapter: str | None, as_json: bool) -> None:
    """Ids for `faultlab run --case`."""
    with run_options.names_that_exist():
        found = catalogue.specs(load(adapter, Path.cwd()))
    emit([_document(spec) for spec in found], as_json=as_json, human=lambda: _show(found))


def _document(spec: Spec) -> dict[str, object]:
    return {
        "id": spec.id,
        "title": spec.title.model_dump(),
        "kind": spec.kind,
        "priority": spec.priority,
        "fault": spec.fault,
        "moment": spec.moment,
        "clients": spec.clients,
        "control": spec.control,
    }


def _show(found: list[Spec]) -> None:
    for spec in found:
        click.echo(f"{spec.id:<16} {spec.title.zh if language() == 'zh' else spec.title.en}")
