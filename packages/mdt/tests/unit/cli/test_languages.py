"""Which language the command line speaks; tests/unit/test_texts.py looks at every single text."""

from pathlib import Path

import pytest

from mdt.language import _, choose, language, speaking
from tests.unit.cli.support import run, tree


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return tree(tmp_path, {"internal/shop.yaml": "servce: shop\nroutes: {GET /a: {ok: {stauts: 200}}}\n"})


def test_chosen_language_wins_over_the_environment() -> None:
    choose("zh")
    try:
        assert language({"MDT_LANG": "en"}) == "zh"
        assert str(_("Interrupted.")) == "已中断。"
        with speaking("en"):
            assert str(_("Interrupted.")) == "Interrupted."
    finally:
        choose(None)

    assert language({"MDT_LANG": "en"}) == "en"


def test_lint_tells_problems_and_hints_in_chinese(broken: Path) -> None:
    said = run("mock", "lint", broken, "--lang", "zh")

    assert said.exit_code == 1
    assert "shop.yaml:1: 服务没有键 'servce'。您是不是要写 service？" in said.stdout
    assert "shop.yaml:2: 应答没有键 'stauts'。您是不是要写 status？" in said.stdout


def test_a_language_that_was_chosen_ends_with_its_command(broken: Path) -> None:
    run("mock", "lint", broken, "--lang", "zh")

    assert language({}) == "en"
    assert "a service has no key 'servce'. Did you mean service?" in run("mock", "lint", broken).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("mock", "--help", "--lang", "zh"),
        ("mock", "monitr", "--lang=zh"),
        ("mock", "use", "--nope", "--lang", "zh"),
        ("mock", "use", "--server", "http://127.0.0.1:9", "--lang", "zh"),
    ],
)
def test_lang_counts_wherever_it_stands(words: tuple[str, ...]) -> None:
    result = run(*words)

    assert any(word in result.output for word in ("用法：", "没有命令", "没有选项", "请给出场景名称"))


def test_lang_of_another_program_does_not_count() -> None:
    assert "There is no option" in run("mock", "use", "--nope", "--", "--lang", "zh").output


def test_an_unknown_language_is_wrong_usage() -> None:
    result = run("mock", "list", "--lang", "fr")

    assert result.exit_code == 2
    assert "'fr'" in result.stderr


def test_json_follows_the_language_too(broken: Path) -> None:
    assert "服务没有键 'servce'" in run("mock", "lint", broken, "--json", lang="zh").stdout


def test_an_unknown_scenario_is_told_in_chinese(tmp_path: Path) -> None:
    said = run("mock", "serve", "--scenario", "shop.fll", "--mocks", tree(tmp_path), lang="zh")

    assert said.exit_code == 2
    assert said.stderr == "错误：没有场景 'shop.fll'。您是不是要写 shop.full？\n"


def test_an_unknown_service_is_told_in_chinese(tmp_path: Path) -> None:
    said = run("mock", "serve", "--service", "shp", "--mocks", tree(tmp_path), lang="zh")

    assert (said.exit_code, said.stderr) == (2, "错误：没有服务 'shp'。您是不是要写 shop？\n")


def test_a_try_shows_its_criteria_in_chinese(tmp_path: Path) -> None:
    words = ["--service", "shop", "--scenario", "full", "--request", "POST /orders", "--body", '{"id": 1, "count": 2}']
    said = run("mock", "debug", *words, "--mocks", tree(tmp_path), lang="zh")

    assert "JSON 请求体" in said.stdout
    assert "$.id 应为 string，实际为 1" in said.stdout
