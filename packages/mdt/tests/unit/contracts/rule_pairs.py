"""A pair of versions for each rule of `mdt contract diff`. Events of schemas are played at every place that has a rule for them."""

from typing import Any

S, INT, N, OBJ = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "object"}
A = {"type": "array", "items": S}


def obj(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": [*required]} if required else {})}


def limits(keyword: str, event: str, kind: dict[str, Any], low: int = 2, high: int = 5) -> dict[str, Any]:
    small, large = ({**kind, keyword: value} for value in (low, high))
    return {
        f"{event}-increased": (small, large),
        f"{event}-decreased": (large, small),
        f"{event}-set": (kind, small),
        f"{event}-unset": (small, kind),
    }


SCHEMAS: dict[str, Any] = {  # the two schemas, or those of each direction
    **limits("maximum", "max", N),
    **limits("exclusiveMaximum", "exclusive-max", N),
    **limits("maxLength", "max-length", S),
    **limits("maxItems", "max-items", A),
    **limits("minimum", "min", N),
    **limits("exclusiveMinimum", "exclusive-min", N),
    **limits("minLength", "min-length", S),
    **limits("minItems", "min-items", A),
    **limits("minContains", "min-contains", {**A, "contains": S}),
    **limits("maxContains", "max-contains", {**A, "contains": S}),
    "enum-value-added": ({**S, "enum": ["a"]}, {**S, "enum": ["a", "b"]}),
    "enum-value-removed": ({**S, "enum": ["a", "b"]}, {**S, "enum": ["a"]}),
    "became-enum": (S, {**S, "enum": ["a"]}),
    "const-added": (S, {**S, "const": "a"}),
    "const-removed": ({**S, "const": "a"}, S),
    "const-changed": ({**S, "const": "a"}, {**S, "const": "b"}),
    "type-changed": (S, INT),
    "type-generalized": (INT, N),
    "type-specialized": (N, INT),
    "type-compatible": {"request": (INT, S), "response": (S, INT), "media": "application/xml"},
    "list-of-types-widened": (S, {"oneOf": [S, INT]}),
    "list-of-types-narrowed": ({"oneOf": [S, INT]}, S),
    "became-nullable": (S, {"type": ["string", "null"]}),
    "became-not-nullable": ({"type": ["string", "null"]}, S),
    "became-required": (obj(a=S), obj(("a",), a=S)),
    "became-required-with-default": (obj(a={**S, "default": "x"}), obj(("a",), a={**S, "default": "x"})),
    "became-optional": (obj(("a",), a=S), obj(a=S)),
    "pattern-added": (S, {**S, "pattern": "^a"}),
    "pattern-removed": ({**S, "pattern": "^a"}, S),
    "pattern-changed": ({**S, "pattern": "^a"}, {**S, "pattern": "^b"}),
    "pattern-generalized": ({**S, "pattern": "^a"}, {**S, "pattern": ".*"}),
    "default-value-added": (S, {**S, "default": "a"}),
    "default-value-removed": ({**S, "default": "a"}, S),
    "default-value-changed": ({**S, "default": "a"}, {**S, "default": "b"}),
    **{
        f"{event}-{verb}": pair if verb == "removed" else pair[::-1]
        for event, pair in {
            "one-of": ({"oneOf": [obj(a=S), obj(b=S)]}, {"oneOf": [obj(a=S)]}),
            "any-of": ({"anyOf": [obj(a=S), obj(b=S)]}, {"anyOf": [obj(a=S)]}),
            "all-of": ({"allOf": [obj(a=S), obj(b=S)]}, {"allOf": [obj(a=S)]}),
            "if": ({**OBJ, "if": obj(a=S)}, OBJ),
            "then": ({**OBJ, "if": obj(a=S), "then": obj(b=S)}, {**OBJ, "if": obj(a=S)}),
            "else": ({**OBJ, "if": obj(a=S), "else": obj(b=S)}, {**OBJ, "if": obj(a=S)}),
            "contains": ({**A, "contains": S}, A),
            "property-names": ({**OBJ, "propertyNames": {"minLength": 2}}, OBJ),
            "pattern-property": ({**OBJ, "patternProperties": {"^a": S}}, OBJ),
            "dependent-required": ({**OBJ, "dependentRequired": {"a": ["b"]}}, OBJ),
            "dependent-schema": ({**OBJ, "dependentSchemas": {"a": obj(("b",))}}, OBJ),
            "unevaluated-items": ({**A, "unevaluatedItems": False}, A),
            "unevaluated-properties": ({**OBJ, "unevaluatedProperties": False}, OBJ),
            "prefix-items": ({**A, "prefixItems": [S, INT]}, {**A, "prefixItems": [S]}),
        }.items()
        for verb in ("added", "removed")
    },
    "all-of-added-annotation-only": ({"allOf": [obj(a=S)]}, {"allOf": [obj(a=S), {"title": "more"}]}),
    "all-of-removed-annotation-only": ({"allOf": [obj(a=S), {"title": "more"}]}, {"allOf": [obj(a=S)]}),
    "wrapped-in-one-of": (obj(a=S), {"oneOf": [obj(a=S), obj(b=S)]}),
    "dependent-required-changed": (
        {**OBJ, "dependentRequired": {"a": ["b"]}},
        {**OBJ, "dependentRequired": {"a": ["c"]}},
    ),
    "content-media-type-changed": ({**S, "contentMediaType": "text/csv"}, {**S, "contentMediaType": "text/html"}),
    "content-encoding-changed": ({**S, "contentEncoding": "base64"}, {**S, "contentEncoding": "base32"}),
}
PROPERTY_OVERRIDES: dict[str, Any] = {"type-changed": (INT, S), "type-specialized": (N, OBJ)}
"""Of the properties of a parameter, whose wire form is not known: the first breaks in JSON alone, the second as text too."""

PLACED: dict[str, tuple[str, Any, Any]] = {  # by the whole id: where, and the two schemas
    "request-property-removed": ("request", obj(a=S), obj()),
    "new-required-request-property": ("request", obj(), obj(("a",), a=S)),
    "new-required-request-property-with-default": ("request", obj(), obj(("a",), a={**S, "default": "x"})),
    "new-optional-request-property": ("request", obj(), obj(a=S)),
    **{
        f"request-read-only-property-{event}": ("request", *(obj(a={**one, "readOnly": True}) for one in SCHEMAS[event]))
        for event in (
            *("enum-value-removed", "max-decreased", "exclusive-max-decreased", "max-length-decreased"),
            *("min-increased", "exclusive-min-increased"),
        )
    },
    "response-mediatype-enum-value-removed": ("response", *SCHEMAS["enum-value-removed"]),
    "response-required-property-added": ("response", obj(), obj(("a",), a=S)),
    "response-required-property-removed": ("response", obj(("a",), a=S), obj()),
    "response-optional-property-added": ("response", obj(), obj(a=S)),
    "response-optional-property-removed": ("response", obj(a=S), obj()),
    **{
        f"response-{kind}-write-only-property-{verb}": (
            ("response", obj(), obj(need, a={**S, "writeOnly": True}))
            if verb == "added"
            else ("response", obj(need, a={**S, "writeOnly": True}), obj())
        )
        for kind, need in (("required", ("a",)), ("optional", ()))
        for verb in ("added", "removed")
    },
    "response-write-only-property-enum-value-added": (
        "response", *(obj(a={**one, "writeOnly": True}) for one in SCHEMAS["enum-value-added"])
    ),
    "response-write-only-property-became-required": (
        "response", obj(a={**S, "writeOnly": True}), obj(("a",), a={**S, "writeOnly": True})
    ),
    "response-write-only-property-became-optional": (
        "response", obj(("a",), a={**S, "writeOnly": True}), obj(a={**S, "writeOnly": True})
    ),
    **{
        f"{side}-{kind}-property-became-{negation}{mode}": (
            side,
            obj(need, a={**S, **({flag: True} if negation else {})}),
            obj(need, a={**S, **({} if negation else {flag: True})}),
        )
        for side in ("request", "response")
        for kind, need in (("required", ("a",)), ("optional", ()))
        for mode, flag in (("read-only", "readOnly"), ("write-only", "writeOnly"))
        for negation in ("", "not-")
    },
    **{f"response-header-{event}": ("header", *SCHEMAS[event]) for event in ("type-changed", "became-nullable", "became-not-nullable")},
    "response-header-type-changed": ("header", {**N, "format": "float"}, {**N, "format": "double"}),
    "response-header-type-generalized": ("header", INT, N),
    "response-header-type-specialized": ("header", N, INT),
    "response-header-type-compatible": ("header", S, INT),
}  # fmt: skip

OK = {"200": {"description": ""}}
GET = {"responses": OK}
BODY = {"content": {"application/json": {"schema": OBJ}}}
Q = {"name": "q", "in": "query", "schema": S}
HEADER = {"schema": S}
PAST, LATER = "2020-01-01", "9999-01-01"


def answering(**headers: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "", "headers": headers}}}


OPERATIONS: dict[str, tuple[Any, Any]] = {  # the two operations GET /x/{id}; None where there is none
    "api-removed-without-deprecation": (GET, None),
    "api-removed-with-deprecation": ({**GET, "deprecated": True}, None),
    "api-removed-before-sunset": ({**GET, "deprecated": True, "x-sunset": LATER}, None),
    "endpoint-added": (None, GET),
    "endpoint-deprecated": (GET, {**GET, "deprecated": True}),
    "endpoint-deprecated-with-sunset": (GET, {**GET, "deprecated": True, "x-sunset": LATER}),
    "endpoint-reactivated": ({**GET, "deprecated": True}, GET),
    "api-operation-id-added": (GET, {**GET, "operationId": "a"}),
    "api-operation-id-removed": ({**GET, "operationId": "a"}, {**GET, "operationId": "b"}),
    "api-tag-added": (GET, {**GET, "tags": ["a"]}),
    "api-tag-removed": ({**GET, "tags": ["a"]}, GET),
    "api-security-added": (GET, {**GET, "security": [{"key": []}]}),
    "api-security-removed": ({**GET, "security": [{"key": []}]}, GET),
    "api-security-scope-added": ({**GET, "security": [{"oauth": ["read"]}]}, {**GET, "security": [{"oauth": ["read", "write"]}]}),
    "api-security-scope-removed": ({**GET, "security": [{"oauth": ["read", "write"]}]}, {**GET, "security": [{"oauth": ["read"]}]}),
    "sunset-deleted": ({**GET, "deprecated": True, "x-sunset": LATER}, {**GET, "deprecated": True}),
    "api-deprecated-sunset-parse": (GET, {**GET, "deprecated": True, "x-sunset": "soon"}),
    "api-path-sunset-parse": ({**GET, "deprecated": True, "x-sunset": LATER}, {**GET, "deprecated": True, "x-sunset": "soon"}),
    "new-required-request-parameter": (GET, {**GET, "parameters": [{**Q, "required": True}]}),
    "new-optional-request-parameter": (GET, {**GET, "parameters": [Q]}),
    "new-request-path-parameter": (GET, {**GET, "parameters": [{**Q, "name": "id", "in": "path", "required": True}]}),
    "request-parameter-removed": ({**GET, "parameters": [Q]}, GET),
    "request-parameter-removed-with-deprecation": ({**GET, "parameters": [{**Q, "deprecated": True}]}, GET),
    "request-parameter-removed-before-sunset": (
        {**GET, "parameters": [{**Q, "deprecated": True, "x-sunset": LATER}]}, GET
    ),
    "request-parameter-became-required": ({**GET, "parameters": [Q]}, {**GET, "parameters": [{**Q, "required": True}]}),
    "request-parameter-became-optional": ({**GET, "parameters": [{**Q, "required": True}]}, {**GET, "parameters": [Q]}),
    "request-parameter-deprecated": ({**GET, "parameters": [Q]}, {**GET, "parameters": [{**Q, "deprecated": True}]}),
    "request-parameter-reactivated": ({**GET, "parameters": [{**Q, "deprecated": True}]}, {**GET, "parameters": [Q]}),
    "request-body-added-required": (GET, {**GET, "requestBody": {**BODY, "required": True}}),
    "request-body-added-optional": (GET, {**GET, "requestBody": BODY}),
    "request-body-removed": ({**GET, "requestBody": BODY}, GET),
    "request-body-became-required": ({**GET, "requestBody": BODY}, {**GET, "requestBody": {**BODY, "required": True}}),
    "request-body-became-optional": ({**GET, "requestBody": {**BODY, "required": True}}, {**GET, "requestBody": BODY}),
    "request-body-media-type-added": (
        {**GET, "requestBody": BODY}, {**GET, "requestBody": {"content": {**BODY["content"], "text/csv": {}}}}
    ),
    "request-body-media-type-removed": (
        {**GET, "requestBody": {"content": {**BODY["content"], "text/csv": {}}}}, {**GET, "requestBody": BODY}
    ),
    "response-media-type-added": (GET | {"responses": {"200": BODY}}, GET | {"responses": {"200": {"content": {**BODY["content"], "text/csv": {}}}}}),
    "response-media-type-removed": (GET | {"responses": {"200": {"content": {**BODY["content"], "text/csv": {}}}}}, GET | {"responses": {"200": BODY}}),
    "response-success-status-added": (GET, {"responses": {**OK, "201": {}}}),
    "response-success-status-removed": ({"responses": {**OK, "201": {}}}, GET),
    "response-non-success-status-added": (GET, {"responses": {**OK, "404": {}}}),
    "response-non-success-status-removed": ({"responses": {**OK, "404": {}}}, GET),
    "response-header-added": (answering(), answering(a=HEADER)),
    "required-response-header-removed": (answering(a={**HEADER, "required": True}), answering()),
    "optional-response-header-removed": (answering(a=HEADER), answering()),
    "response-header-became-optional": (answering(a={**HEADER, "required": True}), answering(a=HEADER)),
}  # fmt: skip
DOCUMENTS: dict[str, tuple[Any, Any]] = {  # what is merged into the two documents
    "api-path-removed-without-deprecation": ({"paths": {"/gone": {"get": GET}}}, {}),
    "api-path-removed-with-deprecation": ({"paths": {"/gone": {"get": {**GET, "deprecated": True}}}}, {}),
    "api-path-removed-before-sunset": (
        {"paths": {"/gone": {"get": {**GET, "deprecated": True, "x-sunset": LATER}}}},
        {},
    ),
    "api-global-security-added": ({}, {"security": [{"key": []}]}),
    "api-global-security-removed": ({"security": [{"key": []}]}, {}),
    "api-global-security-scope-added": ({"security": [{"oauth": []}]}, {"security": [{"oauth": ["read"]}]}),
    "api-global-security-scope-removed": ({"security": [{"oauth": ["read"]}]}, {"security": [{"oauth": []}]}),
    "webhook-added": ({}, {"webhooks": {"sold": {"post": GET}}}),
    "webhook-removed": ({"webhooks": {"sold": {"post": GET}}}, {}),
}
SILENT: dict[str, tuple[Any, Any]] = {  # operations that differ without a change for anybody
    "sunset is over": ({**GET, "deprecated": True, "x-sunset": PAST}, None),
    "draft": ({**GET, "x-stability-level": "draft"}, None),
    "a sunset that is later": (
        {**GET, "deprecated": True, "x-sunset": PAST},
        {**GET, "deprecated": True, "x-sunset": LATER},
    ),
    "scopes in another order": (
        {**GET, "security": [{"oauth": ["a", "b"]}]},
        {**GET, "security": [{"oauth": ["b", "a"]}]},
    ),
    "words": ({**GET, "summary": "a"}, {**GET, "summary": "b", "description": "c"}),
}
