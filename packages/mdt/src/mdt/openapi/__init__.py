"""Reads OpenAPI documents, 2.0 to 3.2, into one form.

    document = read("inventory-api.yaml")          # or from_dict({...}); DefinitionError says what is wrong, file and line
    for operation in document.operations:          # method, path, operation_id, parameters, request_body, responses, ...
        for response in operation.responses:       # status "200", "4XX" or "default"; headers, contents by media type
            for content in response.contents.values():
                content.schema.errors({"id": 1})   # () when valid, else SchemaError(path, keyword, message)

The form: `Document` → `Operation` → `Parameter`, `RequestBody`, `Response` → `Content` → `Schema`; `Callback` for callbacks and
webhooks. They are in `model`; all are immutable and compare by identity, schemas by what they are.

Schemas are JSON Schema 2020-12 whatever the document's version (`normal_form`). `Schema.value` is that form; a reference in it is
`#/$defs/<name>`, a key of `Schema.among.defs`, so a schema that a thousand operations use is there once. `Schema.name` is the name
of the document's component where there is one. `Schema.validator()` is compiled by jsonschema-rs when it is first used, and kept.
In 2.0 and 3.0 a required property need not be in an answer if it is writeOnly, nor in a request if it is readOnly: the two sides
have schemas of their own (`among`). From 3.1 on both flags are annotations, as in JSON Schema.

`json_schema` reads a JSON Schema of its own, of draft 4 to 2020-12, into the same form.

`read` opens files below one folder and nothing else; an address on the network is told and left out. What a document does wrong in
one place (a reference to nothing, a keyword with a value it does not take) is in `Document.problems`, with file and line, and the
rest is read; `strict=True` raises it. YAML's numbers and booleans stay the text that was written wherever the schema asks for text.
"""

from mdt.openapi.json_schema import json_schema
from mdt.openapi.model import Callback, Content, Document, Header, Operation, Parameter, RequestBody, Response
from mdt.openapi.reader import from_dict, read
from mdt.openapi.schemas import MissingValidatorError, Schema, SchemaError, SchemaSet, SchemaUnusableError

__all__ = [
    "Callback",
    "Content",
    "Document",
    "Header",
    "MissingValidatorError",
    "Operation",
    "Parameter",
    "RequestBody",
    "Response",
    "Schema",
    "SchemaError",
    "SchemaSet",
    "SchemaUnusableError",
    "from_dict",
    "json_schema",
    "read",
]
