"""`mdt mock generate`: the report, the files, what is refused, and that the result loads without a problem."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.support import document, run, with_contract

API = """\
openapi: 3.1.0
info: {title: Inventory, version: "1"}
servers: [{url: "https://inventory.example.com/api"}]
paths:
  /stock/{sku}:
    get:
      summary: How many are there
      responses:
        200:
          content:
            application/json:
              schema: {type: object, required: [sku], properties: {sku: {type: string}, quantity: {type: integer, maximum: 9000}}}
              examples: {one: {value: {sku: 044925, quantity: 3}}, wrong: {value: {sku: a, quantity: many}}}
        404: {description: gone}
        "5XX": {description: broken}
    trace: {responses: {200: {description: ""}}}
"""


@pytest.fixture
def api(tmp_path: Path) -> Path:
    path = tmp_path / "inventory-api.yaml"
    path.write_text(API, encoding="utf-8")
    return path


def test_the_report_of_each_endpoint_and_the_totals(api: Path) -> None:
    result = run("mock", "generate", "--from-swagger", api)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "✓ GET /stock/{sku}",
        "    scenarios: success, minimal, notFound, serverError, timeout",
        "    error codes: 404, 5XX",
        "left out TRACE /stock/{sku}: mdt does not answer this method",
        """repaired GET /stock/{sku} 200: the example 'wrong' is not valid, another body takes its place: /quantity "many" is not of type "integer\"""",
        "✓ endpoints: 1  ✓ scenarios: 5  ✓ error codes: 2",
        "Written to mocks/external/inventory. Next: mdt mock lint",
    ]


def test_the_report_in_chinese(api: Path) -> None:
    lines = run("mock", "generate", "--from-swagger", api, lang="zh").stdout.splitlines()

    assert lines[1] == "    场景：success, minimal, notFound, serverError, timeout"
    assert lines[2] == "    错误码：404, 5XX"
    assert "✓ 端点：1  ✓ 场景：5  ✓ 错误码：2" in lines


def test_the_mocks_load_without_a_problem_and_keep_the_texts_of_yaml(api: Path) -> None:
    run("mock", "generate", "--from-swagger", api)

    assert run("mock", "lint", "--strict").stdout.splitlines() == ["mocks: problems 0, warnings 0"]
    text = Path("mocks/external/inventory/service.yaml").read_text(encoding="utf-8")
    assert '    success: {prefer: {example: one}, json: {sku: "044925", quantity: 3}}\n' in text
    assert 'url: "${INVENTORY_URL:-https://inventory.example.com/api}"\n' in text


def test_one_document_with_json(api: Path) -> None:
    found = document(
        "mock", "generate", "--from-swagger", api, "--service", "stock", "--all", "--url", "http://stock:8080"
    )

    assert found["service"] == "stock"
    assert found["folder"] == "mocks/external/stock"
    assert found["endpoints"] == [
        {
            "route": "GET /stock/{sku}",
            "scenarios": [
                "success",
                "minimal",
                "boundary",
                "full",
                "notFound",
                "serverError",
                "timeout",
                "connectionReset",
            ],
            "declared": ["200", "404", "5XX"],
            "errors": ["404", "5XX"],
        }
    ]
    assert found["totals"] == {"endpoints": 1, "scenarios": 8, "errors": 2}
    assert [one["leftOut"] for one in found["notes"]] == [True, False]
    assert "http://stock:8080" in Path("mocks/external/stock/service.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("flag", ["--dry-run", "--check"])
def test_nothing_is_written_when_it_is_only_looked(api: Path, flag: str) -> None:
    result = run("mock", "generate", "--from-swagger", api, flag)

    assert result.exit_code == (1 if flag == "--check" else 0)
    assert result.stdout.splitlines()[-1] == "mocks/external/inventory: 2 files would change"
    assert not Path("mocks").exists()


def test_check_passes_when_all_is_up_to_date(api: Path) -> None:
    run("mock", "generate", "--from-swagger", api)

    assert run("mock", "generate", "--from-swagger", api, "--check").exit_code == 0
    api.write_text(API.replace("404: {description: gone}", "410: {description: gone}"), encoding="utf-8")
    result = run("mock", "generate", "--from-swagger", api, "--check")
    assert result.exit_code == 1
    assert "GET /stock/{sku} gone: new" in result.stdout
    assert "GET /stock/{sku} notFound: removed, the document has it no more" in result.stdout


def test_another_folder(api: Path) -> None:
    run("mock", "generate", "--from-swagger", api, "--out", "mocks/internal/stock", "--mocks", "mocks")

    assert Path("mocks/internal/stock/service.yaml").is_file()
    assert "inventory.success" in run("mock", "list").stdout


REFUSED: dict[str, tuple[str, tuple[str, ...], int, str]] = {
    "no OpenAPI": ("a: 1", (), 1, "neither `openapi` nor `swagger`"),
    "no YAML": ("openapi: [", (), 1, "this is no YAML"),
    "no paths": ("openapi: 3.1.0", (), 1, "has no paths"),
    "a name that is none": (API, ("--service", "../x"), 2, "'../x' is no name of a service"),
    "a url that is none": (API, ("--url", "ftp://x"), 1, "is no url of a service"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    text, options, code, message = REFUSED[name]
    path = tmp_path / "api.yaml"
    path.write_text(text, encoding="utf-8")

    result = run("mock", "generate", "--from-swagger", path, *options)

    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not Path("mocks").exists()


def test_a_contract_and_callbacks_that_were_added_by_hand_stay(tmp_path: Path, api: Path) -> None:
    """The second run reads the folder with its own files in the place of those that are there."""
    run("mock", "generate", "--from-swagger", api)
    service = tmp_path / "mocks/external/inventory/service.yaml"
    with_contract(tmp_path, str(service), service.read_text(encoding="utf-8"), "/stock/{sku}")
    (service.parent / "callbacks.yaml").write_text(
        "callback: POST http://127.0.0.1:1/hook\ndone: {json: {}}\n", encoding="utf-8"
    )
    edited = service.read_text(encoding="utf-8")

    result = run("mock", "generate", "--from-swagger", api)

    assert result.exit_code == 0, result.output
    assert service.read_text(encoding="utf-8") == edited
    assert "contract: ../../../contracts/shop/1.0.0.json" in edited


def test_a_host_that_another_service_has_is_told_before_anything_is_written(api: Path) -> None:
    run("mock", "generate", "--from-swagger", api)

    result = run("mock", "generate", "--from-swagger", api, "--service", "second")

    assert result.exit_code == 1
    assert "belongs to two services" in result.stderr
    assert "mocks/external/second/service.yaml" in result.stderr
    assert not Path("mocks/external/second").exists()


def test_a_document_that_is_not_there(tmp_path: Path) -> None:
    result = run("mock", "generate", "--from-swagger", tmp_path / "gone.yaml")

    assert result.exit_code == 2
    assert "gone.yaml" in result.stderr


def test_callbacks_are_reported_and_load(tmp_path: Path) -> None:
    path = tmp_path / "pay.yaml"
    sent = "{post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {}}}"
    path.write_text(
        f"openapi: 3.1.0\ninfo: {{title: P}}\nwebhooks: {{paid: {sent}, refunded: {sent}}}\n", encoding="utf-8"
    )

    assert "✓ callbacks: paid, refunded" in run("mock", "generate", "--from-swagger", path).stdout.splitlines()
    assert run("mock", "lint").stdout.startswith("mocks: problems 0")
    assert document("mock", "generate", "--from-swagger", path, "--check")["callbacks"] == ["paid", "refunded"]


def test_large_bodies_are_files(api: Path) -> None:
    value: Any = {"sku": "x" * 300, "quantity": 1}
    api.write_text(API.replace("{sku: 044925, quantity: 3}", json.dumps(value)), encoding="utf-8")

    run("mock", "generate", "--from-swagger", api)

    assert (
        json.loads(Path("mocks/external/inventory/bodies/get-stock-sku.success.json").read_text(encoding="utf-8"))
        == value
    )
    assert run("mock", "lint", "--strict").exit_code == 0


PAGE = (Path(__file__).parents[3] / "docs" / "generate.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_shows_what_the_commands_do() -> None:
    Path("inventory-api.yaml").write_text(re.findall(r"<<'END'\n(.*?)END\n", PAGE, re.DOTALL)[0], encoding="utf-8")
    service = Path("mocks/external/inventory/service.yaml")

    first = run("mock", "generate", "--from-swagger", "inventory-api.yaml").stdout
    assert first + run("mock", "lint").stdout == blocks("text")[0]
    assert service.read_text(encoding="utf-8").endswith(blocks("yaml")[0])

    for path, pairs in (
        (service, [(r"rateLimited: .*", 'rateLimited: {status: 429, headers: {retry-after: "5"}}  # ours')]),
        (Path("inventory-api.yaml"), [('"404"', '"410"'), ("maximum: 9000", "maximum: 50")]),
    ):
        text = path.read_text(encoding="utf-8")
        for old, new in pairs:
            text = re.sub(old, new, text)
        path.write_text(text, encoding="utf-8")
    again = run("mock", "generate", "--from-swagger", "inventory-api.yaml").stdout
    assert "".join(again.splitlines(keepends=True)[-7:]) == blocks("text")[1]


def test_the_document_becomes_the_contract_of_its_mocks(api: Path, tmp_path: Path) -> None:
    words = ("mock", "generate", "--from-swagger", api, "--contract")
    service, contract = Path("mocks/external/inventory/service.yaml"), Path("contracts/inventory/1.yaml")

    run(*words, "--dry-run")
    assert not contract.parent.parent.exists()

    assert run(*words).exit_code == 0
    assert contract.read_bytes() == api.read_bytes()
    assert 'contract: "../../../contracts/inventory/1.yaml"\n' in service.read_text(encoding="utf-8")
    assert run("mock", "lint").exit_code == 0
    again = service.read_bytes()
    for once_more in (words, words[:-1], ("mock", "generate", "--from-swagger", contract, "--contract")):
        assert run(*once_more, "--service", "inventory").exit_code == 0
        assert service.read_bytes() == again
    assert [one.name for one in Path("contracts").rglob("*.yaml")] == ["1.yaml"]


def test_a_contract_that_is_there_is_not_changed(api: Path) -> None:
    words = ("mock", "generate", "--from-swagger", api, "--contract")
    run(*words)
    before = contents()
    api.write_text(API.replace("9000", "8000"), encoding="utf-8")

    result = run(*words)

    assert result.exit_code == 1
    assert "give the changed document another info.version" in result.stderr
    assert contents() == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({'version: "1"': 'version: "1/2"'}, "is no version that a file can be named after"),
        ({"{type: integer, maximum: 9000}": "{$ref: other.yaml}"}, "refers to other files"),
    ],
)
def test_a_document_that_cannot_be_a_contract_leaves_nothing_behind(
    api: Path, change: dict[str, str], told: str
) -> None:
    text = API
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    api.write_text(text, encoding="utf-8")
    (api.parent / "other.yaml").write_text("{type: integer}")

    result = run("mock", "generate", "--from-swagger", api, "--contract")

    assert (result.exit_code, told in result.stderr) == (1, True), result.stderr
    assert contents() == {}


def test_a_contract_needs_mocks_that_can_name_it(api: Path) -> None:
    result = run("mock", "generate", "--from-swagger", api, "--contract", "--out", "elsewhere")

    assert (result.exit_code, contents()) == (2, {})
    assert "--contract needs a folder below mocks" in result.stderr


def contents() -> dict[str, bytes]:
    """The files of mocks/ and contracts/."""
    folders = (Path("mocks"), Path("contracts"))
    return {str(one): one.read_bytes() for folder in folders for one in folder.rglob("*") if one.is_file()}
