"""Documents in files: YAML as it is written, several files, and what is refused."""

from pathlib import Path

import pytest

from mdt.errors import DefinitionError
from mdt.openapi import MissingValidatorError, from_dict, read

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: 1.10}\n"
GET = (
    "paths:\n  /x:\n    get:\n      responses:\n        200:\n          content:\n            application/json:\n"
    "              schema:"
)


def written(folder: Path, text: str, name: str = "api.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def content_of(path: Path):
    return read(path).operations[0].responses[0].contents["application/json"]


def test_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    schema = (
        " {type: object, properties: {code: {type: string, enum: [044925, no, 1e5, 2024-01-01, true]}, n: {type: number},"
        " list: {type: array, items: {$ref: '#/components/schemas/Text'}}, any: {}}, additionalProperties: {type: string}}\n"
        "              example: {code: 044925, n: 1e5, list: [1.10, 0x1F], any: 007, more: 12345678901234567890}\n"
        "components: {schemas: {Text: {type: [string, 'null'], default: 1_0, examples: [1.0, 01]}}}\n"
    )
    content = content_of(written(tmp_path, HEAD + GET + schema))

    assert content.schema.value["properties"]["code"]["enum"] == ["044925", "no", "1e5", "2024-01-01", "true"]
    assert content.examples["example"] == {
        "code": "044925",
        "n": 100000.0,
        "list": ["1.10", "0x1F"],
        "any": 7,
        "more": "12345678901234567890",
    }
    assert content.schema.errors(content.examples["example"]) == ()
    assert content.schema.among.defs["Text"]["examples"] == ["1.0", "01"]


def test_an_operation_knows_its_line(tmp_path: Path) -> None:
    (operation,) = read(written(tmp_path, HEAD + GET + " {}\n")).operations

    assert (Path(operation.file).name, operation.line) == ("api.yaml", 5)


def test_aliases_and_merge_keys(tmp_path: Path) -> None:
    text = HEAD + "x-base: &base {type: object, required: [a]}\n" + GET + " {<<: *base, required: [b]}\n"

    assert content_of(written(tmp_path, text)).schema.value == {"type": "object", "required": ["b"]}


def test_parts_lie_in_other_files(tmp_path: Path) -> None:
    written(tmp_path, "get:\n  responses:\n    200: {$ref: 'parts/answers.yaml#/ok'}\n", "paths/x.yaml")
    written(
        tmp_path,
        "ok:\n  content: {application/json: {schema: {$ref: '../../schemas/Pet.yaml'}}}\n",
        "paths/parts/answers.yaml",
    )
    written(tmp_path, "properties: {tag: {$ref: 'all%20tags.yaml#Tag'}}\n", "schemas/Pet.yaml")
    written(tmp_path, "Tag: {type: string}\n", "schemas/all tags.yaml")
    path = written(tmp_path, HEAD + "paths:\n  /x: {$ref: 'paths/x.yaml'}\n")

    document = read(path)

    assert document.problems == ()
    assert document.operations[0].line == 1
    schema = document.operations[0].responses[0].contents["application/json"].schema
    assert [one.pointer for one in schema.errors({"tag": 1})] == ["/tag"]


OUTSIDE = {  # a reference, and what is said about it
    "../secret.yaml": "lies outside of the document's folder",
    "/etc/passwd": "lies outside of the document's folder",
    "sub/../../secret.yaml": "lies outside of the document's folder",
    "link.yaml": "lies outside of the document's folder",
    "https://example.com/a.yaml": "on the network",
    "//example.com/a.yaml": "on the network",
    "file:///etc/passwd": "on the network",
    "gone.yaml": "cannot be read",
    "broken.yaml": "this is no YAML",
    "api.yaml#/no/where": "leads nowhere",
    "a%00b.yaml": "is no path",
}


@pytest.mark.parametrize("ref", OUTSIDE)
def test_a_reference_never_leaves_the_folder(ref: str, tmp_path: Path) -> None:
    written(tmp_path, "type: string\n", "secret.yaml")
    written(tmp_path, "a: [", "api/broken.yaml")
    path = written(tmp_path, HEAD + GET + f" {{$ref: '{ref}'}}\n", "api/api.yaml")
    (tmp_path / "api" / "link.yaml").symlink_to(tmp_path / "secret.yaml")

    document = read(path)

    (problem,) = document.problems
    assert OUTSIDE[ref] in str(problem)
    assert problem.file.endswith("api.yaml")
    with pytest.raises(DefinitionError, match="left out"):
        read(path, strict=True)


def test_a_wider_root_is_stated(tmp_path: Path) -> None:
    written(tmp_path, "type: 'null'\n", "common.yaml")
    path = written(tmp_path, HEAD + GET + " {$ref: '../common.yaml'}\n", "api/api.yaml")

    document = read(path, root=tmp_path)

    assert document.problems == ()


REFUSED = {
    "": "an OpenAPI document is a mapping",
    "- a\n": "an OpenAPI document is a mapping",
    "a: 1\n": "neither `openapi` nor `swagger`",
    "openapi: 4.0.0\n": "OpenAPI 4.0.0 is not known",
    "openapi: [": "this is no YAML",
    '{"openapi": "3.0.0", ': "this is no YAML",
    "a: &a [*a]\n": "stands before its anchor, or inside of it",
    "? [a]\n: b\n": "a key is a text",
    "\0": "this is no YAML",
    "a: " + "[" * 400 + "]" * 400: "nested more than",
    "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{to}: &{to} [{','.join([f'*{of}'] * 10)}]\n" for of, to in zip("abcdefgh", "bcdefghi", strict=True)): (
        "holds more than"
    ),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:12])
def test_what_is_no_document_is_one_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        read(written(tmp_path, text))

    assert len(caught.value.problems) == 1
    assert REFUSED[text] in str(caught.value)


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read"):
        read(tmp_path / "gone.yaml")


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    document = read(written(tmp_path, HEAD + "x-a: 1\nx-a: 2\n"))

    assert [(one.line, one.message) for one in document.problems] == [
        (4, "the key 'x-a' stands twice; the last counts")
    ]


def test_without_the_validator_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jsonschema_rs", None)

    with pytest.raises(MissingValidatorError, match=r"pip install 'touchstone-mdt\[openapi\]'"):
        from_dict({"openapi": "3.1.0"})


def test_references_where_none_are_allowed_are_followed(tmp_path: Path) -> None:
    written(tmp_path, "responses: {200: {content: {application/json: {schema: {$ref: pet.yaml}}}}}\n", "get.yaml")
    written(tmp_path, "properties: {$ref: 'more.yaml#/properties'}\n", "pet.yaml")
    written(tmp_path, "properties: {tag: {type: string}}\n", "more.yaml")

    document = read(written(tmp_path, HEAD + "paths:\n  /x:\n    get: {$ref: get.yaml}\n"))

    assert document.problems == ()
    schema = document.operations[0].responses[0].contents["application/json"].schema
    assert [one.pointer for one in schema.errors({"tag": 1})] == ["/tag"]


def test_a_thousand_schemas_of_the_same_name_have_names_of_their_own(tmp_path: Path) -> None:
    paths = ""
    for number in range(30):
        written(
            tmp_path, f"components: {{schemas: {{Pet: {{const: {number}}}, Pet_2: {{const: x}}}}}}\n", f"{number}.yaml"
        )
        for name in ("Pet", "Pet_2"):
            ref = f"{{$ref: '{number}.yaml#/components/schemas/{name}'}}"
            paths += f"  /{number}/{name}: {{get: {{responses: {{200: {{content: {{application/json: {{schema: {ref}}}}}}}}}}}}}\n"

    operations = read(written(tmp_path, f"{HEAD}paths:\n{paths}")).operations

    schemas = [one.responses[0].contents["application/json"].schema for one in operations]
    assert len({one.name for one in schemas}) == 60
    assert [one.value["const"] for one in schemas[::2]] == list(range(30))
