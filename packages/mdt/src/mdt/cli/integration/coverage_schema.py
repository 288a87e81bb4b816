"""The JSON Schema of `coverage.json`, for programs that read the report."""

from typing import Any

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_LINE = {"type": "integer", "minimum": 1}
_TEST = {"type": ["string", "null"], "description": "pytest's node id; null when it is not known"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_SCENARIO = _object(
    name=_TEXT, file=_TEXT, line=_LINE, calls=_COUNT, tests=_list(_object(id=_TEST, calls={**_COUNT, "minimum": 1}))
)


def coverage_schema() -> dict[str, Any]:
    """The schema, in draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario coverage of mdt",
        **_object(
            format={"const": "mdt-coverage/1"},
            generated={"type": "string", "format": "date-time"},
            folder=_TEXT,
            pytest=_object(arguments=_list(_TEXT), exitCode={"type": "integer"}),
            summary=_object(
                scenarios={**_COUNT, "description": "Scenarios of routes: the same name counts once for each route"},
                covered=_COUNT,
                percent={"type": "number", "minimum": 0, "maximum": 100},
                calls=_COUNT,
                unmatched=_COUNT,
                drift=_COUNT,
                void=_COUNT,
            ),
            services=_list(
                _object(
                    name=_TEXT,
                    title=_TEXT,
                    file=_TEXT,
                    calls=_COUNT,
                    routes=_list(_object(route=_TEXT, scenarios=_list(_SCENARIO))),
                )
            ),
            uncovered=_list(_object(service=_TEXT, route=_TEXT, scenario=_TEXT, file=_TEXT, line=_LINE)),
            unmatched=_list(
                _object(request=_TEXT, reason=_TEXT, test=_TEST, session=_TEXT, calls={**_COUNT, "minimum": 1})
            ),
            drift=_list(
                _object(
                    service=_TEXT,
                    route=_TEXT,
                    scenario=_TEXT,
                    file=_TEXT,
                    line=_LINE,
                    contract=_TEXT,
                    problem={**_TEXT, "description": "What the contract does not allow"},
                    tests=_list(_TEXT),
                )
            ),
            void=_list(_object(test=_TEXT, unmet={**_list(_TEXT), "description": "What was never met, and why"})),
        ),
    }
