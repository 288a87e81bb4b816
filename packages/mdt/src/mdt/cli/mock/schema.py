"""`mdt mock schema`: the JSON Schema of a service file, for editors; or that of the coverage report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mdt.cli import loading
from mdt.cli.integration.coverage_schema import coverage_schema
from mdt.cli.options import MOCKS, command, option
from mdt.cli.output import dumps, emit, note
from mdt.definitions import json_schema
from mdt.language import _

EDITORS = Path(".mdt/service.schema.json")  # below the folder of definitions; service files name it in their first line
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {"service": json_schema, "coverage": coverage_schema}

OF = option(
    "--of", "kind", type=click.Choice(list(SCHEMAS)), default="service", show_default=True, help=_("Which document.")
)
WRITE = option("--write", is_flag=True, help=_("Write it to .mdt/ in the folder of the definitions."))


@command(
    "schema",
    _("Print the JSON Schema of a service file, for editors; --of coverage: of coverage.json."),
    OF,
    WRITE,
    MOCKS,
)
def schema(*, kind: str, write: bool, mocks: Path | None, as_json: bool) -> None:
    """The document itself is JSON, so --json changes what --write says, and nothing else."""
    document = SCHEMAS[kind]()
    if not write:
        click.echo(dumps(document))
        return
    path = loading.folder(mocks) / EDITORS.with_name(f"{kind}.schema.json")
    changed = write_schema(path, document)
    emit(
        {"file": str(path), "changed": changed},
        as_json=as_json,
        human=lambda: note(_("{file} is up to date.", file=path)),
    )


def write_schema(path: Path, document: dict[str, Any]) -> bool:
    """Whether the file was another before."""
    text = dumps(document) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
