"""Contracts are found by file, version and git revision; their hash is that of what they say."""

import json
import subprocess
from pathlib import Path

import pytest

from mdt.contracts.store import ContractFolder, find_contracts, open_contract
from mdt.errors import DefinitionError, MdtError
from tests.unit.contracts.test_short_form import GUIDE

OPENAPI = (
    "openapi: 3.1.0\ninfo: {title: shop, version: 1.0.0}\npaths: {/x: {get: {responses: {'200': {description: ''}}}}}\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def git(*words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)


def test_versions_are_in_their_order() -> None:
    for version in ("1.10.0", "1.9.0", "2.0.0", "2.0.0-rc.1"):
        write(f"contracts/shop/{version}.yaml", OPENAPI)
    write("contracts/shop/owners.yaml", "provider: a")

    folder = find_contracts()

    assert [one.stem for one in folder.versions("shop")] == ["1.9.0", "1.10.0", "2.0.0-rc.1", "2.0.0"]
    assert folder.open("shop").version == "2.0.0"
    assert folder.open("shop@1.9.0").name == "shop@1.9.0"
    assert folder.open("contracts/shop/1.9.0.yaml").version == "1.9.0"
    assert folder.services() == ["shop"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("shp", "contracts has no contract of 'shp'. Did you mean shop?"),
        ("shop@2.0.0", "shop has no version '2.0.0'."),
        ("contracts/shop/2.yaml", "there is no file contracts/shop/2.yaml"),
        ("../shop", "there is no file ../shop"),
        ("main:contracts/shop/1.0.0.yaml", "is no git repository"),
    ],
)
def test_what_is_not_there(reference: str, message: str) -> None:
    write("contracts/shop/1.0.0.yaml", OPENAPI)

    with pytest.raises(MdtError) as caught:
        find_contracts().open(reference)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: [", "this is no YAML"),
        ("- a\n", "an OpenAPI document is a mapping"),
        ("a: 1\n", "neither `openapi` nor `swagger`"),
        (json.dumps({**GUIDE, "apis": [{"endpoint": "x"}]}), "apis[0]: the endpoint 'x' begins with /"),
    ],
)
def test_a_file_that_is_no_contract(text: str, message: str) -> None:
    path = write("contracts/shop/1.0.0.yaml", text)

    with pytest.raises(DefinitionError) as caught:
        open_contract(path)

    assert [problem.file for problem in caught.value.problems] == ["contracts/shop/1.0.0.yaml"]
    assert message in str(caught.value)


def test_a_mistake_in_the_short_form_has_the_line_of_its_entry() -> None:
    broken = {**GUIDE, "apis": [*GUIDE["apis"], {"endpoint": "x"}]}
    path = write("contracts/shop/1.0.0.json", json.dumps(broken, indent=1))
    wanted = 1 + path.read_text().splitlines().index('   "endpoint": "x"')

    with pytest.raises(DefinitionError) as caught:
        open_contract(path)

    assert caught.value.problems[0].line == wanted


def test_the_hash_is_that_of_the_content() -> None:
    first = open_contract(write("contracts/shop/1.json", json.dumps(GUIDE)))
    spaced = open_contract(write("contracts/shop/2.json", json.dumps(GUIDE, indent=4)))
    other = open_contract(write("contracts/shop/3.json", json.dumps({**GUIDE, "version": "1.0.1"})))

    assert first.hash == spaced.hash != other.hash


def test_the_hash_covers_the_files_that_it_refers_to() -> None:
    text = OPENAPI.replace(
        "description: ''", "description: '', content: {application/json: {schema: {$ref: ../common/item.yaml}}}"
    )
    path = write("contracts/shop/1.0.0.yaml", text)
    write("contracts/common/item.yaml", "type: string\n")
    before = open_contract(path)
    write("contracts/common/item.yaml", "type: integer\n")

    after = open_contract(path)

    assert before.hash != after.hash
    assert after.document.operations[0].responses[0].contents["application/json"].schema.value == {"type": "integer"}


def test_a_file_of_a_revision_comes_with_those_beside_it() -> None:
    git("init", "-q", "-b", "main")
    text = OPENAPI.replace(
        "description: ''", "description: '', content: {application/json: {schema: {$ref: ../common/item.yaml}}}"
    )
    path = write("contracts/shop/1.0.0.yaml", text)
    write("contracts/common/item.yaml", "type: string\n")
    git("add", ".")
    git("commit", "-qm", "a")
    write("contracts/common/item.yaml", "type: integer\n")
    folder = ContractFolder(Path("contracts"))

    old, new = folder.open("main:contracts/shop/1.0.0.yaml"), open_contract(path)

    assert [
        one.document.operations[0].responses[0].contents["application/json"].schema.value["type"] for one in (old, new)
    ] == ["string", "integer"]
    assert (old.name, old.file, old.document.operations[0].file) == (
        "shop@1.0.0",
        *("main:contracts/shop/1.0.0.yaml",) * 2,
    )


@pytest.mark.parametrize(
    "reference", ["nope:contracts/shop/1.0.0.yaml", "main:contracts/shop/9.yaml", "main:../x.yaml"]
)
def test_revisions_and_files_that_git_does_not_have(reference: str) -> None:
    git("init", "-q", "-b", "main")
    write("contracts/shop/1.0.0.yaml", OPENAPI)
    git("add", ".")
    git("commit", "-qm", "a")

    with pytest.raises(MdtError, match="git has no"):
        find_contracts().open(reference)


def test_an_option_is_no_revision() -> None:
    with pytest.raises(MdtError, match="has no contract of"):
        find_contracts().open("--output=x:y")
