"""The command line as a whole: help, errors as plain messages, exit codes, suggestions, languages."""

import json
import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from mdt.cli import Root, main
from mdt.cli.commands import Command, Group
from mdt.cli.output import CommandError, ExitCode, code_of
from mdt.errors import DefinitionError, MdtError, Problem, SelectionError, UnknownScenarioError
from tests.unit.cli.support import run, tree


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += [(*path, name)]
        found += commands(command, (*path, name)) if isinstance(command, Group) else []
    return found


ALL = [path for path in commands(main) if path[0] in main.own]  # not those of other packages that are installed here
LEAVES = [path for path in ALL if len(path) == 2]


def test_knows_its_commands() -> None:
    assert {" ".join(path) for path in LEAVES} == {
        *("mock create", "mock lint", "mock list", "mock schema", "mock serve", "mock virtual"),
        *("mock use", "mock monitor", "mock debug", "mock record", "mock replay", "test integration"),
        *("mock recordings", "mock scan", "mock import", "mock export"),
        *("mock generate", "mock send", "mock callbacks"),
        *(
            "contract check",
            "contract verify",
            "contract diff",
            "contract impact",
            "contract confirm",
            "contract list",
            "contract rules",
        ),
    }


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_has_the_exit_codes_in_both_languages(path: tuple[str, ...]) -> None:
    english, chinese = run(*path, "--help"), run(*path, "--help", lang="zh")

    assert english.exit_code == chinese.exit_code == 0
    assert english.stdout.startswith(f"Usage: mdt {' '.join(path)}")
    assert chinese.stdout.startswith(f"用法：mdt {' '.join(path)}")
    for code in ExitCode:
        assert f"\n  {code.value} " in english.stdout
        assert f"\n  {code.value} " in chinese.stdout
    assert "Options:" in english.stdout
    assert "选项:" in chinese.stdout


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_has_json_and_lang(path: tuple[str, ...]) -> None:
    said = run(*path, "--help").stdout

    assert "--json" in said
    assert "--lang [en|zh]" in said


def test_asking_for_a_command_that_does_not_exist() -> None:
    assert main.get_command(click.Context(main), "none") is None


def test_no_command_is_the_help() -> None:
    assert run().stdout == run("--help").stdout
    assert run().exit_code == 0


def test_lang_option_wins_wherever_it_stands() -> None:
    assert run("--lang", "zh", "mock", "lint", "--help").stdout.startswith("用法")
    assert run("mock", "lint", "--lang", "zh", "--help").stdout.startswith("用法")
    assert run("mock", "lint", "--help", lang="zh").stdout.startswith("用法")
    assert run("--lang", "en", "mock", "lint", "--help", lang="zh").stdout.startswith("Usage")


def test_mistyped_command_names_the_closest() -> None:
    result = run("mock", "lnt")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: There is no command 'lnt'. Did you mean lint")
    assert result.stderr.endswith("`mdt mock --help` says more.\n")
    assert "没有命令" in run("mock", "lnt", lang="zh").stderr


def test_mistyped_option_names_the_closest() -> None:
    result = run("mock", "lint", "--strickt")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: There is no option --strickt. Did you mean --strict?\n")


def test_unlike_option_gets_the_list() -> None:
    assert "Known: --json, --lang, --strict" in run("mock", "lint", "--zzz").stderr


def test_option_instead_of_a_command_is_told() -> None:
    result = run("mock", "--zzz")

    assert result.exit_code == 2
    assert "--zzz" in result.stderr


def test_missing_option_is_named() -> None:
    result = run("mock", "debug", "--service", "shop")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --scenario is missing.\n")
    assert run("mock", "debug", "--service", "shop", lang="zh").stderr.startswith("错误：缺少 --scenario。\n")


def test_error_of_mdt_is_a_message_without_traceback(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {"internal/shop.yaml": "routes: 5"})

    result = run("mock", "list", "--mocks", mocks)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "internal/shop.yaml:1: `routes` is a mapping" in result.stderr
    assert "Traceback" not in result.stderr


def test_error_with_json_is_a_document_too(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {"internal/shop.yaml": "routes: 5"})

    result = run("mock", "list", "--mocks", mocks, "--json")

    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == 1
    assert error["problems"][0]["line"] == 1
    assert error["problems"][0]["file"] == "mocks/internal/shop.yaml"
    assert error["message"] in result.stderr


def test_wrong_call_with_json_is_a_document_too() -> None:
    result = run("mock", "list", "--wrong", "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "error": {"code": 2, "message": json.loads(result.stdout)["error"]["message"], "problems": []}
    }
    assert "--wrong" in json.loads(result.stdout)["error"]["message"]


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mdt.cli.targets.catalog", interrupted)

    result = run("mock", "list")

    assert result.exit_code == 130
    assert "Interrupted" in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DefinitionError([Problem("a", 1, "b")]), 1),
        (UnknownScenarioError("a.b", []), 2),
        (SelectionError(), 2),
        (MdtError(), 1),
        (CommandError(ExitCode.ADDRESS, ""), 5),
        (click.UsageError(""), 2),
        (click.FileError("a"), 1),
    ],
)
def test_code_of_each_error(error: Exception, code: int) -> None:
    assert code_of(error) == code


def test_command_without_help_is_possible() -> None:
    command = Command("quiet", add_help_option=False)

    assert command.get_help_option(click.Context(command)) is None


def test_an_installed_package_may_add_a_command(monkeypatch) -> None:
    @click.command("fault")
    def fault() -> None:
        click.echo(os.environ["MDT_LANG"])
        raise Unreachable("no database")

    added = EntryPoint("fault", "another.package:fault", "mdt.commands")
    monkeypatch.setattr("mdt.cli.commands.entry_points", lambda group: [added] if group == "mdt.commands" else [])
    monkeypatch.setitem(sys.modules, "another.package", SimpleNamespace(fault=fault))
    command = Root("mdt", lazy={}, plugins="mdt.commands")

    result = CliRunner().invoke(command, ["fault", "--lang", "zh"], env={"MDT_LANG": "en"})

    assert command.list_commands(click.Context(command)) == ["fault"]
    assert result.exit_code == 2
    result = CliRunner().invoke(command, ["fault"], env={"MDT_LANG": "zh"})
    assert (result.exit_code, result.stdout, result.stderr) == (3, "zh\n", "错误：no database\n")


class Unreachable(click.ClickException):
    exit_code = 3
