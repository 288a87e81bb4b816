"""The JSON Schema of report.json; report.schema.json beside this file holds it for tools that run no Python."""

import json
from pathlib import Path
from typing import Any

from faultlab.report_model import Report

FILE = Path(__file__).with_name("report.schema.json")


def schema() -> dict[str, Any]:
    """Draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Report.model_json_schema(),
        "title": "Report of the fault laboratory",
    }


def text() -> str:
    """What the committed file has to hold; `faultlab schema > src/faultlab/report/report.schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
