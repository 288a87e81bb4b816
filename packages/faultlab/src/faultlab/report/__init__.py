"""Reads and writes the report of a run: report.json and its schema, report.html, junit.xml, run.log."""

import json
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from faultlab.language import FaultlabError, _
from faultlab.report import run_log
from faultlab.report.junit import junit
from faultlab.report.page import page
from faultlab.report_model import SCHEMA_VERSION, Report

__all__ = ["ReportError", "read", "render", "schema", "write"]


FILE = Path(__file__).with_name("report.schema.json")


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Report.model_json_schema(),
        "title": "Report of the fault laboratory",
    }


def text() -> str:
    """The content of the committed file: `faultlab schema > src/faultlab/report/report.schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


NAME = "report.json"
SHOWN = 5  # problems in a message


class ReportError(FaultlabError):
    """The report does not exist or cannot be read."""


def write(report: Report, folder: Path) -> list[Path]:
    """Write all files of the report, each atomically; returns their paths."""
    return [_written(folder / NAME, report.model_dump_json(indent=1) + "\n"), *render(report, folder)]


def render(report: Report, folder: Path) -> list[Path]:
    """Write the files that are made of report.json; returns their paths."""
    return [
        _written(folder / "junit.xml", junit(report)),
        _written(folder / "report.html", page(report)),
        _written(folder / run_log.NAME, run_log.text(report)),
    ]


def read(path: Path) -> Report:
    """The report in this file or folder. Raises ReportError."""
    file = path / NAME if path.is_dir() else path
    try:
        raw = file.read_bytes()
    except FileNotFoundError as error:
        raise ReportError(
            _("There is no report {file}. `faultlab run` writes one; name its report.json, or its folder.", file=file)
        ) from error
    except OSError as error:
        raise ReportError(_("The report {file} cannot be read: {reason}.", file=file, reason=error.strerror)) from error
    _check_version(raw, file)
    try:
        return Report.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _members(error, file) from error


def _check_version(raw: bytes, file: Path) -> None:
    """Check the schema version first: another version may name everything differently."""
    try:
        document = from_json(raw)
    except ValueError as error:
        raise ReportError(
            _(
                "{file} is no JSON: {reason}. It may have been cut off; run `faultlab run` again.",
                file=file,
                reason=error,
            )
        ) from error
    if not isinstance(document, dict) or "schema_version" not in document:
        raise ReportError(
            _("{file} is JSON, but no report of the fault laboratory: it has no `schema_version`.", file=file)
        )
    if document["schema_version"] != SCHEMA_VERSION:
        raise ReportError(
            _(
                "{file} has schema version {found}, this faultlab reads {known}. Use the faultlab that wrote it, or run it again.",
                file=file,
                found=document["schema_version"],
                known=SCHEMA_VERSION,
            )
        )


def _members(error: ValidationError, file: Path) -> ReportError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"  {_place(one)}: {one['msg']}" for one in found[:SHOWN]]
    more = [f"  … +{len(found) - SHOWN}"] if len(found) > SHOWN else []
    return ReportError(
        _(
            "{file} is not as report.json has to be (`faultlab schema` describes it):\n{problems}",
            file=file,
            problems="\n".join([*lines, *more]),
        )
    )


def _place(problem: ErrorDetails) -> str:
    """The path of a problem: `cases[3].requests[17].outcome`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem["loc"])
    return "".join(steps).removeprefix(".")


def _written(path: Path, text: str) -> Path:
    """Write through a temporary file, so that nobody reads an incomplete one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
