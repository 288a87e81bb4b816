"""`mdt mock lint`: every problem with its place; each warning fires, and not where nothing is wrong."""

from pathlib import Path
from typing import Any

import pytest

from mdt.lint.rules import RULES
from tests.unit.cli.support import TREE, document, run, tree

ROUTES = "service: shop\ndefault: ok\nroutes:\n"


def warned(root: Path, files: dict[str, str]) -> list[dict[str, Any]]:
    found = document("mock", "lint", tree(root, files))
    assert found["problems"] == []
    return found["warnings"]


def routes(*lines: str) -> dict[str, str]:
    return {"internal/shop.yaml": ROUTES + "\n".join(f"  {line}" for line in lines)}


def test_clean_tree(tmp_path: Path) -> None:
    result = run("mock", "lint", tree(tmp_path), "--strict")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["mocks: problems 0, warnings 0"]


def test_every_problem_with_place_and_suggestion(tmp_path: Path) -> None:
    mocks = tree(tmp_path, routes("GET /a:", "  ok: {jsn: 1}", "GET b:", "  ok: {json: 1}"))

    result = run("mock", "lint", mocks)

    assert result.exit_code == 1
    assert "problem mocks/internal/shop.yaml:5: an answer has no key 'jsn'. Did you mean json?" in result.stdout
    assert "problem mocks/internal/shop.yaml:6: 'GET b' is no route" in result.stdout
    assert "problems 2, warnings 0" in result.stdout
    assert "问题" in run("mock", "lint", mocks, lang="zh").stdout


def test_problems_as_json(tmp_path: Path) -> None:
    found = document("mock", "lint", tree(tmp_path, routes("GET /a:", "  ok: {jsn: 1}")), code=1)

    assert found["warnings"] == []
    assert found["problems"] == [
        {
            "file": "mocks/internal/shop.yaml",
            "line": 5,
            "message": "an answer has no key 'jsn'",
            "hint": "Did you mean json?",
        }
    ]


def test_warnings_fail_only_when_strict(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {**TREE, "shared/unused.json": "1"})

    assert run("mock", "lint", mocks).exit_code == 0
    strict = run("mock", "lint", mocks, "--strict")
    assert strict.exit_code == 1
    assert "warning mocks/shared/unused.json:1: nothing uses shared.unused. " in strict.stdout
    assert strict.stdout.splitlines()[0].endswith("[unused-shared]")


def test_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert run("mock", "lint", tmp_path / "none").exit_code == 1


@pytest.mark.parametrize("use", ["shared.data", "shared['data']", "shared . data", 'shared["data"]'])
def test_shared_data_used_by_a_template(tmp_path: Path, use: str) -> None:
    files = routes("GET /a:", f"  ok: {{text: '{{{{ {use.replace(chr(39), chr(39) * 2)} }}}}'}}")

    assert warned(tmp_path, {**files, "shared/data.json": "1"}) == []


def test_shared_data_whose_name_only_begins_alike_is_unused(tmp_path: Path) -> None:
    files = routes("GET /a:", "  ok: {text: '{{ shared.database }}'}")

    found = warned(tmp_path, {**files, "shared/data.json": "1", "shared/database.json": "1"})

    assert [(one["rule"], one["file"]) for one in found] == [("unused-shared", "mocks/shared/data.json")]


def test_shared_data_used_as_a_seed(tmp_path: Path) -> None:
    virtual = """
        from pydantic import BaseModel
        from mdt import VirtualService, get

        class Stock(VirtualService):
            class State(BaseModel):
                data: int
            seed = "shared/data.json"

            @get("/stock")
            def stock(self) -> int:
                return 1
        """
    files = {"internal/stock/service.yaml": "{}", "internal/stock/virtual.py": virtual, "shared/data.json": "1"}

    assert warned(tmp_path, files) == []


def test_service_that_answers_nothing(tmp_path: Path) -> None:
    (found,) = warned(tmp_path, {"internal/shop.yaml": "title: a\nservice: shop"})

    assert (found["rule"], found["line"]) == ("empty-service", 2)


def test_route_without_the_default(tmp_path: Path) -> None:
    (found,) = warned(tmp_path, routes("GET /a:", "  ok: {json: 1}", "GET /b:", "  other: {json: 1}"))

    assert (found["rule"], found["line"]) == ("no-default", 6)
    assert "GET /b" in found["message"]
    assert "other" in found["hint"]


def test_route_beside_a_virtual_default_needs_none(tmp_path: Path) -> None:
    virtual = "from mdt import VirtualService, get\nclass S(VirtualService):\n    @get('/a')\n    def a(self) -> int: return 1"
    files = {
        "internal/shop/service.yaml": "default: virtual\nroutes:\n  GET /a:\n    down: {status: 503}",
        "internal/shop/virtual.py": virtual,
    }

    assert warned(tmp_path, files) == []


@pytest.mark.parametrize("other", ["out-of-stock", "OutOfStock", "outofstock"])
def test_names_that_are_almost_the_same(tmp_path: Path, other: str) -> None:
    (found,) = warned(
        tmp_path,
        routes(
            "GET /a:",
            "  ok: {json: 1}",
            "  outOfStock: {json: 1}",
            "GET /b:",
            "  ok: {json: 1}",
            f"  {other}: {{json: 1}}",
        ),
    )

    assert (found["rule"], found["line"]) == ("similar-names", 9)
    assert "line 6" in found["message"]


@pytest.mark.parametrize(
    ("first", "second", "crosses"),
    [
        ("/{a}/x", "/x/{b}", True),
        ("/a/{b}", "/a/x", False),
        ("/{a}/x", "/{b}/y", False),
        ("/{a}/x/1", "/x/{b}/2", False),
        ("/{a}/x", "/x/{b}/c", False),
    ],
)
def test_paths_that_cross(tmp_path: Path, first: str, second: str, crosses: bool) -> None:
    found = warned(tmp_path, routes(f"GET {first}:", "  ok: {json: 1}", f"GET {second}:", "  ok: {json: 1}"))

    assert [one["rule"] for one in found] == ["crossing-paths"] * crosses
    assert all(one["line"] == 6 and one["hint"].startswith("/x/x ") for one in found)


def test_paths_of_different_methods_do_not_cross(tmp_path: Path) -> None:
    assert warned(tmp_path, routes("GET /{a}/x:", "  ok: {json: 1}", "POST /x/{b}:", "  ok: {json: 1}")) == []


def test_patterns_for_the_same_place(tmp_path: Path) -> None:
    found = warned(
        tmp_path,
        routes(
            "POST /a [one]:",
            "  match: {json: {id: {regex: '^a'}, items: [{regex: x}]}}",
            "  ok: {json: 1}",
            "POST /a [two]:",
            "  match: {json: {id: {regex: 'b$'}}}",
            "  ok: {json: 1}",
        ),
    )

    assert [(one["rule"], one["line"]) for one in found] == [("overlapping-patterns", 8)]
    assert "json.id" in found[0]["message"]
    assert "goes to POST /a [one]" in found[0]["message"]


def test_patterns_for_different_places_are_fine(tmp_path: Path) -> None:
    lines = ["POST /a [one]:", "  match: {json: {id: {regex: a}, x: 1}}", "  ok: {json: 1}"]
    lines += ["POST /a [two]:", "  match: {json: {name: {regex: a}}}", "  ok: {json: 1}"]

    assert warned(tmp_path, routes(*lines)) == []


@pytest.mark.parametrize(
    ("pattern", "slow"), [("(a+)+$", True), ("([a-z]*x)*", True), ("(ab)+c", False), ("a+b+", False), (r"(\+)+", False)]
)
def test_pattern_that_can_take_very_long(tmp_path: Path, pattern: str, slow: bool) -> None:
    lines = ["POST /a:", f"  match: {{json: {{list: [{{regex: '{pattern}'}}]}}}}", "  ok: {json: 1}"]

    found = warned(tmp_path, routes(*lines))

    assert [(one["rule"], one["line"]) for one in found] == [("slow-pattern", 5)] * slow
    assert all("json.list[0]" in one["message"] for one in found)


def test_data_file_that_no_answer_names(tmp_path: Path) -> None:
    files = {
        "internal/shop/service.yaml": "default: ok\nroutes:\n  GET /a:\n    ok: {file: used.bin}",
        "internal/shop/used.bin": "1",
        "internal/shop/unused.bin": "1",
        "internal/shop/.hidden": "1",
        "internal/shop/README.md": "1",
    }

    (found,) = warned(tmp_path, files)

    assert (found["rule"], found["file"]) == ("unused-file", "mocks/internal/shop/unused.bin")


def test_every_rule_has_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    assert all(f'"{rule}"' in text or f"[{rule}]" in text for rule in RULES)


def test_a_composition_that_names_what_is_gone_is_a_problem_beside_the_warnings(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {**TREE, "scenarios/flow/sad.yaml": "- shop.gone\n", "shared/unused.json": "1"})

    found = document("mock", "lint", mocks, code=1)

    assert [one["file"] for one in found["problems"]] == ["mocks/scenarios/flow/sad.yaml"]
    assert [one["rule"] for one in found["warnings"]] == ["unused-shared"]
