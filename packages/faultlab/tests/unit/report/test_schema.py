"""The committed JSON Schema is that of the models, and a report keeps to it."""

import copy
import json

import jsonschema_rs
import pytest
from pydantic import ValidationError

from faultlab.report import FILE, schema, text
from faultlab.report_model import Report
from tests.unit.report import sample

VALIDATOR = jsonschema_rs.Draft202012Validator(schema())
DOCUMENT = sample.report().model_dump(mode="json")


def test_committed_file_is_that_of_the_models() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "faultlab schema > src/faultlab/report/report.schema.json"


def test_it_is_a_schema_with_a_name() -> None:
    jsonschema_rs.meta.validate(schema())
    assert schema()["$schema"].endswith("2020-12/schema")
    assert schema()["title"] == "Report of the fault laboratory"


def test_reports_keep_to_it() -> None:
    VALIDATOR.validate(DOCUMENT)
    VALIDATOR.validate(sample.report(sample.chaos(200)).model_dump(mode="json"))


def put(*path: str | int, value: object) -> dict:
    document = copy.deepcopy(DOCUMENT)
    target = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        put("schema_version", value=2),
        put("more", value=1),
        put("cases", 1, "requests", 0, "outcome", value="perhaps"),
        put("cases", 1, "requests", 0, "t", value="0.5"),
        put("cases", 1, "planned", value=[1]),
        put("cases", 1, "findings", 0, "ok", value="yes"),
        put("environment", "cores", value=1.5),
        put("run", value=None),
    ],
)
def test_what_it_refuses_is_refused_by_the_models_too(document: dict) -> None:
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(ValidationError):
        Report.model_validate_json(json.dumps(document), strict=True)
